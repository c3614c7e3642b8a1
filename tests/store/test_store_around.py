"""Queries that are compiled once, around others that differ."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from huaxiang.core.errors import EngineError
from huaxiang.store.around import QueryAround
from huaxiang.store.engine import DuckEngine


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=1) as engine:
        yield engine


@pytest.fixture
def largest(engine):
    engine.create("sizes", pa.table({"kind": ["a", "a", "b"], "size": [1, 5, 3]}), step="test")
    return QueryAround(engine, lambda t: t.aggregate(most=t["size"].max(), rows=t.count()), {"size": "int64"}, step="t")


def test_what_differs_is_asked_within_what_stays_the_same(engine, largest):
    sizes = engine.table("sizes")
    assert largest.rows(sizes.select("size")) == [{"most": 5, "rows": 3}]
    assert largest.rows(sizes.filter(sizes.kind == "b").select("size")) == [{"most": 3, "rows": 1}]
    both = sizes.union(sizes.filter(sizes["size"] < 3))
    assert largest.rows(both.select("size")) == [{"most": 5, "rows": 4}]


def test_a_failure_names_the_step_and_the_whole_statement(engine, largest):
    sizes = engine.table("sizes")
    with pytest.raises(EngineError, match=r"^t: ") as failed:
        largest.rows(sizes.select(size=sizes.kind.cast("int64")))
    assert "CAST" in failed.value.sql
    assert "MAX" in failed.value.sql
