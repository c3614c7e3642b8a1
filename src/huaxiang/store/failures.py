"""Turns what the disk, the system and DuckDB refuse into errors that say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huaxiang.core.errors import EngineError, HuaxiangError, StoreError

_FREE_SPACE = "Free some space, or keep fewer snapshots ('keep_snapshots' in huaxiang.yml), and build again."
_RIGHTS = "Give yourself the right to write there, or put the project in a folder that is yours."

REMEDIES: dict[int, str] = {
    errno.ENOSPC: _FREE_SPACE,
    errno.EDQUOT: _FREE_SPACE,
    errno.EFBIG: "The system limits the size of a file (ulimit -f): raise the limit and build again.",
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EIO: "The disk reports a fault: check it, or put the project on another one.",
    errno.EMFILE: "Too many files are open: raise the limit (ulimit -n) and try again.",
    errno.ENOMEM: "Close other programs, or lower 'memory' in huaxiang.yml.",
}
"""What to do, by the system's number for what went wrong."""

_OUT_OF_MEMORY = (
    "Raise 'memory' in huaxiang.yml (or --memory), lower 'threads', or make room for temporary files: "
    "what does not fit into memory is written to the snapshot's folder."
)
_FOREIGN_FILE = "The file was damaged, or written by another version: build again."


@contextmanager
def storage_failures(path: Path) -> Iterator[None]:
    """Raise the system's refusals about `path` as `StoreError` with a remedy."""
    try:
        yield
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "")
        raise StoreError(f"{error.filename or path}: {error.strerror or error}. {remedy}".rstrip()) from error


@contextmanager
def engine_failures(step: str, path: str, sql: Callable[[], str] | None = None) -> Iterator[None]:
    """Raise the engine's refusals as `StoreError` where storage or memory gave out, else as `EngineError`.

    `sql` gives the statement; it is asked for only after a failure.
    """
    import duckdb
    from ibis.common.exceptions import IbisError

    try:
        yield
    except HuaxiangError:
        raise
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        raise StoreError(f"{step}: memory ran out: {first_line(error)}. {_OUT_OF_MEMORY}") from error
    except OSError as error:
        with storage_failures(Path(path)):
            raise error
    except duckdb.Error as error:
        remedy = _remedy(error)
        if remedy:
            raise StoreError(f"{step}: {path}: {first_line(error)}. {remedy}") from error
        raise EngineError(str(error), step=step, sql=_statement(sql)) from error
    except IbisError as error:
        raise EngineError(f"{type(error).__name__}: {error}", step=step, sql=_statement(sql)) from error


@contextmanager
def opening_failures(path: str) -> Iterator[None]:
    """Raise what keeps an engine's file from opening as `StoreError`."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise StoreError(f"{path} can't be opened: {first_line(error)}. {_remedy(error) or _FOREIGN_FILE}") from error


def first_line(error: BaseException) -> str:
    """The first line of an error's message, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _remedy(error: BaseException) -> str | None:
    """The remedy for a failure of the system that DuckDB only passes on as text."""
    text = str(error).lower()
    found = (remedy for number, remedy in REMEDIES.items() if os.strerror(number).lower() in text)
    return next(found, None)


def _statement(sql: Callable[[], str] | None) -> str:
    if sql is None:
        return ""
    try:
        return sql()
    except Exception as error:
        return f"-- not compiled: {first_line(error)}"
