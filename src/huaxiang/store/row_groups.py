"""Rows on their way into a table, joined to row groups of the engine's.

What fills a row group is compressed as it comes; of less the engine makes row groups itself, which is a copy of all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from huaxiang.core.engine import TABLE_GROUP
from huaxiang.core.sizes import MEMORY

if TYPE_CHECKING:
    import pyarrow as pa

_SHARE = 8
"""Of the memory that there is, one part in so many is for rows that are joined."""


def row_groups(parts: Iterable[pa.Table], memory: int | None) -> Iterator[pa.RecordBatch]:
    """The rows of `parts` in their order: a batch of as many whole parts as make up a row group at most.

    A part that has more rows is a batch by itself, and so are parts that the memory (bytes) leaves no room to join.
    """
    most = (memory or MEMORY) // _SHARE
    held: list[pa.Table] = []
    for part in parts:
        rows, size = sum(each.num_rows for each in (*held, part)), sum(each.nbytes for each in (*held, part))
        if rows > TABLE_GROUP or size > most:
            yield from _joined(held)
        held.append(part)
        del part  # While somebody writes the rows, nothing else should hold them.
        if sum(each.num_rows for each in held) >= TABLE_GROUP:
            yield from _joined(held)
    yield from _joined(held)


def _joined(held: list[pa.Table]) -> Iterator[pa.RecordBatch]:
    """The rows of `held`, which is empty afterwards, in one batch: more only where texts are too long for one."""
    import pyarrow as pa

    if held:
        batches = deque(pa.concat_tables(held).combine_chunks().to_batches())
        held.clear()
        while batches:
            yield batches.popleft()
