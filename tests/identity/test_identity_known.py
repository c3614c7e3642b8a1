"""Facts whose identifiers were seen together before change nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.identity import pairs
from huaxiang.identity.known import only_known, still_there
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.store import DuckEngine

TYPES = {"phone": IdentifierSpec(), "cookie": IdentifierSpec(scope="source"), "device_id": IdentifierSpec(links=False)}
RECORDS = [("crm", "1", "p1", "c1", None)]
EVENTS = [
    ("web", None, "p1", "c1", None),
    ("web", None, "p1", None, None),
    ("web", None, None, "c2", "d1"),
    ("app", None, "p1", "c1", "d1"),
    ("app", None, None, None, None),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=1) as opened:
        yield opened


def rows(engine: DuckEngine, name: str, content: list[tuple[str | None, ...]]) -> Any:
    columns = ("_source", "_record_key", *(f"id_{type_}" for type_ in TYPES))
    table = {column: pa.array([row[i] for row in content], pa.string()) for i, column in enumerate(columns)}
    return engine.create(name, pa.table(table), step="fixture")


@pytest.fixture(scope="module")
def graph(engine: DuckEngine) -> dict[str, Any]:
    """What `identity_links` keeps of the graph, but for whose the nodes are."""
    tables = {"records": rows(engine, "records", RECORDS), "events": rows(engine, "events", EVENTS)}
    pairs.write_pairs(engine, tables, TYPES)
    return {
        "identity_nodes": engine.table(pairs.NODES).select("node", "source", "record_key"),
        "identity_values": engine.table(pairs.VALUES).join(engine.table(pairs.TYPES), "rank"),
        "identity_edges": engine.table(pairs.EDGES),
    }


facts = st.lists(
    st.tuples(
        st.sampled_from(["web", "app"]),
        st.none(),
        st.sampled_from(["p1", "p2", None]),
        st.sampled_from(["c1", "c2", None]),
        st.sampled_from(["d1", None]),
    ),
    max_size=2,
)


@given(facts)
@settings(max_examples=10, deadline=None, derandomize=True)
def test_rows_are_known_if_each_has_a_combination_that_its_source_had_before(engine, graph, came):
    # A row that names nobody is nothing to identity.
    expected = all(row in EVENTS or not any(row[2:]) for row in came)
    assert only_known(engine, "events", rows(engine, "came", came), TYPES, graph) is expected


def test_a_combination_that_only_a_record_has_is_new_in_facts(engine, graph):
    came = rows(engine, "came", [("crm", None, "p1", "c1", None)])
    assert not only_known(engine, "events", came, TYPES, graph)


def test_a_combination_is_still_there_while_another_row_of_the_source_has_it(engine):
    now = rows(engine, "now", EVENTS[1:])
    assert still_there(engine, "events", rows(engine, "went", EVENTS[1:3]), now, TYPES)
    assert not still_there(engine, "events", rows(engine, "went", EVENTS[:1]), now, TYPES)
