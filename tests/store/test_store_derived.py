"""Files derived from a snapshot: whole or not there, of their own snapshot and layout or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.core.errors import BusyError
from huaxiang.store.derived import FOLDER, Derived, forget


def made(derived: Derived, text: str = "content") -> Path:
    with derived.making() as folder:
        (folder / "file").write_text(text)
    found = derived.find()
    assert found is not None
    return found


def test_files_are_there_once_they_are_whole(tmp_path: Path):
    derived = Derived(tmp_path, "s1", "portraits", 1)
    with derived.making() as folder:
        (folder / "file").write_text("content")
        assert derived.find() is None
    found = derived.find()
    assert found is not None
    assert (found / "file").read_text() == "content"
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {"portraits", "portraits.lock"}


def test_nothing_is_left_of_what_failed_or_died_half_way(tmp_path: Path):
    derived = Derived(tmp_path, "s1", "portraits", 1)
    (tmp_path / FOLDER / "portraits.part").mkdir(parents=True)
    (tmp_path / FOLDER / "portraits.part" / "half").write_text("")
    with pytest.raises(ZeroDivisionError), derived.making() as folder:
        assert 1 / len([*folder.iterdir()])
    assert derived.find() is None
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["portraits.lock"]


def test_files_of_another_snapshot_or_layout_are_as_good_as_missing_and_are_replaced(tmp_path: Path):
    made(Derived(tmp_path, "s1", "portraits", 1), "old")
    for other in (Derived(tmp_path, "s2", "portraits", 1), Derived(tmp_path, "s1", "portraits", 2)):
        assert other.find() is None
    newer = Derived(tmp_path, "s2", "portraits", 1)
    assert (made(newer, "new") / "file").read_text() == "new"


def test_one_makes_them_at_a_time(tmp_path: Path):
    derived = Derived(tmp_path, "s1", "portraits", 1)
    with derived.making(), pytest.raises(BusyError, match="is being made by process"), derived.making():
        pass
    assert derived.find() is not None


def test_whoever_comes_too_late_takes_nothing_away_from_those_who_read(tmp_path: Path):
    derived = Derived(tmp_path, "s1", "portraits", 1)
    found = made(derived)
    with derived.making() as folder:
        assert folder is None
    assert derived.find() == found
    assert (found / "file").read_text() == "content"


def test_what_is_forgotten_is_gone_whatever_its_kind(tmp_path: Path):
    one, other = (Derived(tmp_path, "s1", kind, 1) for kind in ("portraits", "profiles"))
    made(one)
    made(other)
    forget(tmp_path)
    assert one.find() is None
    assert other.find() is None
    assert not (tmp_path / FOLDER).exists()
    forget(tmp_path)


def test_no_more_than_half_of_the_free_disk_is_taken(tmp_path: Path):
    derived = Derived(tmp_path, "s1", "portraits", 1)
    assert derived.room(1) == 1
    assert 0 < derived.room(1 << 60) < 1 << 60
