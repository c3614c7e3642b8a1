"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.core.files import whole_file


def test_a_finished_file_takes_the_place_of_the_former(tmp_path: Path):
    target = tmp_path / "profiles.csv"
    target.write_text("former", encoding="utf-8")
    with whole_file(target) as partial:
        partial.write_text("new", encoding="utf-8")
        assert target.read_text(encoding="utf-8") == "former"
    assert target.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_file_leaves_the_former_and_nothing_else(tmp_path: Path):
    target = tmp_path / "profiles.csv"
    target.write_text("former", encoding="utf-8")

    def write_half() -> None:
        with whole_file(target) as partial:
            partial.write_text("half", encoding="utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert target.read_text(encoding="utf-8") == "former"
    assert list(tmp_path.iterdir()) == [target]
