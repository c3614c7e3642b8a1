"""Which value survives: rule by rule on tiny tables, and all rules against plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.identity import resolve_identity
from huaxiang.identity.spec import AttributeSpec, IdentitySpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
RULES = ("most_recent", "most_frequent", "source_priority", "longest", "most_complete", "expression")


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


def survive(engine: DuckEngine, rows: list[Row], spec: IdentitySpec, columns: tuple[str, ...]) -> tuple[Row, Row]:
    """The surviving value of each column, and the source and key that it came from, of records with one member."""
    arrays = {
        "_source": pa.array([row["source"] for row in rows], pa.string()),
        "_record_key": pa.array([str(row["key"]) for row in rows], pa.string()),
        "_file": pa.array(["f"] * len(rows), pa.string()),
        "_row": pa.array([row["key"] for row in rows], pa.int64()),
        "recorded_at": pa.array(
            [None if row.get("day") is None else datetime(2026, 1, row["day"], tzinfo=UTC) for row in rows],
            pa.timestamp("us", "UTC"),
        ),
        "id_member_no": pa.array(["A"] * len(rows), pa.string()),
        **{name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns},
    }
    records = engine.create("accepted_records", pa.table(arrays), step="fixture")
    result = resolve_identity(engine, {"records": records}, spec)
    (values,) = engine.rows(result.attributes, step="read")
    came = engine.rows(engine.table("attribute_origins"), step="read")
    return values, {row["attribute"]: (row["source"], row["record_key"]) for row in came}


CASES: dict[str, tuple[list[Row], AttributeSpec, str, tuple[str, str]]] = {
    "the most recent value wins": (
        [
            {"source": "crm", "key": 1, "day": 1, "city": "北京"},
            {"source": "crm", "key": 2, "day": 3, "city": "上海"},
        ],
        AttributeSpec(),
        "上海",
        ("crm", "2"),
    ),
    "a null never wins over a value": (
        [{"source": "crm", "key": 1, "day": 1, "city": "北京"}, {"source": "crm", "key": 2, "day": 3}],
        AttributeSpec(),
        "北京",
        ("crm", "1"),
    ),
    "a record without a moment is older than any with one": (
        [{"source": "crm", "key": 1, "city": "北京"}, {"source": "crm", "key": 2, "day": 1, "city": "上海"}],
        AttributeSpec(),
        "上海",
        ("crm", "2"),
    ),
    "of equal moments the source named first wins": (
        [
            {"source": "app", "key": 1, "day": 1, "city": "北京"},
            {"source": "crm", "key": 2, "day": 1, "city": "上海"},
        ],
        AttributeSpec(sources=("crm", "app")),
        "上海",
        ("crm", "2"),
    ),
    "the most trusted source wins over the most recent": (
        [
            {"source": "app", "key": 1, "day": 9, "city": "北京"},
            {"source": "pos", "key": 2, "day": 1, "city": "上海"},
        ],
        AttributeSpec(rule="source_priority", sources=("pos", "app")),
        "上海",
        ("pos", "2"),
    ),
    "the most frequent value wins, told by its most recent record": (
        [
            {"source": "crm", "key": 1, "day": 1, "city": "北京"},
            {"source": "crm", "key": 2, "day": 2, "city": "北京"},
            {"source": "crm", "key": 3, "day": 3, "city": "上海"},
        ],
        AttributeSpec(rule="most_frequent"),
        "北京",
        ("crm", "2"),
    ),
    "the longest value wins": (
        [
            {"source": "crm", "key": 1, "day": 1, "city": "上海市浦东新区"},
            {"source": "crm", "key": 2, "day": 2, "city": "上海"},
        ],
        AttributeSpec(rule="longest"),
        "上海市浦东新区",
        ("crm", "1"),
    ),
    "the record with the most filled attributes wins": (
        [
            {"source": "crm", "key": 1, "day": 1, "city": "北京", "name": "王芳"},
            {"source": "crm", "key": 2, "day": 2, "city": "上海"},
        ],
        AttributeSpec(rule="most_complete"),
        "北京",
        ("crm", "1"),
    ),
    "an own expression orders the records, the highest value first": (
        [
            {"source": "crm", "key": 1, "day": 1, "city": "北京", "verified": "yes"},
            {"source": "crm", "key": 2, "day": 2, "city": "上海", "verified": "no"},
            {"source": "crm", "key": 3, "day": 3, "city": "广州"},
        ],
        AttributeSpec(rule="expression", by="case when verified = 'yes' then 2 else 1 end"),
        "北京",
        ("crm", "1"),
    ),
    "of equal values of the expression the most recent wins, one without any last": (
        [
            {"source": "crm", "key": 1, "day": 1, "city": "北京", "verified": "yes"},
            {"source": "crm", "key": 2, "day": 2, "city": "上海", "verified": "yes"},
            {"source": "crm", "key": 3, "day": 3, "city": "广州"},
        ],
        AttributeSpec(rule="expression", by="verified = 'yes'"),
        "上海",
        ("crm", "2"),
    ),
    "an expression may name the source": (
        [
            {"source": "pos", "key": 1, "day": 1, "city": "北京"},
            {"source": "app", "key": 2, "day": 2, "city": "上海"},
        ],
        AttributeSpec(rule="expression", by="source = 'pos'"),
        "北京",
        ("pos", "1"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_survivorship(engine: DuckEngine, case: str) -> None:
    rows, default, value, origin = CASES[case]
    values, origins = survive(engine, rows, IdentitySpec(default=default), ("city", "name", "verified"))
    assert values["city"] == value
    assert origins["city"] == origin


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["crm", "pos", "app"]),
            "day": st.none() | st.integers(1, 4),
            **{rule: st.none() | st.sampled_from(["a", "bb", "cc", "ddd"]) for rule in RULES},
        }
    ),
    min_size=1,
    max_size=12,
)


@given(rows=ROWS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_rule_agrees_with_plain_python(engine: DuckEngine, rows: list[Row]) -> None:
    rows = [{**row, "key": key} for key, row in enumerate(rows)]
    trust = ["pos", "crm"]
    spec = IdentitySpec(
        attributes={
            rule: AttributeSpec(rule=rule, by="length(longest)" if rule == "expression" else None) for rule in RULES
        },
        default=AttributeSpec(sources=("pos", "crm")),
    )
    values, origins = survive(engine, rows, spec, RULES)

    def trusted(row: Row) -> int:
        return trust.index(row["source"]) if row["source"] in trust else len(trust)

    def recency(row: Row) -> tuple[Any, ...]:
        return (-(row["day"] or 0), trusted(row), row["source"], str(row["key"]))

    counts = {rule: Counter(row[rule] for row in rows) for rule in RULES}
    measures = {
        "most_recent": lambda row: 0,
        "most_frequent": lambda row: -counts["most_frequent"][row["most_frequent"]],
        "source_priority": trusted,
        "longest": lambda row: -len(row["longest"]),
        "most_complete": lambda row: sum(row[rule] is None for rule in RULES) + (row["day"] is None),
        "expression": lambda row: -len(row["longest"] or ""),
    }
    for rule, measure in measures.items():
        having = sorted((row for row in rows if row[rule] is not None), key=lambda row: (measure(row), recency(row)))
        assert values[rule] == (having[0][rule] if having else None)
        assert origins.get(rule) == ((having[0]["source"], str(having[0]["key"])) if having else None)


ADDRESSES = [
    {"source": "crm", "key": 1, "day": 1, "address": "中山路1号", "city": "南京", "province": "江苏"},
    {"source": "crm", "key": 2, "day": 2, "address": "西湖路2号", "city": "杭州"},
    {"source": "app", "key": 3, "day": 3, "province": "广东"},
]


def test_attributes_that_stay_together_come_from_one_record_even_where_it_is_empty(engine: DuckEngine) -> None:
    columns = ("address", "city", "province")
    values, origins = survive(engine, ADDRESSES, IdentitySpec(), columns)
    assert [values[name] for name in columns] == ["西湖路2号", "杭州", "广东"]  # each the most recent: no such place

    values, origins = survive(engine, ADDRESSES, IdentitySpec(together=(columns,)), columns)
    assert [values[name] for name in columns] == ["西湖路2号", "杭州", None]
    assert {name: origins.get(name) for name in columns} == {
        "address": ("crm", "2"),
        "city": ("crm", "2"),
        "province": None,
    }


def test_the_first_of_the_attributes_that_anybody_has_decides_for_all(engine: DuckEngine) -> None:
    rows = [{**row, "address": None} for row in ADDRESSES]
    spec = IdentitySpec(
        together=(("address", "city", "province"),),
        attributes={"city": AttributeSpec(rule="most_complete"), "province": AttributeSpec(rule="longest")},
    )
    values, _ = survive(engine, rows, spec, ("address", "city", "province"))
    assert (values["address"], values["city"], values["province"]) == (None, "南京", "江苏")


def conflicts(engine: DuckEngine, attribute: str) -> dict[tuple[str | None, str | None], tuple[int, int]]:
    """(customers, differing) by pair of sources."""
    rows = engine.rows(engine.table("attribute_conflicts"), step="read")
    return {(r["one"], r["other"]): (r["customers"], r["differing"]) for r in rows if r["attribute"] == attribute}


def test_conflicts_are_counted_overall_within_a_source_and_between_two(engine: DuckEngine) -> None:
    rows = [
        {"source": "crm", "key": 1, "day": 3, "city": "北京", "name": "王芳"},
        {"source": "crm", "key": 2, "day": 2, "city": "上海", "name": "王芳"},
        {"source": "app", "key": 3, "day": 1, "city": "北京"},
    ]
    survive(engine, rows, IdentitySpec(), ("city", "name"))
    # The CRM says two things, and so it does not say what the app says.
    assert conflicts(engine, "city") == {(None, None): (1, 1), ("crm", "crm"): (1, 1), ("app", "crm"): (1, 1)}
    assert conflicts(engine, "name") == {(None, None): (1, 0), ("crm", "crm"): (1, 0)}
    assert conflicts(engine, "recorded_at") == {}
    others = engine.rows(engine.table("attribute_others").drop("customer_no"), step="read")
    assert others == [{"attribute": "city", "value": "上海", "source": "crm", "record_key": "2"}]


def test_without_records_there_are_no_conflicts(engine: DuckEngine) -> None:
    resolve_identity(engine, {}, IdentitySpec())
    assert engine.rows(engine.table("attribute_conflicts"), step="read") == []
    assert engine.rows(engine.table("attribute_others"), step="read") == []


def test_values_keep_their_types(engine: DuckEngine) -> None:
    records = engine.create(
        "accepted_records",
        pa.table(
            {
                "_source": ["crm"],
                "_record_key": ["1"],
                "id_phone": ["13900000001"],
                "vip": [True],
                "points": [7],
                "tags": [["a", "b"]],
                "birthday": pa.array([10], pa.date32()),
            }
        ),
        step="fixture",
    )
    result = resolve_identity(engine, {"records": records}, IdentitySpec())
    expected = {"vip": "boolean", "points": "int64", "tags": "array<string>", "birthday": "date"}
    assert {name: str(result.attributes.schema()[name]) for name in expected} == expected
    (row,) = engine.rows(result.attributes, step="read")
    assert (row["vip"], row["points"], row["tags"]) == (True, 7, ["a", "b"])
