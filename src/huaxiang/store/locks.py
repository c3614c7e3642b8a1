"""Locks that the system releases when their process dies: one build at a time, and no removal under a reader.

All are advisory `flock` locks, on the store's lock file and on the folders of snapshots.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from huaxiang.core.errors import StoreError
from huaxiang.store.failures import storage_failures

_LOOKS, _INSTANT = 5, 0.02


@contextmanager
def only_build(file: Path) -> Iterator[None]:
    """Hold the build lock on `file`.

    Raises:
        StoreError: another build holds it; says which process and since when.
    """
    with only_one(file) as other:
        if other is not None:
            holder = other or "unknown process"
            raise StoreError(f"Another build of this project is running ({holder}). Wait for it to end, or stop it.")
        yield


@contextmanager
def only_one(file: Path) -> Iterator[str | None]:
    """Hold the lock on `file`: gives None, or, where it is held already, which process holds it and since when."""
    with storage_failures(file):
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if _try_again(handle, fcntl.LOCK_EX):
            with storage_failures(file):
                os.ftruncate(handle, 0)
                os.write(handle, f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
            yield None
        else:
            yield os.read(handle, 200).decode(errors="replace").strip()
    finally:
        os.close(handle)


def holder_of(file: Path) -> str | None:
    """Who holds the build lock on `file`: which process and since when; None where nobody does."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if _try(handle, fcntl.LOCK_SH):
            return None
        return os.read(handle, 200).decode(errors="replace").strip()
    finally:
        os.close(handle)


def hold_folder(folder: Path) -> int | None:
    """A shared lock on `folder`, as a descriptor to close; None when the folder went away meanwhile."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    if _try(handle, fcntl.LOCK_SH) and _is_at(handle, folder):
        return handle
    os.close(handle)
    return None


def take_folder(folder: Path, renamed: Path) -> bool:
    """Move `folder` away to `renamed`, unless somebody holds it or it is gone. Says whether it was moved."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        if not (_try(handle, fcntl.LOCK_EX) and _is_at(handle, folder)):
            return False
        folder.rename(renamed)
        return True
    finally:
        os.close(handle)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_again(handle: int, kind: int) -> bool:
    """Whoever only looks at a lock holds it for an instant, which is not worth refusing a build for."""
    for _ in range(_LOOKS):
        if _try(handle, kind):
            return True
        time.sleep(_INSTANT)
    return False


def _is_at(handle: int, folder: Path) -> bool:
    """Whether the locked folder is still the one that `folder` names."""
    try:
        return os.path.samestat(os.fstat(handle), folder.stat())
    except FileNotFoundError:
        return False
