"""Two segments side by side."""

from __future__ import annotations

import json
from functools import cache

import pytest
from shop import AS_OF

from huaxiang.personas.compare import compare
from huaxiang.personas.statistics import SharedCounts, compare_shares


@cache
def compared(shop, a, b, threshold):
    return compare(shop, a, b, moment=AS_OF, threshold=threshold)


def test_two_segments_by_hand(shop):
    found = compared(shop, "fans", "half", 1)
    assert (found.a.size, found.b.size, found.both) == (20, 50, 10)
    assert found.a.revenue_share == pytest.approx(6010 / 10050)
    toys = next(row for row in found.contrasts if (row.tag, row.value) == ("category", "toys"))
    # 15 of 20 fans; of customers 10–59, 10–14 and 20–29 buy toys: 15 of 50. Ten people are in both.
    expected = compare_shares(15, 20, 15, 50, SharedCounts(10, 5, 5, 5))
    assert (toys.a, toys.b) == (0.75, 0.3)
    assert (toys.low, toys.high, toys.p_value) == pytest.approx((expected.low, expected.high, expected.p_value))
    assert toys.effect > 0


def test_the_largest_significant_difference_comes_first_and_the_defining_tags_last(shop):
    rows = compared(shop, "rich", "half", 1).contrasts
    free = [row for row in rows if not row.defining and not row.hidden]
    effects = [abs(row.effect) for row in free if row.significant]
    assert effects == sorted(effects, reverse=True)
    assert {row.tag for row in rows if row.defining} == {"score", "spend_total"}
    assert rows[-1].defining


def test_changing_sides_changes_signs_only(shop):
    one = compared(shop, "fans", "half", 1)
    other = compared(shop, "half", "fans", 1)
    mine = {(row.tag, row.value): row for row in one.contrasts}
    for row in other.contrasts:
        twin = mine[row.tag, row.value]
        assert (row.a, row.b, row.q_value) == (twin.b, twin.a, twin.q_value)
        if row.difference is not None:
            assert (row.difference, row.low, row.high) == pytest.approx((-twin.difference, -twin.high, -twin.low))


def test_a_segment_does_not_differ_from_itself(shop):
    assert not any(row.significant for row in compared(shop, "fans", "fans", 1).contrasts)


def test_small_groups_are_marked_and_empty_ones_are_compared_with_nothing(shop):
    found = compared(shop, "few", "fans", 10)
    assert found.both is None
    assert found.a.revenue_share is None
    assert all(row.a is None and row.q_value is None for row in found.contrasts if row.hidden)
    empty = compared(shop, "nobody", "everyone", 10)
    assert not any(row.significant for row in empty.contrasts)
    json.dumps(empty.as_dict())
