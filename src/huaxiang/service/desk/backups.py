"""Backups of the project that is served: made, verified, handed out, removed.

A backup holds everything in clear. Who runs the server makes it and never needs to see it; only who may see values of
every class takes it away.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from huaxiang.core.errors import ConflictError, ForbiddenError, NotFoundError
from huaxiang.service.backups import SHELF, SUFFIXES, back_up
from huaxiang.service.backups import verify as read_through
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row
from huaxiang.store.failures import storage_failures
from huaxiang.store.locks import holder_of, only_build

_LOCK = ".making"


@allowed("backups.read")
def backups(desk: Desk) -> Row:
    """The backups that the server keeps, the latest first, and where.

    `items`: `file`, `bytes`, `at` (when it was written). `folder` is where they are, `project` the folder that they are
    of. `making` says which process makes one right now and since when, else None. `database`: sqlite, or postgresql,
    which is in no backup.
    """
    shelf = _shelf(desk)
    with storage_failures(shelf):
        found = sorted((_row(path) for path in _files(shelf)), key=lambda row: str(row["at"]), reverse=True)
    return {
        "items": found,
        "folder": str(shelf),
        "project": str(desk.workspace.folder.absolute()),
        "making": holder_of(shelf / _LOCK),
        "database": "postgresql" if desk.workspace.project.loaded.spec.operational else "sqlite",
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
    if (holder := holder_of(shelf / _LOCK)) is not None:
        raise ConflictError(f"A backup is being made already ({holder}). Wait for it to end.")
    with only_build(shelf / _LOCK):
        name = desk.workspace.project.loaded.spec.name
        path = shelf / f"{name}-{desk.workspace.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
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


def _files(shelf: Path) -> list[Path]:
    """The backups of a folder; those that are not whole yet have a hidden name."""
    if not shelf.is_dir():
        return []
    return [
        path
        for path in shelf.iterdir()
        if path.is_file() and path.name.endswith(tuple(SUFFIXES)) and not path.name.startswith(".")
    ]


def _path(desk: Desk, file: str) -> Path:
    """The backup of this name: one of those that there are, so that no name leads elsewhere."""
    for path in _files(_shelf(desk)):
        if path.name == file:
            return path
    raise NotFoundError(f"There is no backup '{file[:100]}'.")


def _row(path: Path) -> Row:
    found = path.stat()
    at = datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds")
    return {"file": path.name, "bytes": found.st_size, "at": at}


def _told(found: Row) -> Row:
    names = ("at", "project", "snapshot", "database", "with_data", "version")
    return {name: found[name] for name in names} | {"files": len(found["files"])}
