from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from huaxiang.quality.history import BUILDS, HISTORY, write_history
from huaxiang.store.engine import DuckEngine

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


def score(engine: DuckEngine, value: float | None) -> None:
    schema = pa.schema([("source", pa.string()), ("dimension", pa.string()), ("score", pa.float64())])
    rows = [
        {"source": None, "dimension": "total", "score": value},
        {"source": "crm", "dimension": "total", "score": value},
    ]
    engine.create("quality_scores", pa.Table.from_pylist(rows, schema=schema), step="test")


def built(engine: DuckEngine, number: int) -> list[dict[str, object]]:
    former = engine.table("former") if engine.has("former") else None
    moment = BEGUN + timedelta(days=number)
    table = write_history(engine, build=f"b{number}", as_of=moment, built_at=moment, former=former)
    engine.create("former", table, step="test")
    return engine.rows(engine.table(HISTORY), step="test")


def test_the_first_build_begins_the_history():
    engine = DuckEngine.open()
    score(engine, 90.0)
    rows = built(engine, 1)
    assert [(row["build"], row["source"], row["score"]) for row in rows] == [("b1", "crm", 90.0), ("b1", None, 90.0)]
    assert rows[0]["as_of"] == BEGUN + timedelta(days=1)


def test_every_build_takes_the_history_over_and_adds_its_own_scores():
    engine = DuckEngine.open()
    for number, value in enumerate((90.0, None, 70.0)):
        score(engine, value)
        rows = built(engine, number)
    overall = [(row["build"], row["score"]) for row in rows if row["source"] is None]
    assert overall == [("b0", 90.0), ("b1", None), ("b2", 70.0)]


def test_only_the_latest_builds_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huaxiang.quality.history.BUILDS", 3)
    engine = DuckEngine.open()
    score(engine, 50.0)
    for number in range(5):
        rows = built(engine, number)
    assert sorted({str(row["build"]) for row in rows}) == ["b2", "b3", "b4"]
    assert BUILDS >= 50
