"""Aggregates that share cubes are what loops over the rows of each, written out, give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cases import ZONE, facts, pass_of, tag

from huaxiang.core.moments import Duration, Moment, Window
from huaxiang.core.types import Type
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.aggregate import evaluate_bucket
from huaxiang.tags.kernel import cubes
from huaxiang.tags.kernel.batch import Facts, Values, values_from_arrow
from huaxiang.tags.kernel.clock import microseconds
from huaxiang.tags.kernel.cubes import Condition, Measure, measured
from huaxiang.tags.kernel.evaluate import Plan, planned
from huaxiang.tags.kernel.pairs import Pairs
from huaxiang.tags.rows import RowColumns

AS_OF = Moment.parse("2026-03-01", ZONE)
CUSTOMERS = 3
Row = dict[str, Any]

WHERE: dict[str | None, Callable[[Row], bool]] = {
    None: lambda row: True,
    "category = 'a'": lambda row: row["category"] == "a",
    "category in ('a', 'b')": lambda row: row["category"] in ("a", "b"),
    "category is null": lambda row: row["category"] is None,
    "paid": lambda row: row["paid"] is True,
    "category = 'b' and paid": lambda row: row["category"] == "b" and row["paid"] is True,
}
WINDOWS: dict[Any, tuple[str | None, str | None]] = {
    None: (None, None),
    "7d": ("7d", None),
    "30d": ("30d", None),
    "26h": ("26h", None),
    ("60d", "10d"): ("60d", "10d"),
}
VALUES: dict[str, Callable[[list[Row]], Any]] = {
    "count()": len,
    "sum(amount)": lambda rows: sum(known(rows, "amount")) if known(rows, "amount") else None,
    "avg(quantity)": lambda rows: (
        sum(known(rows, "quantity")) / len(known(rows, "quantity")) if known(rows, "quantity") else None
    ),
    "min(quantity)": lambda rows: min(known(rows, "quantity"), default=None),
    "max(amount)": lambda rows: max(known(rows, "amount"), default=None),
    "max(category)": lambda rows: max(known(rows, "category"), default=None),
    "first(amount)": lambda rows: (known(rows, "amount") or [None])[0],
    "last(category)": lambda rows: (known(rows, "category") or [None])[-1],
    "distinct(category)": lambda rows: len(set(known(rows, "category"))),
    "share(paid)": lambda rows: sum(row["paid"] is True for row in rows) / len(rows) if rows else None,
    "any(category = 'b')": lambda rows: any(row["category"] == "b" for row in rows),
}


def known(rows: list[Row], column: str) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


@pytest.fixture(scope="module")
def everything():
    """The pass of every value under every condition over every window, and what makes its row columns."""
    asked = [(value, where, window) for value in VALUES for where in WHERE for window in WINDOWS]
    written = {
        window: {"from": window[0], "to": window[1]} if isinstance(window, tuple) else window for window in WINDOWS
    }
    specs = [
        tag(value, f"t{place}", where=where, window=written[window])
        for place, (value, where, window) in enumerate(asked)
    ]
    run, compiled = pass_of(*specs)
    names = [run.atom_of[spec.name, compiled[spec.name].value.aggregates[0]] for spec in specs]
    with DuckEngine.open(zone=ZONE) as engine:
        yield run, RowColumns.of(run, engine, time="occurred_at", moment=AS_OF), dict(zip(asked, names, strict=True))


rows = st.lists(
    st.fixed_dictionaries(
        {
            "customer_no": st.integers(0, CUSTOMERS - 1),
            "occurred_at": st.integers(0, 300).map(
                lambda n: datetime(2025, 12, 20, tzinfo=UTC) + timedelta(hours=6 * n)
            ),
            "amount": st.none() | st.integers(-500, 500).map(lambda n: Decimal(n) / 100),
            "quantity": st.none() | st.integers(-3, 3),
            "category": st.none() | st.sampled_from(["a", "b", "c", "", "妈妈"]),
            "paid": st.none() | st.booleans(),
        }
    ),
    max_size=30,
)


@settings(max_examples=10, deadline=None)
@given(rows)
def test_aggregates_in_cubes_are_those_of_loops_over_the_rows(everything, found):
    assert_all_equal(everything, found)


@settings(max_examples=5, deadline=None)
@given(rows)
def test_conditions_that_overlap_in_too_many_ways_get_a_cube_each(everything, found):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cubes, "_MOST_CLASSES", 1)
        assert_all_equal(everything, found)


@settings(max_examples=10, deadline=None)
@given(rows)
def test_few_facts_by_a_plan_are_worth_the_same_without_cubes(everything, found):
    run = everything[0]
    assert_all_equal(everything, found, planned(run.atoms, run.types))


def assert_all_equal(everything: Any, found: list[Row], plan: Plan | None = None) -> None:
    run, columns, names = everything
    values = evaluate_bucket(run, columns.make(facts(found)), range(CUSTOMERS), AS_OF, plan).to_pydict()
    ordered = sorted(found, key=lambda row: (row["customer_no"], row["occurred_at"]))
    for (value, where, window), name in names.items():
        start, end = (each and Duration.parse(each) for each in WINDOWS[window])
        low, high = Window(start, end).bounds(AS_OF)
        for customer in range(CUSTOMERS):
            counted = [
                row
                for row in ordered
                if row["customer_no"] == customer
                and (low is None or row["occurred_at"] >= low)
                and row["occurred_at"] < high
                and WHERE[where](row)
            ]
            assert values[name][customer] == VALUES[value](counted), (value, where, window, customer)


def test_texts_without_a_dictionary_are_alike_within_a_customer_only():
    # Two customers: a a (none) b | b a "" "".
    texts = pa.array(["x", "a", "a", None, "b", "b", "a", "", ""])[1:]
    values = values_from_arrow(texts, Type.TEXT, np.array([0, 4, 8]), ordered=False)
    assert values.data[[0, 1, 3, 4, 5, 6, 7]].tolist() == [0, 0, 3, 4, 5, 6, 6]
    assert values.valid.tolist() == [1, 1, 0, 1, 1, 1, 1, 1]
    assert values.dictionary.take(pa.array(values.data[[1, 5, 7]])).to_pylist() == ["a", "a", ""]


def test_windows_that_change_places_when_clocks_are_changed():
    # At Troll the clocks go forward two hours on 29 March 2026: two days before the 30th are 46 hours, so that the
    # window of 47 hours begins before that of two days. On 2 April it is the other way round.
    zone = "Antarctica/Troll"
    moments = tuple(Moment.parse(text, zone) for text in ("2026-03-30T03:30:00", "2026-04-02T03:30:00"))
    hours = [moments[0].utc - timedelta(minutes=30 + 60 * n) for n in range(-80, 80)][::-1]
    stamps = np.array([microseconds(each) for each in hours], np.int64)
    one = Facts(np.array([0]), np.array([0, len(hours)]), stamps, np.zeros(len(hours), np.int64), {})
    pairs = Pairs(np.array([0, 0]), np.array([0, 1]), moments)
    windows = [Window(Duration(n)) for n in (1, 22, 23, 24, 25, 46, 47, 48, 49, 50)]
    windows += [Window(Duration(n), Duration(23)) for n in (24, 47, 48)]
    counts = measured([Measure("count", frozenset(), window) for window in windows], one, pairs)
    for window in windows:
        for place, moment in enumerate(moments):
            low, high = window.bounds(moment)
            expected = sum(low <= each < high for each in hours)
            assert counts[Measure("count", frozenset(), window)][place] == expected, (str(window), place)


def test_a_thousand_conditions_on_one_text_are_one_look_at_each_row():
    codes = np.arange(2000, dtype=np.int32) % 1000
    columns = {
        f"is_{n}": Values((np.arange(1000) == n).astype(np.uint8), np.ones(1000, np.uint8), Type.BOOLEAN, codes=codes)
        for n in range(1000)
    }
    day = np.full(2000, (date(2026, 2, 1) - date(1970, 1, 1)).days)
    one = Facts(np.array([7]), np.array([0, 2000]), np.zeros(2000, np.int64), day, columns)
    wanted = [Measure("count", frozenset({Condition(name)}), Window()) for name in columns]
    assert {int(each[0]) for each in measured(wanted, one, Pairs.at(one, AS_OF)).values()} == {2}
