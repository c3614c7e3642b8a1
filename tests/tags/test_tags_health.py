"""Near-copies, lineage and cost of tags."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cases import ZONE, facts, tag
from pydantic import TypeAdapter

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.core.types import Type
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.cost import cost_shares
from huaxiang.tags.health import columns_behind, near_copies, tables_behind, value_codes
from huaxiang.tags.spec import AnyTag


def column(values: list, type_: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, type_)])


def pairs(**columns: tuple[list, pa.DataType, Type]) -> list[tuple[str, str, float, bool]]:
    given_columns = [(name, column(values, kind), type_) for name, (values, kind, type_) in columns.items()]
    return [(copy.one, copy.other, copy.information, copy.equal) for copy in near_copies(given_columns)]


TEXT, NUMBER = pa.string(), pa.float64()


def test_one_name_for_another_is_a_copy_and_half_the_information_is_none():
    words = ["a", "b", "c", "d"] * 25
    assert pairs(
        letters=(words, TEXT, Type.TEXT),
        numbers=([float("abcd".index(word)) for word in words], NUMBER, Type.NUMBER),
        halves=([word in "ab" for word in words], pa.bool_(), Type.BOOLEAN),
    ) == [("letters", "numbers", 1.0, True)]


def test_a_rising_function_of_a_number_is_a_copy():
    draw = np.random.default_rng(1)
    values = draw.lognormal(size=2000)
    assert pairs(x=(list(values), NUMBER, Type.NUMBER), y=(list(np.log(values) * 3 + 1), NUMBER, Type.NUMBER)) == [
        ("x", "y", 1.0, True)
    ]
    assert pairs(x=(list(values), NUMBER, Type.NUMBER), y=(list(draw.normal(size=2000)), NUMBER, Type.NUMBER)) == []


def test_what_is_nearly_the_same_is_told_how_nearly():
    values = list(range(200))
    nearly = [*values[:-1], 0]
    ((one, other, share, equal),) = pairs(
        a=([str(v % 10) for v in values], TEXT, Type.TEXT), b=([str(v % 10) for v in nearly], TEXT, Type.TEXT)
    )
    assert (one, other, equal) == ("a", "b", False)
    assert 0.95 < share < 1


def test_tags_that_hardly_anybody_differs_in_are_no_copies_of_each_other():
    rare = ["x"] * 3 + [None] * 97
    assert pairs(a=(rare, TEXT, Type.TEXT), b=(rare, TEXT, Type.TEXT)) == []


def test_days_moments_and_lists_have_codes_and_missing_is_a_value_of_its_own():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = column([date(2026, 1, 1), None, date(2026, 1, 2), date(2026, 1, 1)], pa.date32())
    moments = column([start, None, start + timedelta(days=1), start], pa.timestamp("us", "UTC"))
    lists = column([["a", "b"], None, ["b"], ["a", "b"]], pa.list_(pa.string()))
    for codes in (value_codes(days, Type.DATE), value_codes(moments, Type.MOMENT), value_codes(lists, Type.LIST)):
        assert codes[0] == codes[3]
        assert len(set(codes)) == 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=30, max_size=120))
def test_shared_information_is_that_counted_naively(rows):
    def entropy(values: list) -> float:
        return -sum(n / len(values) * math.log2(n / len(values)) for n in Counter(values).values())

    left, right = [a for a, _ in rows], [b for _, b in rows]
    largest = max(entropy(left), entropy(right))
    share = (entropy(left) + entropy(right) - entropy(rows)) / largest if largest else 0
    counts = [Counter(side).most_common(1)[0][1] for side in (left, right)]
    enough = all(len(rows) - count >= 10 for count in counts)
    found = pairs(a=(left, TEXT, Type.TEXT), b=(right, TEXT, Type.TEXT))
    assert bool(found) == (enough and share >= 0.95) or share == pytest.approx(0.95)


def test_lineage_goes_through_tags_defaults_and_lookups():
    read = TypeAdapter(AnyTag)
    definitions = {
        "n": {"table": "order_lines", "where": "paid", "value": "top(category)"},
        "home": {"attribute": "city"},
        "both": {"expression": "n = home"},
    }
    specs = {
        name: read.validate_python({"name": name, "dimension": "d", "category": "c", **definition})
        for name, definition in definitions.items()
    }
    tags = Tags(compile_tags(specs, STANDARD))
    columns = columns_behind(tags, "both", STANDARD)
    # `paid` follows from the status, which an order line takes from its order; the category comes from the product.
    assert {"order_lines.category", "products.category", "order_lines.paid", "orders.status", "records.city"} <= {
        *columns
    }
    assert tables_behind(tags, "both", STANDARD) == ["order_lines", "orders"]


def test_what_identity_says_of_households_is_the_end_of_the_line():
    spec = TypeAdapter(AnyTag).validate_python(
        {"name": "home", "dimension": "d", "category": "c", "attribute": "household_id"}
    )
    tags = Tags(compile_tags({"home": spec}, STANDARD))
    assert columns_behind(tags, "home", STANDARD) == ["household_members.household_id"]
    assert tables_behind(tags, "home", STANDARD) == []


def test_costs_are_shares_of_the_pass_and_a_shared_aggregate_is_divided(monkeypatch):
    from kernel_cases import SALES

    # Former customers had the numbers up to 100,000.
    monkeypatch.setattr("huaxiang.tags.cost.SAMPLE", 40)
    first = 100_000
    specs = [tag("sum(amount)", "a"), tag("sum(amount)", "b"), tag("top(category)", "c")]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "customer_no": first + n % 50,
            "occurred_at": start + timedelta(hours=n),
            "category": "abc"[n % 3],
            "paid": True,
        }
        for n in range(2000)
    ]
    with DuckEngine.open(zone=ZONE) as engine:
        engine.create("fact_sales", facts(rows), step="facts")
        engine.create("customers", pa.table({"customer_no": list(range(first, first + 50))}), step="customers")
        tags = Tags(compile_tags({spec.name: spec for spec in specs}, {"sales": SALES}))
        shares = cost_shares(engine, tags, {"sales": SALES}, Moment.parse("2026-06-01", ZONE))
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["a"] == shares["b"]
    assert all(share > 0 for share in shares.values())
