"""How facts are cut so that sorting them fits into memory: a large table goes to files by ranges of customers first.

The engine puts joins aside on the disk where they outgrow memory, and sorts, too, but a sort of what comes out of joins
runs out of memory with them. So where a table is large, the joined rows of all tables go to files before anything is
sorted. Then one range of customers after the other is. The facts are the same, in several files.

Files of their own for each range, by the engine's PARTITION_BY, would spare reading all rows for each; but DuckDB 2.0
waits for itself for ever where two threads write to one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from huaxiang.facts.build import KEY

if TYPE_CHECKING:
    import ibis

_SHARE = 4
"""A quarter of the memory is for one sort: two are under way, and joins or the files that are written have the rest."""

_CELL = 16
"""Bytes of a value while it is sorted: 15 were measured for events."""

_IDENTIFIER = 100
"""Bytes of an identifier while rows are joined with their customers."""


@dataclass(frozen=True)
class Room:
    """The bytes of memory that a build may take, and how many identifiers name its customers."""

    memory: int
    identifiers: int

    def is_ample(self, rows: int, columns: int) -> bool:
        """Whether so many rows can be sorted as they are joined."""
        return rows * columns * _CELL + self.identifiers * _IDENTIFIER <= self.memory // _SHARE

    def ranges(self, rows: int, columns: int) -> int:
        """Into how many ranges of customers so many rows are cut, so that each can be sorted."""
        return ceil(rows * columns * _CELL / (self.memory // _SHARE)) or 1


def cut(rows: ibis.Table, ranges: int, customers: int) -> list[ibis.Table]:
    """Facts by ranges of customers, in order; `customers` is one more than the highest number."""
    size = ceil(customers / ranges)
    return [rows.filter(rows[KEY] >= first, rows[KEY] < first + size) for first in range(0, customers, size)]
