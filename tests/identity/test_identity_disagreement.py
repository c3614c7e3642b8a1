"""Counting who disagrees: numbers against plain loops over sets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.identity.disagreement import Groups, coded

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.one_of(st.none(), st.integers(0, 3))), max_size=20)


def plainly(rows: list[tuple[int, int, int | None]]) -> tuple[int, dict[tuple[int, int], tuple[int, int]]]:
    """Customers with several values; and by two sources how many could differ, and do."""
    held: dict[int, dict[int, list[int]]] = {}
    for customer, source, value in rows:
        if value is not None:
            held.setdefault(customer, {}).setdefault(source, []).append(value)
    several = sum(len({value for values in own.values() for value in values}) > 1 for own in held.values())
    pairs: dict[tuple[int, int], list[bool]] = {}
    for own in held.values():
        for source, values in own.items():
            if len(values) > 1:
                pairs.setdefault((source, source), []).append(len(set(values)) > 1)
        for one, other in combinations(sorted(own), 2):
            differ = min(own[one]) != min(own[other]) or max(own[one]) != max(own[other])
            pairs.setdefault((one, other), []).append(differ)
    return several, {pair: (len(found), sum(found)) for pair, found in pairs.items()}


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_counts_by_arrays_are_those_of_plain_loops(rows: list[tuple[int, int, int | None]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    customer = np.array([row[0] for row in rows], np.int64)
    source = np.array([row[1] for row in rows], np.int32)
    codes = np.array([-1 if row[2] is None else row[2] for row in rows], np.int32)
    several, customers, differing = Groups.of(customer, source, 3).count(codes)
    found = {
        (one, other): (int(customers[one, other]), int(differing[one, other]))
        for one, other in zip(*np.nonzero(customers), strict=True)
    }
    assert (several, found) == plainly(rows)


@pytest.mark.parametrize(
    "values",
    [
        pa.chunked_array([["b", None], ["a", "北", "b"]]),
        pa.chunked_array([pa.array([20, None, 10, 30, 20], pa.date32())]),
        pa.chunked_array([[True, None, False, True, True]]),
    ],
)
def test_codes_are_in_the_order_of_values_and_nothing_is_below_all(values: pa.ChunkedArray) -> None:
    plain = values.to_pylist()
    ordered = sorted({value for value in plain if value is not None})
    assert coded(values).tolist() == [-1 if value is None else ordered.index(value) for value in plain]


def test_a_column_without_any_value_has_no_codes() -> None:
    assert coded(pa.chunked_array([pa.nulls(2, pa.string())])).tolist() == [-1, -1]
    assert coded(pa.chunked_array([], pa.string())).tolist() == []
