"""Backups that the server keeps: who may make, verify, take away and remove them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.access.people import Actor
from huaxiang.core.errors import ConflictError, ForbiddenError, NotFoundError, StoreError, UsageError
from huaxiang.service.backups import restore
from huaxiang.service.desk import Desk, backups
from huaxiang.service.trail import Sought
from huaxiang.service.workspace import Workspace
from huaxiang.store.locks import only_build

ADMIN, OFFICER = Actor("root", "admin"), Actor("zhao", "privacy_officer")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A project in which nothing was built yet."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "huaxiang.yml").write_text("name: small\n", encoding="utf-8")
    workspace = Workspace(folder)
    yield workspace
    workspace.close()


def test_a_backup_is_made_listed_verified_taken_away_and_removed(workspace: Workspace, tmp_path: Path):
    admin, officer = Desk(workspace, ADMIN), Desk(workspace, OFFICER)
    assert backups.backups(admin)["items"] == []
    made = backups.make(admin)
    assert backups.verify(officer, made["file"]) == made
    assert (made["project"], made["snapshot"], made["with_data"]) == ("small", None, False)
    (row,) = backups.backups(admin)["items"]
    path = backups.download(officer, row["file"])
    assert row["bytes"] == path.stat().st_size
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    assert restore(path, tmp_path / "back")[0].project == "small"
    assert not (tmp_path / "back" / ".huaxiang" / "backups").exists(), "a backup holds no other backups"
    backups.remove(admin, row["file"])
    assert backups.backups(admin)["items"] == []
    entries = {(each.actor, each.action, each.subject) for each in workspace.trail.rows.find(Sought(), 100)}
    assert ("zhao", "backups.download", made["file"]) in entries
    assert ("root", "backups.remove", made["file"]) in entries
    assert ("root", "backups.make", made["file"]) in entries


def test_who_runs_the_server_is_handed_no_backup_nor_is_a_key_that_was_narrowed(workspace: Workspace):
    file = backups.make(Desk(workspace, ADMIN))["file"]
    with pytest.raises(ForbiddenError, match=r"backups\.download"):
        backups.download(Desk(workspace, ADMIN), file)
    narrowed = Desk(workspace, Actor("key:x", "privacy_officer", "api", clearance="L3"))
    with pytest.raises(ForbiddenError, match="up to L3 only"):
        backups.download(narrowed, file)
    with pytest.raises(ForbiddenError):
        backups.make(Desk(workspace, OFFICER))
    refused = workspace.trail.rows.find(Sought(action="backups.download"), 10)
    assert {entry.outcome for entry in refused} == {"refused", "failed"}


@pytest.mark.parametrize(
    "file", ["../huaxiang.yml", "/etc/passwd", "", ".", "..", ".making", "x.tar.gz", "a\x00.tar.gz"]
)
def test_the_name_of_a_backup_leads_nowhere_else(workspace: Workspace, file: str):
    backups.make(Desk(workspace, ADMIN))
    for use, actor in ((backups.verify, ADMIN), (backups.remove, ADMIN), (backups.download, OFFICER)):
        with pytest.raises(NotFoundError, match="no backup"):
            use(Desk(workspace, actor), file)


def test_a_backup_that_was_changed_is_found_out(workspace: Workspace):
    admin = Desk(workspace, ADMIN)
    made = backups.make(admin)
    path = Path(backups.backups(admin)["folder"]) / made["file"]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StoreError, match=r"damaged|no backup"):
        backups.verify(admin, made["file"])


@pytest.mark.parametrize("manifest", ["[1]", "null", '"x"', '{"format": 1}', '{"format": 1, "project": {}, "at": 2}'])
def test_what_calls_itself_a_backup_and_is_none_is_told_so(workspace: Workspace, manifest: str):
    admin = Desk(workspace, ADMIN)
    path = Path(backups.backups(admin)["folder"]) / "small-20260301T180000Z.tar.gz"
    path.parent.mkdir(parents=True)
    content = manifest.encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(StoreError, match="is no backup of Huaxiang"):
        backups.verify(admin, path.name)


def test_who_removes_what_somebody_else_has_just_removed_is_told_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    admin, gone = Desk(workspace, ADMIN), workspace.folder / "small-20260301T180000Z.tar.gz"
    monkeypatch.setattr(backups, "_files", lambda _: [gone])
    with pytest.raises(StoreError, match="No such file"):
        backups.remove(admin, gone.name)


def test_a_project_that_was_renamed_finds_the_backups_from_before(workspace: Workspace):
    admin = Desk(workspace, ADMIN)
    made = backups.make(admin)["file"]
    (workspace.folder / "huaxiang.yml").write_text("name: grown\n", encoding="utf-8")
    workspace.reload()
    listed = backups.backups(admin)
    assert ([row["file"] for row in listed["items"]], listed["others"]) == ([made], 0)
    assert backups.verify(admin, made)["project"] == "small"


def test_projects_that_share_a_folder_see_their_own_backups_only(workspace: Workspace, tmp_path: Path):
    shelf = tmp_path / "disk"
    (workspace.folder / "huaxiang.yml").write_text(f"name: small\nserver: {{backups: {shelf}}}\n", encoding="utf-8")
    workspace.reload()
    admin, officer = Desk(workspace, ADMIN), Desk(workspace, OFFICER)
    made = backups.make(admin)["file"]
    others = [made.replace("small", "large"), made.replace("small", "small_2"), "small.tar.gz", "small-1.tgz"]
    for name in others:
        (shelf / name).write_bytes(b"theirs")
    listed = backups.backups(admin)
    assert [row["file"] for row in listed["items"]] == [made]
    assert listed["others"] == 2, "two are called as backups are"
    for name in others:
        for use, desk in ((backups.download, officer), (backups.remove, admin), (backups.verify, admin)):
            with pytest.raises(NotFoundError):
                use(desk, name)
        assert (shelf / name).exists()


def test_what_a_killed_server_left_of_a_backup_goes_before_the_next_is_made(workspace: Workspace, tmp_path: Path):
    shared = f"name: small\nserver: {{backups: {tmp_path / 'disk'}}}\n"
    (workspace.folder / "huaxiang.yml").write_text(shared, encoding="utf-8")
    workspace.reload()
    admin = Desk(workspace, ADMIN)
    shelf = Path(backups.backups(admin)["folder"])
    shelf.mkdir(parents=True)
    begun, theirs = ".small-20260301T180000Z.tar.gz.4711.part", ".large-20260301T180000Z.tar.gz.4711.part"
    for name in (begun, theirs):
        (shelf / name).write_bytes(b"half of it")
    backups.make(admin)
    assert not (shelf / begun).exists()
    assert (shelf / theirs).exists(), "another project may be making it this moment"


def test_one_backup_is_made_at_a_time(workspace: Workspace):
    admin = Desk(workspace, ADMIN)
    shelf = workspace.folder / ".huaxiang" / "backups"
    shelf.mkdir(parents=True)
    with only_build(shelf / ".making"):
        assert "process" in backups.backups(admin)["making"]
        with pytest.raises(ConflictError, match="being made already"):
            backups.make(admin)
    assert backups.backups(admin)["making"] is None


def test_backups_go_where_the_project_says_but_not_among_its_own_files(workspace: Workspace, tmp_path: Path):
    admin = Desk(workspace, ADMIN)
    for place, where in (("../elsewhere", tmp_path / "elsewhere"), (str(tmp_path / "disk"), tmp_path / "disk")):
        (workspace.folder / "huaxiang.yml").write_text(f"name: small\nserver: {{backups: {place}}}\n", encoding="utf-8")
        workspace.reload()
        made = backups.make(admin)
        assert (where / made["file"]).is_file()
    (workspace.folder / "huaxiang.yml").write_text("name: small\nserver: {backups: kept}\n", encoding="utf-8")
    workspace.reload()
    with pytest.raises(UsageError, match="elsewhere"):
        backups.make(admin)
