"""Amounts of memory as people write them: `4GB`, `1.5 GiB`."""

from __future__ import annotations

import re

MEMORY = 8 << 30
"""Bytes of memory that are reckoned with where nobody said how many."""

_MEMORY = re.compile(r"\d+(\.\d+)?\s*(MB|MiB|GB|GiB)", re.IGNORECASE)

_BYTES = {"mb": 10**6, "mib": 2**20, "gb": 10**9, "gib": 2**30}


def memory_size(value: str) -> str:
    """The amount of memory that `value` names, such as `4GB`.

    Raises:
        ValueError: it names none.
    """
    if not _MEMORY.fullmatch(value.strip()):
        raise ValueError(f"'{value}' is no amount of memory: write one such as 4GB")
    return value.strip()


def memory_bytes(size: str) -> int:
    """The bytes of an amount of memory such as `4GB`."""
    unit = size.lstrip(" .0123456789").strip().lower()
    return int(float(size.strip()[: -len(unit)]) * _BYTES[unit])
