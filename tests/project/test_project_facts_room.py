"""Facts that are cut into ranges of customers before they are sorted."""

from __future__ import annotations

import ibis
import pytest

from huaxiang.project.facts_room import Room, cut
from huaxiang.store.engine import DuckEngine

GIB = 1 << 30


@pytest.mark.parametrize(
    ("rows", "identifiers", "ample"),
    # A quarter of 8 GiB is 2 GiB: 134,217,728 values of 16 bytes, 10 to a row.
    [(13_000_000, 0, True), (14_000_000, 0, False), (1_000, 21_000_000, True), (1_000, 22_000_000, False)],
)
def test_rows_are_cut_where_they_and_the_identifiers_take_more_than_a_quarter_of_the_memory(rows, identifiers, ample):
    assert Room(8 * GIB, identifiers).is_ample(rows, 10) is ample


@pytest.mark.parametrize(("rows", "ranges"), [(0, 1), (13_000_000, 1), (14_000_000, 2), (130_000_000, 10)])
def test_each_range_takes_a_quarter_of_the_memory_at_most(rows, ranges):
    assert Room(8 * GIB, 0).ranges(rows, 10) == ranges


def test_ranges_hold_customers_in_order_and_none_is_in_two():
    people = ibis.memtable({"customer_no": [0, 1, 2, 3, 4, 5, 6]})
    found = [sorted(each.execute()["customer_no"]) for each in cut(people, 3, 7)]
    # Seven customers in three ranges: three, three and one.
    assert found == [[0, 1, 2], [3, 4, 5], [6]]


def test_joins_hold_the_right_side_as_long_as_they_are_told_to():
    with DuckEngine.open() as engine:
        engine.create("many", ibis.range(100_000).unnest().name("n").as_table(), step="many")
        engine.create("few", ibis.range(1_000_000).unnest().name("n").as_table(), step="few")
        joined = engine.table("many").left_join(engine.table("few"), "n")

        def kind() -> str:
            (plan,) = engine.backend.con.execute(f"EXPLAIN {engine.backend.compile(joined)}").fetchall()
            return "RIGHT" if "RIGHT" in plan[1] else "LEFT"

        found = [kind()]
        for kept in (True, False):
            engine.keep_sides(kept)
            found.append(kind())
        assert found == ["RIGHT", "LEFT", "RIGHT"]
