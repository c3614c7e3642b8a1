"""A build in a process of its own, and a project that is backed up while it is served: what comes back is the same."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from huaxiang.access.people import Actor
from huaxiang.core.errors import StoreError, UsageError
from huaxiang.service.backups import INSIDE, MANIFEST, back_up, restore
from huaxiang.service.desk import Desk, jobs, profiles
from huaxiang.service.workspace import Workspace
from huaxiang.store.live_log import LiveLog

sys.path.append(str(Path(__file__).parents[1] / "build"))
from tiny import AS_OF, write_tiny

SOURCES = """sources:
  crm:
    path: data/crm.csv
    key: crm_id
    feeds:
      - table: records
        identifiers: {phone: mobile, email: mail}
        columns: {recorded_at: updated, name: name, city: city}
  app:
    live: true
    key: message_id
    feeds:
      - table: events
        identifiers: {phone: user_phone}
        columns: {event_id: message_id, occurred_at: timestamp, received_at: received_at, name: event}
"""
TAGS = """dimensions:
  own: {label: {en: Own, zh: 自有}, categories: {all: {label: {en: All, zh: 全部}}}}
tags:
  home: {dimension: own, category: all, attribute: city}
"""
WANG = "phone:13900000001"

LOOKING = Actor("zhao", "privacy_officer")


def officer(workspace: Workspace) -> Desk:
    return Desk(workspace, LOOKING)


def message(number: int) -> dict[str, Any]:
    return {"message_id": f"m{number}", "type": "track", "event": "Product Viewed", "user_phone": "13900000001"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A project that was built by a run of the server, in a real process."""
    folder = tmp_path_factory.mktemp("served") / "shop"
    workspace = Workspace(write_tiny(folder, sources=SOURCES, tags=TAGS, segments="", personas=""))
    desk = Desk(workspace, Actor("li", "steward"))
    run = jobs.start(desk, AS_OF)
    for thread in threading.enumerate():
        if thread.name == f"build {run['number']}":
            thread.join(timeout=300)
    found = jobs.one(desk, run["number"])
    assert found["state"] == "done", found
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def backed_up(served: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A backup that was made while messages and entries of the trail were written, and the messages before it."""
    file = tmp_path_factory.mktemp("backups") / "shop.tar.gz"
    writer, done, sent = served.writer("app"), threading.Event(), [0]

    def write() -> None:
        while not done.is_set():
            writer.append([message(sent[0])])
            sent[0] += 1
            served.trail.note(LOOKING, "profiles.profile", "c_1", wait=True)

    thread = threading.Thread(target=write)
    thread.start()
    while sent[0] < 20:
        pass
    before = sent[0]
    back_up(served.folder, file)
    done.set()
    thread.join()
    return file, before


@pytest.fixture(scope="module")
def restored(backed_up: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("elsewhere") / "shop"
    restore(backed_up[0], folder)
    workspace = Workspace(folder)
    yield workspace
    workspace.close()


def test_a_run_in_a_process_of_its_own_tells_what_it_did_and_serves(served: Workspace):
    desk = officer(served)
    found = jobs.one(desk, 1)
    assert 0 < found["share"] <= 1
    assert found["remaining"] is None
    assert len(found["log"]) > 5
    assert served.project.serving().id == found["snapshot"]  # type: ignore[union-attr]
    assert jobs.runs(desk)["elsewhere"] is None
    (entry, *_) = [row for row in served.trail.rows.all() if row.action == "jobs.start"]
    assert (entry.actor, entry.outcome) == ("li", "done")


def test_a_restored_project_serves_the_same_customers(served: Workspace, restored: Workspace):
    assert profiles.profile(officer(restored), WANG) == profiles.profile(officer(served), WANG)


def test_all_that_was_acknowledged_before_a_backup_is_in_it(backed_up: tuple[Path, int], restored: Workspace):
    log = LiveLog(restored.folder / ".huaxiang" / "live" / "app", "message_id")
    numbers = [int(each["message_id"][1:]) for _, each in log.read()]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= backed_up[1]
    restored.writer("app").append([message(10**9)])
    assert len(list(log.read())) == len(numbers) + 1


def test_the_trail_is_whole_after_a_backup_that_was_made_meanwhile(restored: Workspace):
    found = restored.trail.verify()
    assert found.broken is None
    assert found.head.number > 1


def names(file: Path) -> set[str]:
    with tarfile.open(file) as archive:
        return {entry.name.removeprefix(f"{INSIDE}/") for entry in archive}


def test_a_backup_holds_one_snapshot_and_no_data_of_sources(served: Workspace, backed_up: tuple[Path, int], tmp_path):
    found = names(backed_up[0])
    serving = served.project.serving()
    assert {"huaxiang.yml", ".huaxiang/current", ".huaxiang/operational.db", ".huaxiang/trail.head"} <= found
    assert {name.split("/")[2] for name in found if "/snapshots/" in name} == {serving.id}  # type: ignore[union-attr]
    assert not {name for name in found if name.startswith((".huaxiang/intake", ".huaxiang/runs"))}
    back_up(served.folder, tmp_path / "all.tar", with_data=True)
    assert names(tmp_path / "all.tar") - found == {"data/crm.csv"}


def test_a_backup_holds_nothing_that_a_reader_spilled_or_that_is_made_from_the_snapshot(served: Workspace, tmp_path):
    snapshot = served.project.serving().folder  # type: ignore[union-attr]
    for name in ("spill-4242/duckdb_temp_storage_DEFAULT-0.tmp", "derived/other/rows"):
        (snapshot / name).parent.mkdir(parents=True)
        (snapshot / name).write_bytes(b"x" * 9)
    try:
        back_up(served.folder, tmp_path / "a.tar")
    finally:
        rmtree(snapshot / "spill-4242")
        rmtree(snapshot / "derived" / "other")
    inside = {name.split("/")[3] for name in names(tmp_path / "a.tar") if "/snapshots/" in name}
    assert "snapshot.duckdb" in inside
    assert not inside & {"spill-4242", "derived"}


def test_nobody_else_may_read_a_backup_nor_what_the_server_keeps(backed_up: tuple[Path, int], restored: Workspace):
    assert backed_up[0].stat().st_mode & 0o077 == 0
    assert (restored.folder / ".huaxiang" / "operational.db").stat().st_mode & 0o077 == 0


def test_a_folder_that_holds_something_is_moved_aside_only_when_that_is_asked_for(backed_up, tmp_path: Path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        restore(backed_up[0], tmp_path / "shop")
    _, aside = restore(backed_up[0], tmp_path / "shop", force=True)
    assert aside is not None
    assert (aside / "mine.txt").read_text() == "mine"
    assert (tmp_path / "shop" / "huaxiang.yml").exists()


def small(tmp_path: Path) -> Path:
    """A backup of a project in which nothing was built yet."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "huaxiang.yml").write_text("name: small\n")
    back_up(folder, tmp_path / "small.tar")
    return tmp_path / "small.tar"


def test_the_folder_of_a_backup_is_made_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / "new" / "small.tar"
    back_up(small(tmp_path).with_name("small"), file)
    assert file.is_file()
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_project_without_a_build_is_backed_up_too(tmp_path: Path):
    found, aside = restore(small(tmp_path), tmp_path / "back")
    assert (found.snapshot, found.database, aside) == (None, None, None)
    assert (tmp_path / "back" / "huaxiang.yml").read_text() == "name: small\n"


@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_a_damaged_backup_is_refused_and_touches_nothing(tmp_path: Path, damage: str):
    file = small(tmp_path)
    content = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(content[:1024])
        case "changed":
            file.write_bytes(content.replace(b"name: small", b"name: smell"))
        case _:
            file.write_bytes(b"")
    (tmp_path / "back").mkdir()
    with pytest.raises(StoreError, match=r"damaged|no backup"):
        restore(file, tmp_path / "back", force=True)
    assert list((tmp_path / "back").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"small", "small.tar", "back"}


@pytest.mark.parametrize("name", ["/etc/x", f"{INSIDE}/../../x", "x", "other/x"])
def test_a_file_that_belongs_elsewhere_is_not_written(tmp_path: Path, name: str):
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        for member, text in ((name, b"x"), (MANIFEST, json.dumps({"format": 1}).encode())):
            entry = tarfile.TarInfo(member)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    with pytest.raises(StoreError, match="belongs into no project"):
        restore(file, tmp_path / "a" / "back")
    assert not (tmp_path / "x").exists()


def test_a_link_in_a_backup_is_refused(tmp_path: Path):
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        entry = tarfile.TarInfo(f"{INSIDE}/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(StoreError, match="no file"):
        restore(tmp_path / "evil.tar", tmp_path / "back")


def test_a_backup_has_a_name_that_says_so_and_lies_elsewhere(tmp_path: Path):
    file = small(tmp_path)
    with pytest.raises(UsageError, match="ends in"):
        back_up(tmp_path / "small", tmp_path / "b.zip")
    with pytest.raises(UsageError, match="elsewhere"):
        back_up(tmp_path / "small", tmp_path / "small" / "b.tar")
    assert file.exists()


def test_the_database_of_a_backup_is_whole(restored: Workspace):
    with closing(sqlite3.connect(restored.folder / ".huaxiang" / "operational.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
