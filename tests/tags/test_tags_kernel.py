"""The tag kernel and the Ibis form of every aggregate give equal values."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import EXPRESSIONS, ZONE, at, facts, pass_of, tag

from huaxiang.core.moments import Moment
from huaxiang.expressions.functions import AggregateFunction, functions
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.aggregate import evaluate_bucket, scan
from huaxiang.tags.kernel.evaluate import STEP_NAMES
from huaxiang.tags.reference import atom_query

AS_OF = Moment.parse("2026-03-01", ZONE)
CUSTOMERS = 4


@pytest.fixture(scope="module")
def engine():
    with DuckEngine.open(zone=ZONE) as opened:
        yield opened


def test_every_aggregate_of_the_function_table_has_a_step_and_is_tried_here():
    rows = [row for row in functions().values() if isinstance(row, AggregateFunction)]
    assert {row.step for row in rows} == STEP_NAMES
    tried = " ".join(EXPRESSIONS)
    assert [row.name for row in rows if f"{row.name}(" not in tried] == []


@st.composite
def random_rows(draw):
    start = datetime(2025, 12, 20, tzinfo=UTC)
    row = st.fixed_dictionaries(
        {
            "customer_no": st.integers(0, CUSTOMERS - 1),
            # Steps of seven hours over three months: days, nights, ties, and facts at and after `as_of`.
            "occurred_at": st.integers(0, 260).map(lambda n: start + timedelta(hours=7 * n)),
            "amount": st.none() | st.integers(-5000, 20000).map(lambda n: Decimal(n) / 100),
            "rating": st.none() | st.integers(-8, 20).map(lambda n: n / 4),
            "quantity": st.none() | st.integers(0, 5),
            "category": st.none() | st.sampled_from(["a", "b", "c", "母婴", ""]),
            "paid": st.none() | st.booleans(),
            "due": st.none() | st.integers(0, 40).map(lambda n: date(2026, 1, 1) + timedelta(days=n)),
        }
    )
    return draw(st.lists(row, max_size=40))


WINDOWS = (None, "7d", "30d", "12h", {"from": "60d", "to": "10d"})
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=4, **QUIET)
@given(rows=random_rows(), window=st.sampled_from(WINDOWS))
def test_the_kernel_equals_the_ibis_form_on_random_facts(engine, rows, window):
    assert_all_expressions_agree(engine, rows, window)


@pytest.mark.slow
@settings(max_examples=40, **QUIET)
@given(rows=random_rows(), window=st.sampled_from(WINDOWS))
def test_the_kernel_equals_the_ibis_form_on_many_random_facts(engine, rows, window):
    assert_all_expressions_agree(engine, rows, window)


def assert_all_expressions_agree(engine: DuckEngine, rows: list[dict[str, Any]], window: Any) -> None:
    where = "amount > 0 or rating is null" if len(rows) % 3 == 0 else None
    specs = [tag(value, f"t{i}", window=window, where=where) for i, value in enumerate(EXPRESSIONS)]
    assert_kernel_equals_ibis(engine, specs, rows)


def assert_kernel_equals_ibis(engine: DuckEngine, specs: list[Any], rows: list[dict[str, Any]]) -> None:
    run, _ = pass_of(*specs)
    table = engine.create("fact_sales", facts(rows), step="facts")
    batch = engine.arrow(scan(run, table, "occurred_at", AS_OF).order_by("customer_no", "_seq"), step="scan")
    computed = evaluate_bucket(run, batch, range(CUSTOMERS), AS_OF)
    for name, atom in run.atoms.items():
        query = atom_query(run, atom, table, "occurred_at", AS_OF)
        reference = {row["customer_no"]: row["value"] for row in engine.rows(query, step=name)}
        empty = atom.function.empty
        got = computed.column(name).to_pylist()
        for customer in range(CUSTOMERS):
            wanted = reference.get(customer)
            wanted = empty if wanted is None else wanted
            assert same(got[customer], wanted), (atom.function.name, atom, customer, got[customer], wanted)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return type(a) is type(b) and a == b


def one(value: str, rows: list[dict[str, Any]], **more: Any) -> Any:
    """The value of one aggregate for customer 0."""

    run, _ = pass_of(tag(value, **more))
    with DuckEngine.open(zone=ZONE) as engine:
        table = engine.create("fact_sales", facts(rows), step="facts")
        batch = engine.arrow(scan(run, table, "occurred_at", AS_OF), step="scan")
    return evaluate_bucket(run, batch, range(1), AS_OF).column(next(iter(run.atoms))).to_pylist()[0]


def buy(when: str, amount: str = "1.00", **more: Any) -> dict[str, Any]:
    return {"customer_no": 0, "occurred_at": at(when), "amount": Decimal(amount), **more}


def test_a_purchase_at_as_of_is_not_counted_and_one_just_before_is():
    assert one("count()", [buy("2026-03-01T00:00:00"), buy("2026-02-28T23:59:59")]) == 1


def test_a_window_begins_with_its_first_civil_day():
    # [2026-02-22, 2026-03-01): the first second counts, the second before does not.
    assert one("count()", [buy("2026-02-22T00:00:00"), buy("2026-02-21T23:59:59")], window="7d") == 1


def test_money_is_summed_exactly():
    assert one("sum(amount)", [buy("2026-02-01", "0.10"), buy("2026-02-02", "0.20")]) == Decimal("0.30")


def test_ties_of_top_go_to_the_smaller_value():
    rows = [buy("2026-02-01", category="b"), buy("2026-02-02", category="a")]
    assert one("top(category)", rows) == "a"


def test_the_last_value_skips_nulls():
    rows = [buy("2026-02-01", category="a"), buy("2026-02-02", category=None)]
    assert one("last(category)", rows) == "a"


def test_the_typical_interval_is_the_median_gap_between_active_days():
    # Active on the 1st (twice), 3rd and 9th: gaps of 2 and 6 days, median 4.
    rows = [buy(f"2026-02-{day:02d}T{hour}:00:00") for day, hour in ((1, 10), (1, 12), (3, 10), (9, 10))]
    assert one("typical_interval()", rows) == 4.0


def test_entropy_of_two_equal_halves_is_one_bit():
    assert one("entropy(category)", [buy("2026-02-01", category="a"), buy("2026-02-02", category="b")]) == 1.0


def test_a_streak_is_current_while_it_reaches_yesterday():
    rows = [buy("2026-02-26"), buy("2026-02-27"), buy("2026-02-28")]
    assert one("current_streak('day')", rows) == 3
    assert one("current_streak('day')", rows[:2]) == 0
    assert one("longest_streak('day')", rows[:2]) == 2
