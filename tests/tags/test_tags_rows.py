"""Row columns made from stored facts equal those that the engine makes; buckets may be of any size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import EXPRESSIONS, SALES, ZONE, pass_of, tag

import huaxiang.tags.parts as tags_parts
from huaxiang.core.buckets import buckets
from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.core.types import ibis_type
from huaxiang.facts.files import FactFiles
from huaxiang.store.engine import DuckEngine
from huaxiang.tags import aggregate
from huaxiang.tags.aggregate import Aggregator, evaluate_bucket, scan
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.rows import RowColumns
from huaxiang.tags.run import TagRun, write_profiles
from huaxiang.tags.spec import CategorySpec, DimensionSpec

AS_OF = Moment.parse("2026-03-01", ZONE)
DIMENSIONS = {
    "d": DimensionSpec(name="d", label=Text("D", "维"), categories={"c": CategorySpec(label=Text("C", "类"))})
}
CONDITIONS = (
    "count() filter (where category = 'a')",
    "count() filter (where category is null)",
    "count() filter (where coalesce(category, 'none') in ('none', 'b'))",
    "top(upper(category))",
    "max(length(category))",
    "sum(amount) filter (where category = 'a' and paid)",
)
"""What depends on one text column, null or not, and what does not."""

row = st.tuples(
    st.integers(0, 5),
    st.integers(0, 59),
    st.none() | st.sampled_from(["a", "b", "A", "妈妈", ""]),
    st.none() | st.integers(-300, 300),
    st.none() | st.booleans(),
)


@pytest.fixture(scope="module")
def engine():
    with DuckEngine.open(zone=ZONE) as opened:
        yield opened


def sales(rows: list[tuple[Any, ...]]) -> pa.Table:
    """Facts in order of customer and time."""
    first = datetime(2026, 1, 1, 3, tzinfo=UTC)
    found = [
        {
            "customer_no": customer,
            "occurred_at": first + timedelta(hours=13 * hour),
            "amount": None if amount is None else Decimal(amount) / 4,
            "quantity": amount,
            "category": category,
            "paid": paid,
            "_day": (first + timedelta(hours=13 * hour + 8)).date(),
        }
        for customer, hour, category, amount, paid in sorted(rows, key=lambda each: each[:2])
    ]
    types = {name: ibis_type(type_).to_pyarrow() for name, type_ in SALES.types.items()}
    schema = pa.schema([("customer_no", pa.int64()), *types.items(), ("_day", pa.date32()), ("_seq", pa.int64())])
    return pa.Table.from_pylist([each | {"_seq": place} for place, each in enumerate(found)], schema=schema)


def files(folder: Path, table: pa.Table) -> FactFiles:
    folder.mkdir(exist_ok=True)
    pq.write_table(table, folder / "part-0.parquet", row_group_size=7)
    return FactFiles(folder)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(row, max_size=40))
def test_row_columns_made_from_files_are_those_that_the_engine_makes(engine, tmp_path_factory, rows):
    run, _ = pass_of(*(tag(value, f"t{i}") for i, value in enumerate(CONDITIONS)))
    table = sales(rows)
    stored = engine.create("fact_sales", table, step="facts")
    expected = engine.arrow(scan(run, stored, "occurred_at", AS_OF).order_by("customer_no", "_seq"), step="scan")
    columns = RowColumns.of(run, engine, time="occurred_at", moment=AS_OF)
    read = files(tmp_path_factory.mktemp("facts"), table).read(range(6), columns.stored)
    made = columns.make(read)
    assert columns.lifted
    for name in run.rows:
        assert made[name].to_pylist() == expected[name].to_pylist(), name


def test_what_one_text_means_is_computed_once_over_many_buckets(engine, tmp_path):
    run, _ = pass_of(tag("count()", where="category = 'a'"))
    columns = RowColumns.of(run, engine, time="occurred_at", moment=AS_OF)
    facts = files(tmp_path, sales([(customer, 0, "ab"[customer % 2], 1, True) for customer in range(6)]))
    asked = []
    compute = columns.lifted[0]._compute
    columns.lifted[0]._compute = lambda table: asked.append(table.num_rows) or compute(table)
    for customers in buckets(6, 2):
        columns.make(facts.read(customers, columns.stored))
    # Two texts, and none.
    assert asked == [3]


def test_a_customer_with_a_great_many_facts_is_computed_like_everybody(engine, tmp_path, monkeypatch):
    run, _ = pass_of(*(tag(value, f"t{i}") for i, value in enumerate(EXPRESSIONS)))
    rows = [(2, hour % 60, "ab"[hour % 2], hour, hour % 3 > 0) for hour in range(3000)]
    rows += [(customer, hour, "a", 1, True) for customer in (0, 1, 5) for hour in range(4)]
    facts = files(tmp_path, sales(rows).drop_columns(["_seq"]))
    table = RowColumns.of(run, engine, time="occurred_at", moment=AS_OF)
    read = table.make(facts.read(range(6), table.stored))
    whole = evaluate_bucket(run, read, range(6), AS_OF)
    # Turns of about forty facts: customer 2 alone is more than that, and taken alone.
    monkeypatch.setattr(aggregate, "SLICE", 40 * 8 * (len(run.rows) + 4))
    assert evaluate_bucket(run, read, range(6), AS_OF).to_pylist() == whole.to_pylist()


def test_buckets_of_any_size_give_equal_values(engine, tmp_path):
    run, _ = pass_of(*(tag(value, f"t{i}", window="30d") for i, value in enumerate(EXPRESSIONS)))
    facts = files(tmp_path, sales([(place % 6, place, "ab"[place % 2], place, True) for place in range(60)]))
    aggregator = Aggregator.of(engine, run, facts, time="occurred_at", moment=AS_OF)
    parts = [aggregator.aggregate(numbers) for numbers in buckets(6, 4)]
    assert pa.concat_tables(parts).to_pylist() == aggregator.aggregate(range(6)).to_pylist()


def test_some_of_a_bucket_have_the_values_that_they_have_among_all(engine, tmp_path):
    run, _ = pass_of(*(tag(value, f"t{i}", window="30d") for i, value in enumerate(EXPRESSIONS)))
    facts = files(tmp_path, sales([(place % 5, place, "ab"[place % 2], place, True) for place in range(60)]))
    aggregator = Aggregator.of(engine, run, facts, time="occurred_at", moment=AS_OF)
    whole = aggregator.aggregate(range(6)).to_pylist()
    # Customer 5 has no facts.
    assert aggregator.aggregate(range(6), np.array([1, 4, 5])).to_pylist() == [whole[1], whole[4], whole[5]]
    assert aggregator.aggregate(range(6), np.array([5])).to_pylist() == [whole[5]]


def test_two_thousand_tags_at_once(tmp_path, monkeypatch):
    values = [f"sum(amount) filter (where quantity > {n})" for n in range(1000)]
    values += [f"count() filter (where category = 'c{n}' or quantity = {n})" for n in range(1000)]
    compiled = compile_tags({f"t{i}": tag(value, f"t{i}") for i, value in enumerate(values)}, {"sales": SALES})
    facts = files(tmp_path / "sales", sales([(place % 6, place, "c7", place, True) for place in range(60)]))
    # Three buckets of two customers each.
    monkeypatch.setattr(tags_parts, "portions", lambda customers, *_, **__: buckets(customers, 2))
    read, looked = facts.read, []
    monkeypatch.setattr(
        facts, "read", lambda numbers, *given, **more: looked.append(numbers) or read(numbers, *given, **more)
    )
    shares: list[float] = []
    with DuckEngine.open(tmp_path / "many.duckdb", zone=ZONE) as own:
        own.create("customers", pa.table({"customer_no": range(6), "customer_id": list("abcdef")}), step="customers")
        own.create("attributes", pa.table({"customer_no": range(6)}), step="attributes")
        run = TagRun(
            Tags(compiled), {"sales": SALES}, DIMENSIONS, AS_OF, tmp_path / "scratch", _no_import,
            facts=lambda _: facts, threads=2, progress=shares.append,
        )  # fmt: skip
        write_profiles(own, run)
        profiles = own.rows(own.table("profiles").order_by("customer_no"), step="profiles")
    assert len(profiles[0]) == 2002
    assert sorted(looked, key=min) == list(buckets(6, 2)), "all tags of a table take one look at its facts"
    # Customer 1 has the quantities 1, 7, …, 55: of these 31, 37, 43, 49 and 55 are over 30, each a quarter in money.
    assert profiles[1]["t30"] == Decimal(31 + 37 + 43 + 49 + 55) / 4
    # Category c7 is that of all ten; a quantity of 8 occurs at customer 2 only.
    assert (profiles[1]["t1007"], profiles[1]["t1008"], profiles[2]["t1008"]) == (10, 0, 1)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def _no_import(_: Any) -> Any:
    raise AssertionError("no import tag here")
