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
RULES = ("most_recent", "most_frequent", "source_priority", "longest")


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
}


@pytest.mark.parametrize("case", CASES)
def test_survivorship(engine: DuckEngine, case: str) -> None:
    rows, default, value, origin = CASES[case]
    values, origins = survive(engine, rows, IdentitySpec(default=default), ("city",))
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
        attributes={rule: AttributeSpec(rule=rule) for rule in RULES},  # type: ignore[arg-type]
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
    }
    for rule, measure in measures.items():
        having = sorted((row for row in rows if row[rule] is not None), key=lambda row: (measure(row), recency(row)))
        assert values[rule] == (having[0][rule] if having else None)
        assert origins.get(rule) == ((having[0]["source"], str(having[0]["key"])) if having else None)


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
