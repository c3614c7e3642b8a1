"""Backups: one file that holds a project as it is at one moment, while it is served and written to.

    manifest.json                        what is in it, with the SHA-256 of each file
    project/…                            the definitions and what lies beside them; data of sources where asked for
    project/.huaxiang/current            the snapshot that serves, and only it
    project/.huaxiang/snapshots/<id>/…
    project/.huaxiang/live/…             every message that was acknowledged before the backup began
    project/.huaxiang/operational.db     where it is a file: PostgreSQL has backups of its own

What can be found out again (`intake/`, `derived/`, logs of runs, reports) is left out, and so are other backups.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from huaxiang import __version__
from huaxiang.core.errors import StoreError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.project.load import load
from huaxiang.project.loaded import LoadedProject
from huaxiang.store.derived import FOLDER as DERIVED
from huaxiang.store.failures import storage_failures
from huaxiang.store.live_log import OPEN, SEALED
from huaxiang.store.operational.database import FILE
from huaxiang.store.snapshots import SPILL, Store

FORMAT = 1
MANIFEST, INSIDE = "manifest.json", "project"
SUFFIXES = {".tar.gz": "w:gz", ".tgz": "w:gz", ".tar": "w"}
"""What a backup may be called → how it is written."""

_HOME = ".huaxiang"
SHELF = Path(_HOME, "backups")
"""Where the server keeps backups below a project's folder, unless `server.backups` names another place."""

_FOUND_AGAIN = (
    SHELF.name,
    "documents",
    "intake",
    "runs",
    "snapshots",
    "live",
    "building-*",
    "removing-*",
    "current*",
    "lock",
    "*.lock",
    "*.part",
)
_DATABASE = (f"{FILE}*",)
_CHUNK = 1 << 20
_NOT_OURS = (".git", "__pycache__", _HOME)


@dataclass
class Backup:
    """What a backup holds. `database` is sqlite, postgresql (not in it) or None; `files`: path → SHA-256."""

    project: str
    at: str
    snapshot: str | None
    database: str | None
    with_data: bool
    version: str = __version__
    format: int = FORMAT
    files: dict[str, str] = field(default_factory=dict)


def back_up(folder: Path, file: Path, *, with_data: bool = False) -> Backup:
    """Write a backup of the project in `folder`, which may be served, built and written to meanwhile.

    Raises:
        ProjectError: `folder` is no project, or its definitions hold mistakes.
        UsageError: the file has another suffix than `SUFFIXES`, or lies in the project itself.
        StoreError: something can't be read or written.
    """
    mode = next((mode for suffix, mode in SUFFIXES.items() if file.name.endswith(suffix)), None)
    if mode is None:
        raise UsageError(f"'{file.name}' is no name for a backup: it ends in {', '.join(SUFFIXES)}.")
    place = file.absolute().resolve()
    if place.is_relative_to(folder.resolve()) and not place.is_relative_to(folder.resolve() / SHELF):
        raise UsageError("A backup does not belong into the project's own folder: write it elsewhere.")
    project = load(folder)
    with storage_failures(file):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with storage_failures(file), whole_file(file) as partial, Store(folder).holding_current() as snapshot:
        found = Backup(
            project.spec.name,
            datetime.now(UTC).isoformat(timespec="seconds"),
            snapshot.id if snapshot else None,
            "postgresql" if project.spec.operational else "sqlite" if (folder / _HOME / FILE).exists() else None,
            with_data,
        )
        # It holds people's data: nobody else may read it, also while it is written.
        with open(partial, "wb", opener=_private) as raw, _archive(raw, mode) as archive:
            for name, content in _contents(project, found):
                found.files[name] = _add(archive, f"{INSIDE}/{name}", content)
            text = json.dumps(asdict(found), ensure_ascii=False, indent=1).encode()
            _add(archive, MANIFEST, text)
    return found


def restore(file: Path, folder: Path, *, force: bool = False) -> tuple[Backup, Path | None]:
    """Put the project that a backup holds into `folder`; what the backup holds, and where what was there has gone.

    Nothing is touched before all of the backup was read and found sound. With `force` a folder that holds something is
    moved aside; nothing is deleted.

    Raises:
        UsageError: `folder` holds something already.
        StoreError: the backup is damaged or can't be read, or a build is running in `folder`.
    """
    occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if occupied and not force:
        raise UsageError(f"{folder} holds something already. With --force it is moved aside.")
    if (holder := Store(folder).builder()) is not None:
        raise StoreError(f"A build is running in {folder} ({holder}). Stop it first.")
    target = folder.absolute()
    with storage_failures(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            found = _read(file, lambda content, name: _write(content, fresh / name))
            aside = None
            if occupied:
                aside = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
                target.rename(aside)
            elif target.exists():
                target.rmdir()
            fresh.chmod(0o755)
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return found, aside


def verify(file: Path) -> Backup:
    """Read all of a backup and hold every part against its digest; nothing is written.

    Raises:
        StoreError: it is damaged, is no backup or can't be read.
    """
    with storage_failures(file):
        return _read(file, lambda content, _: _digest(content))


# -- what goes in -----------------------------------------------------------------------------------------------


def _contents(project: LoadedProject, backup: Backup) -> Iterator[tuple[str, bytes | Path]]:
    """Path within the project → what it holds; large files that don't change are named only."""
    folder, home = project.folder, project.folder / _HOME
    left_out = set() if backup.with_data else {path.resolve() for path in _data_of(project)}
    for path in _files(folder, _NOT_OURS):
        if path.resolve() not in left_out:
            yield path.relative_to(folder).as_posix(), path
    # The head comes before the database: entries that are written meanwhile are then behind it.
    for path in _files(home, _FOUND_AGAIN + _DATABASE):
        yield path.relative_to(folder).as_posix(), path.read_bytes()
    if backup.database == "sqlite":
        yield f"{_HOME}/{FILE}", _database(home / FILE)
    for path in sorted((home / "live").glob("*/*")):
        if path.suffix in (SEALED, OPEN):
            yield path.relative_to(folder).as_posix(), _messages(path)
    if backup.snapshot is not None:
        for path in _files(home / "snapshots" / backup.snapshot, (DERIVED, f"{SPILL}*")):
            yield path.relative_to(folder).as_posix(), path
        yield f"{_HOME}/current", f"{backup.snapshot}\n".encode()


def _data_of(project: LoadedProject) -> Iterator[Path]:
    for source in project.sources.values():
        if source.path is not None and not Path(source.path).is_absolute():
            yield from project.folder.glob(source.path)


def _files(folder: Path, left_out: tuple[str, ...]) -> Iterator[Path]:
    """The files of a folder and below it, but for those that these patterns name at its top."""
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if not any(PurePosixPath(entry.name).match(pattern) for pattern in left_out):
                below = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
                yield from (path for path in below if path.is_file())


def _database(file: Path) -> bytes:
    """The database as it is at one moment, whoever writes to it."""
    with closing(sqlite3.connect(file)) as own, closing(sqlite3.connect(":memory:")) as copy:
        own.backup(copy)
        return copy.serialize()


def _messages(path: Path) -> bytes:
    """The whole lines of a segment, which may be sealed this moment."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = path.with_suffix(SEALED).read_bytes()
    return content[: content.rfind(b"\n") + 1]


# -- the archive ------------------------------------------------------------------------------------------------


class _Digesting(io.RawIOBase):
    """A file that is digested as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part


def _archive(raw: IO[bytes], mode: str) -> tarfile.TarFile:
    # What takes most room is compressed already.
    options: dict[str, Any] = {"compresslevel": 1} if mode == "w:gz" else {}
    return tarfile.open(fileobj=raw, mode=mode, format=tarfile.PAX_FORMAT, **options)  # type: ignore[call-overload]


def _add(archive: tarfile.TarFile, name: str, content: bytes | Path) -> str:
    """Add a file to the archive; the SHA-256 of what was written."""
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = 0o600, int(datetime.now(UTC).timestamp())
    with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
        entry.size = os.fstat(file.fileno()).st_size if isinstance(content, Path) else len(content)
        digesting = _Digesting(file)
        archive.addfile(entry, digesting)
    return digesting.digest.hexdigest()


def _read(file: Path, keep: Callable[[IO[bytes], str], str]) -> Backup:
    """Hand each part of a backup and its path to `keep`, and hold the SHA-256 that it returns against the manifest."""
    from pydantic import TypeAdapter, ValidationError

    digests: dict[str, str] = {}
    manifest: Any = None
    try:
        with tarfile.open(file, "r:*") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise StoreError(f"{file} holds '{entry.name}', which is no file: it is no backup of Huaxiang.")
                if entry.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    name = _safe(file, entry.name)
                    digests[name] = keep(content, name)
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        raise StoreError(f"{file} is damaged, or no backup of Huaxiang: {error}.") from error
    if manifest is None:
        raise StoreError(f"{file} is no backup of Huaxiang, or its end is missing: there is no {MANIFEST}.")
    if isinstance(manifest, dict) and manifest.get("format") != FORMAT:
        raise StoreError(
            f"{file} was written by another version of Huaxiang ({manifest.get('version')}): use that one."
        )
    try:
        found = TypeAdapter(Backup).validate_python(manifest)
    except ValidationError as error:
        raise StoreError(f"{file} is no backup of Huaxiang: its {MANIFEST} holds something else.") from error
    wrong = sorted(name for name in {*found.files, *digests} if found.files.get(name) != digests.get(name))
    if wrong:
        raise StoreError(f"{file} is damaged: {len(wrong)} files are not as they were written, such as {wrong[0]}.")
    return found


def _safe(file: Path, name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2 or path.parts[0] != INSIDE:
        raise StoreError(f"{file} holds '{name}', which belongs into no project: it is no backup of Huaxiang.")
    return PurePosixPath(*path.parts[1:]).as_posix()


def _digest(content: IO[bytes]) -> str:
    digesting = _Digesting(content)
    while digesting.read(_CHUNK):
        pass
    return digesting.digest.hexdigest()


def _write(content: IO[bytes], path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    digesting = _Digesting(content)
    # What the server keeps for itself nobody else may read; definitions are as new files are.
    opener = _private if _HOME in path.parts else None
    with open(path, "wb", opener=opener) as written:
        while part := digesting.read(_CHUNK):
            written.write(part)
        written.flush()
        os.fsync(written.fileno())
    return digesting.digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
