"""Ranges of numbers have round edges and names that people understand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.personas.ranges import Ranges, ranges


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (Ranges((100, 500)), ("<100", "100–500", "≥500")),
        (Ranges((1, 3, 1000), whole=True), ("<1", "1–2", "3–999", "≥1,000")),
        (Ranges((2, 3), whole=True, zero=True), ("0", "1", "2", "≥3")),
        (Ranges((10.5,), zero=True), ("0", "<10.5", "≥10.5")),
        (Ranges((-5, 5)), ("<-5", "-5 … 5", "≥5")),
        (Ranges(()), ("all",)),
        (Ranges((), zero=True), ("0", ">0")),
    ],
)
def test_names_say_what_is_in_a_range(found, names):
    assert found.names == names


def test_edges_are_round_but_near_the_quintiles():
    assert ranges(3, 9871, (118.3, 402.7, 1213.9, 2987.1), (), whole=False).edges == (120, 400, 1200, 3000)


def test_shares_keep_their_decimals_without_noise():
    assert ranges(0.01, 0.99, (0.2031, 0.3987, 0.6044, 0.7999), (), whole=False).edges == (0.2, 0.4, 0.6, 0.8)


def test_nothing_is_a_range_of_its_own_where_many_have_nothing():
    found = ranges(0, 30, (0, 0, 1, 4), (1, 3, 7), whole=True)
    assert found.names == ("0", "1–2", "3–6", "≥7")


def test_a_single_value_is_one_range():
    assert ranges(5, 5, (5, 5, 5, 5), (5, 5, 5), whole=True).names == ("all",)
    assert ranges(None, None, (), (), whole=True).names == ("all",)


@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), min_size=2, max_size=60), st.booleans())
def test_edges_rise_within_the_values_and_names_differ(values, whole):
    numbers = sorted(float(round(x)) if whole else x for x in values)
    cuts = [numbers[int(q * (len(numbers) - 1))] for q in (0.2, 0.4, 0.6, 0.8)]
    above = [x for x in numbers if x > 0]
    positive = [above[int(q * (len(above) - 1))] for q in (0.25, 0.5, 0.75)] if above else []
    found = ranges(numbers[0], numbers[-1], cuts, positive, whole=whole)
    assert list(found.edges) == sorted(set(found.edges))
    assert all(numbers[0] < edge <= numbers[-1] for edge in found.edges)
    assert len(set(found.names)) == len(found.names)
