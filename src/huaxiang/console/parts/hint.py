"""Words that appear where the mouse rests on something."""

from __future__ import annotations

from nicegui import ui


def hint(element: ui.element, words: str) -> None:
    """Say `words` beside `element` while the mouse rests on it.

    They stand within it: beside it (`element.tooltip`) they look for it by its id, in vain where it has just gone.
    """
    with element:
        ui.tooltip(words)
