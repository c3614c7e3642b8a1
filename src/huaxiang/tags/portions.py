"""How many customers are taken at a time: so many that their facts and tags fit into the memory that there is.

Few facts or many, two hundred tags or two thousand, one customer with millions of events: what a thread holds stays
below its part of the memory, as far as a single customer allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huaxiang.core.buckets import BucketReader, buckets
from huaxiang.core.engine import TABLE_GROUP
from huaxiang.core.sizes import MEMORY

_SHARE = 4
"""A quarter of the memory is for facts and tags under way; the engine, which writes the profiles, has the rest."""

_CELL = 64
"""Bytes of one value of a fact while a bucket is computed: as it is read, in one piece, as codes, and as classes."""

_VALUE = 16
"""Bytes of one tag of one customer, as a thread holds them and as they wait to be written: 17 were measured."""

_FACTS = 400_000
"""Fewer facts are not worth a turn: stored facts are read in whole groups, of which two are cut by its borders."""

_CUSTOMERS = 1024


@dataclass(frozen=True)
class Load:
    """One fact table as a weight: who reads it, and how many of its columns are needed."""

    reader: BucketReader
    columns: int


def portions(customers: int, loads: Sequence[Load], *, tags: int, threads: int, memory: int | None) -> list[range]:
    """The numbers of customers from 0 on, cut so that what `threads` hold at once stays within `memory` bytes."""
    each = (memory or MEMORY) // _SHARE // max(threads, 1)
    size = min(TABLE_GROUP, max(_CUSTOMERS, each // (_VALUE * max(tags, 1))))
    return [part for bucket in buckets(customers, size) for part in _halved(bucket, loads, each)]


def _halved(customers: range, loads: Sequence[Load], most: int) -> Iterator[range]:
    middle = (customers.start + customers.stop) // 2
    halves = (range(customers.start, middle), range(middle, customers.stop))
    heavy = [load.reader for load in loads if not _fits(load, customers, most)]
    # What is stored in one piece is read as a whole, however few are asked for.
    if len(customers) == 1 or all(reader.rows(half) == reader.rows(customers) for reader in heavy for half in halves):
        yield customers
        return
    for half in halves:
        yield from _halved(half, loads, most)


def _fits(load: Load, customers: range, most: int) -> bool:
    rows = load.reader.rows(customers)
    return rows <= _FACTS or rows * load.columns * _CELL <= most
