"""Files that are written whole before they are sent, so that slow readers hold no build.

They hold people's data: each is in no folder any more when its answer begins, however that ends.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_PREFIX = "huaxiang-table-"
_CHUNK = 256 * 1024

_LONGEST = 3600.0
"""Seconds after which nobody writes such a file any more."""


def passing(suffix: str, write: Callable[[Path], object]) -> BinaryIO:
    """What `write` writes to the path that it is given, which ends in `suffix`, to be read once: it has no name."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as home:
        path = Path(home) / f"table{suffix}"
        write(path)
        return path.open("rb")


def chunks(file: BinaryIO, first: bytes = b"") -> Iterator[bytes]:
    """`first` and all that is in `file`, which is closed then."""
    with file:
        yield first
        while chunk := file.read(_CHUNK):
            yield chunk


def sweep() -> None:
    """Remove the files that servers have left behind which were killed while they wrote them."""
    for home in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - home.stat().st_mtime > _LONGEST:
                shutil.rmtree(home, ignore_errors=True)
