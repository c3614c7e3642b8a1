"""Memory that is kept for the next portion, not given back to the system and asked for again."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

_KEEP = {"M_MMAP_THRESHOLD": 32 << 20, "M_TRIM_THRESHOLD": 1 << 30, "M_TOP_PAD": 64 << 20}
"""Arrays of up to 32 MiB, which is glibc's largest, come from memory that the process holds, and go back there."""

_GIVE_BACK = {"M_MMAP_THRESHOLD": 32 << 20, "M_TRIM_THRESHOLD": 64 << 20, "M_TOP_PAD": 128 << 10}
"""What glibc comes to by itself in a process that has freed a large array."""

_NUMBERS = {"M_TRIM_THRESHOLD": -1, "M_TOP_PAD": -2, "M_MMAP_THRESHOLD": -3}
"""The parameters of `mallopt` in glibc's malloc.h."""


_LOCK = Lock()

_WITHIN: list[Any] = []
"""Arrow's memory pool as each block that is open found it: the first one's is what was there before."""


@contextmanager
def keeping_memory() -> Iterator[None]:
    """Keep memory that is freed within the block for what is asked for next; give it back at the end.

    The system fills each page that it hands out with zeros, and a build asks for the same gigabytes again and again.
    Arrow's arrays come from the same memory within the block. Where the C library is not glibc, nothing changes.

    All of it holds for the whole process, whose blocks may overlap: the first one begins it, and the last one to end
    ends it. glibc doesn't tell its parameters. So the end sets what it comes to by itself, whatever somebody else had
    set before; and from then on it no longer adapts them.
    """
    library = _glibc()
    if library is None:
        yield
        return
    _begin(library)
    try:
        yield
    finally:
        _end(library)


def _begin(library: Any) -> None:
    import pyarrow as pa

    with _LOCK:
        _WITHIN.append(pa.default_memory_pool())
        if len(_WITHIN) == 1:
            _set(library, _KEEP)
            pa.set_memory_pool(pa.system_memory_pool())


def _end(library: Any) -> None:
    import pyarrow as pa

    with _LOCK:
        if len(_WITHIN) > 1:
            _WITHIN.pop()
            return
        pa.set_memory_pool(_WITHIN.pop())
        _set(library, _GIVE_BACK)
        library.malloc_trim(0)


def _glibc() -> Any:
    try:
        known = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        return None
    return ctypes.CDLL(None) if known else None


def _set(library: Any, parameters: Mapping[str, int]) -> None:
    for name, value in parameters.items():
        library.mallopt(_NUMBERS[name], value)
