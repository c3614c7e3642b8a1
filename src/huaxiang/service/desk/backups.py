"""Backups of the project that is served: made, verified, handed out, removed.

A backup holds everything in clear. Who runs the server makes it and never needs to see it; only who may see values of
every class takes it away.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from huaxiang.core.errors import ConflictError, ForbiddenError, NotFoundError
from huaxiang.service.backups import SHELF, back_up
from huaxiang.service.backups import verify as read_through
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row
from huaxiang.store.failures import storage_failures
from huaxiang.store.locks import holder_of, only_one

_LOCK = ".making"
_STAMPED = r"-\d{8}T\d{6}Z\.tar\.gz"
"""What the name of a backup has behind the project's, as a pattern. No project's name holds a hyphen."""

_ANY_NAME = "[a-z0-9_]+"


@allowed("backups.read")
def backups(desk: Desk) -> Row:
    """The backups that the server keeps of this project, the latest first, and where.

    `items`: `file`, `bytes`, `at` (when it was written). `folder` is where they are, `project` the folder that they are
    of. `making` says which process makes one right now and since when, else None. `database`: sqlite, or postgresql,
    which is in no backup. `others` is how many of other names lie in a folder that projects share: of other projects,
    or of this one before it was renamed.
    """
    shelf = _shelf(desk)
    found = sorted((_row(path) for path in _files(desk)), key=lambda row: str(row["at"]), reverse=True)
    return {
        "items": found,
        "folder": str(shelf),
        "project": str(desk.workspace.folder.absolute()),
        "making": holder_of(shelf / _LOCK),
        "database": "postgresql" if desk.workspace.project.loaded.spec.operational else "sqlite",
        "others": len(_stamped(desk, _ANY_NAME)) - len(found),
    }


@allowed("backups.make")
def make(desk: Desk, *, with_data: bool = False) -> Row:
    """Write a backup of the project as it is now; it is served, built and written to meanwhile.

    `with_data` adds the files that sources read. The answer comes when the file is whole: as `verify` tells of it.

    Raises:
        ConflictError: another one is being made.
        StoreError: the disk refuses.
    """
    shelf = _shelf(desk)
    with storage_failures(shelf):
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_one(shelf / _LOCK) as holder:
        if holder is not None:
            raise ConflictError(f"A backup is being made already ({holder}). Wait for it to end.")
        _sweep(desk)
        path = shelf / f"{_name(desk)}-{desk.workspace.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
        if path.exists():
            raise ConflictError("A backup was made this very second.")
        found = back_up(desk.workspace.folder, path, with_data=with_data)
    return _row(path) | _told(found.__dict__)


@allowed("backups.read")
def verify(desk: Desk, file: str) -> Row:
    """Read all of a backup and hold every part against its digest; nothing is written.

    `file`, `bytes`, `at` (the moment that it holds), `project`, `snapshot`, `database`, `with_data`, `version` of
    Huaxiang, `files` (how many).

    Raises:
        NotFoundError: there is no such backup.
        StoreError: it is damaged.
    """
    path = _path(desk, file)
    return _row(path) | _told(read_through(path).__dict__)


@allowed("backups.download")
def download(desk: Desk, file: str) -> Path:
    """A backup as a file. It holds people's data in clear: the audit trail says who took it.

    Raises:
        NotFoundError: there is no such backup.
        ForbiddenError: values of some class are masked for whoever asks, as for a key that was narrowed.
    """
    if desk.actor.sees != "L4":
        sees = desk.actor.sees
        raise ForbiddenError(
            f"A backup holds values of every class, and {desk.actor.name} sees those up to {sees} only."
        )
    return _path(desk, file)


@allowed("backups.make")
def remove(desk: Desk, file: str) -> Row:
    """Delete a backup for good: `file`, `bytes`, `at`.

    Raises:
        NotFoundError: there is no such backup.
        StoreError: the disk refuses.
    """
    path = _path(desk, file)
    row = _row(path)
    with storage_failures(path):
        path.unlink(missing_ok=True)
    return row


def _shelf(desk: Desk) -> Path:
    folder = desk.workspace.folder.absolute()
    named = desk.workspace.project.loaded.spec.server.backups
    return folder / (named or SHELF)


def _name(desk: Desk) -> str:
    return desk.workspace.project.loaded.spec.name


def _files(desk: Desk) -> list[Path]:
    """The project's own backups: several projects may keep theirs in one folder, but none in that of another."""
    return _stamped(desk, _own_names(desk))


def _own_names(desk: Desk) -> str:
    """What the project's own backups are called, as a pattern: what lies within it is its own by any name."""
    within = desk.workspace.project.loaded.spec.server.backups is None
    return _ANY_NAME if within else re.escape(_name(desk))


def _stamped(desk: Desk, names: str) -> list[Path]:
    shelf = _shelf(desk)
    if not shelf.is_dir():
        return []
    wanted = re.compile(names + _STAMPED)
    with storage_failures(shelf):
        return [path for path in shelf.iterdir() if wanted.fullmatch(path.name) and path.is_file()]


def _sweep(desk: Desk) -> None:
    """Remove what is left of backups over which a server was killed; call it while the lock is held."""
    began = re.compile(rf"\.{_own_names(desk)}{_STAMPED}\.\d+\.part")
    shelf = _shelf(desk)
    with storage_failures(shelf):
        for path in shelf.iterdir():
            if began.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _path(desk: Desk, file: str) -> Path:
    """The backup of this name: one of those that there are, so that no name leads elsewhere."""
    for path in _files(desk):
        if path.name == file:
            return path
    raise NotFoundError(f"There is no backup '{file[:100]}'.")


def _row(path: Path) -> Row:
    with storage_failures(path):
        found = path.stat()
    at = datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds")
    return {"file": path.name, "bytes": found.st_size, "at": at}


def _told(found: Row) -> Row:
    names = ("at", "project", "snapshot", "database", "with_data", "version")
    return {name: found[name] for name in names} | {"files": len(found["files"])}
