"""Customers are taken in portions that fit into the memory given, whatever the facts and the tags are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.core.sizes import memory_bytes
from huaxiang.tags.portions import Load, portions


class Stored:
    """Facts of which each customer has so many, read in groups as files are."""

    def __init__(self, facts: list[int]) -> None:
        self._ends = np.append(0, np.cumsum(facts))

    def rows(self, customers: range) -> int:
        """Those of the groups of 100,000 that hold facts of `customers`."""
        low, high = (int(self._ends[min(number, len(self._ends) - 1)]) for number in (customers.start, customers.stop))
        return 0 if low == high else (-(-high // 100_000) - low // 100_000) * 100_000

    def read(self, customers: range, columns: object) -> None:
        raise AssertionError("nothing is read to find the portions")


def whole(parts: list[range]) -> range:
    """The customers of all parts, which follow each other without a gap."""
    assert all(before.stop == after.start for before, after in pairwise(parts))
    return range(parts[0].start, parts[-1].stop)


def test_amounts_of_memory_are_counted_in_their_unit():
    assert [memory_bytes(size) for size in ("4GB", "1.5 GiB", " 300mb ")] == [4 * 10**9, 3 * 2**29, 3 * 10**8]


def test_few_facts_make_portions_of_whole_row_groups():
    assert portions(200_000, [Load(Stored([3] * 200_000), 10)], tags=200, threads=2, memory=None) == [
        range(122_880),
        range(122_880, 200_000),
    ]


def test_less_memory_makes_smaller_portions():
    load = Load(Stored([60] * 65_536), 10)
    wide = portions(65_536, [load], tags=100, threads=2, memory=16 << 30)
    narrow = portions(65_536, [load], tags=100, threads=2, memory=4 << 30)
    # 3.9 million facts × 10 columns × 64 bytes are 2.5 GB: more than an eighth of 16 GiB, and than four eighths of 4.
    assert (len(wide), len(narrow)) == (2, 8)
    assert whole(narrow) == range(65_536)


def test_a_customer_with_ten_million_events_is_taken_alone():
    facts = [30] * 10_000
    facts[4321] = 10_000_000
    stored = Stored(facts)
    parts = portions(10_000, [Load(stored, 10)], tags=200, threads=2, memory=4 << 30)
    assert whole(parts) == range(10_000)
    (crowded,) = (part for part in parts if 4321 in part)
    assert crowded == range(4321, 4322)
    # The neighbours are cut off in ever smaller steps, not one by one.
    assert len(parts) < 30


def test_what_is_stored_in_one_piece_is_not_cut_in_vain():
    class OnePiece(Stored):
        def rows(self, customers: range) -> int:
            return 500_000

    assert portions(1000, [Load(OnePiece([]), 10)], tags=10, threads=2, memory=1 << 20) == [range(1000)]


def test_two_thousand_tags_take_fewer_customers_at_a_time():
    parts = portions(100_000, [], tags=2000, threads=2, memory=4 << 30)
    # Half a gigabyte for 2,000 tags of 16 bytes each: 16,777 customers.
    assert max(len(part) for part in parts) == (4 << 30) // 8 // 32_000
    assert whole(parts) == range(100_000)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([0, 1, 50, 5000, 3_000_000]), min_size=1, max_size=300),
    st.integers(1, 40),
    st.integers(1, 3000),
    st.sampled_from([None, 1 << 20, 1 << 30, 1 << 34]),
)
def test_every_customer_is_in_one_portion(facts, columns, tags, memory):
    parts = portions(len(facts), [Load(Stored(facts), columns)], tags=tags, threads=2, memory=memory)
    assert whole(parts) == range(len(facts))
    assert all(len(part) > 0 for part in parts)
