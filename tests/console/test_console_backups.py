"""A button at work says so, and stops saying so in whatever way its work has ended."""

from __future__ import annotations

import pytest

from huaxiang.console.pages.backups import _loading


class Button:
    """What `_loading` needs of a button: the properties that are set."""

    def __init__(self) -> None:
        self.shown: set[str] = set()

    def props(self, add: str = "", *, remove: str = "") -> None:
        self.shown = (self.shown | {add}) - {remove, ""}


def test_a_button_stops_loading_also_where_its_work_has_failed():
    button = Button()
    with _loading(button):  # type: ignore[arg-type]
        assert button.shown == {"loading"}
    assert button.shown == set()
    with pytest.raises(OSError, match="disk"), _loading(button):  # type: ignore[arg-type]
        raise OSError("disk")
    assert button.shown == set()
