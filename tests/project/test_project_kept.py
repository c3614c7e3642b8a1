"""What is kept of sources: it comes back as it was, and tells when it no longer holds."""

from __future__ import annotations

import errno
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from huaxiang.core.tables import STANDARD
from huaxiang.project.again import added
from huaxiang.project.kept import FeedRead, KeptSource, Memory, SourceRead, definition_digest, fingerprint, knows_moment
from huaxiang.quality.profile import ColumnProfile, FeedProfile
from huaxiang.sources.spec import SourceSpec

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(rows: int, columns: dict[str, ColumnProfile], failed: int = 0) -> SourceRead:
    balance = {
        "source": "s", "feed": 0, "target": "orders",
        "read": rows, "used": rows - 1, "quarantined": 1, "deduplicated": 0, "set_aside": 0,
    }  # fmt: skip
    metrics = (
        {"source": "s", "column": None, "metric": "rows", "value": float(rows), "detail": ""},
        {"source": "s", "column": "a", "metric": "completeness", "value": 0.5, "detail": ""},
    )
    rules = {"positive": (rows, failed, ("f#1",) * failed)}
    return SourceRead({"a": "string"}, metrics, rules, (), (FeedRead(balance, FeedProfile(rows, columns), rules),))


def source(**feed: Any) -> SourceSpec:
    columns = {"order_id": {"value": "no"}, "occurred_at": {"value": "at"}, **feed}
    return SourceSpec.model_validate(
        {"name": "s", "path": "data/s*.csv", "feeds": [{"table": "orders", "columns": columns}]}
    )


def test_what_is_kept_comes_back_with_its_types(tmp_path):
    columns = {
        "day": ColumnProfile(3, 0, 2, date(2026, 1, 1), date(2026, 2, 1)),
        "at": ColumnProfile(3, 1, 3, datetime(2026, 1, 1, tzinfo=UTC), NOON),
        "amount": ColumnProfile(3, 0, 3, 1.0, 9.5, outliers=1, deciles=(1.0, 2.0)),
        "channel": ColumnProfile(3, 0, 1, values={"app": 3}),
    }
    kept = KeptSource("d", NOON, False, {"f.csv": (1, 2, "x")}, ("b1",), 10, read(10, columns))
    memory = Memory(tmp_path, "b1")
    part = tmp_path / "own.parquet"
    part.write_bytes(b"rows")
    memory.learn("s", kept, {"mapped_0": part})
    assert memory.kept("s") is None
    memory.collect()
    assert memory.kept("s") is None
    memory.save()
    assert memory.kept("s") == kept
    part.unlink()
    memory.link("s", "b1", "mapped_0", tmp_path / "again" / "b1.parquet")
    assert (tmp_path / "again" / "b1.parquet").read_bytes() == b"rows"


def test_parts_that_nothing_names_any_more_go(tmp_path):
    for build in ("b1", "b2"):
        memory = Memory(tmp_path, build)
        (tmp_path / "own.parquet").write_bytes(b"rows")
        kept = KeptSource("d", NOON, False, {}, (build,), 10, read(10, {}))
        memory.learn("s", kept, {"mapped_0": tmp_path / "own.parquet"})
        memory.collect()
        memory.save()
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["b2", "kept.json"]


def test_what_is_kept_without_its_rows_is_not_kept(tmp_path):
    memory = Memory(tmp_path, "b1")
    memory.learn("s", KeptSource("d", NOON, False, {}, ("b1",), 10, read(10, {})), {})
    (tmp_path / "s").mkdir()
    memory.save()
    assert memory.kept("s") is None


def test_a_disk_that_refuses_to_remember_leaves_what_was_kept_before(tmp_path, monkeypatch):
    (tmp_path / "own.parquet").write_bytes(b"rows")
    for build in ("b1", "b2"):
        memory = Memory(tmp_path, build)
        memory.learn("s", KeptSource("d", NOON, False, {}, (build,), 10, read(10, {})), {"m": tmp_path / "own.parquet"})
        memory.collect()
        with monkeypatch.context() as patched:
            if build == "b2":
                patched.setattr("huaxiang.project.kept.whole_file", full_disk)
            memory.save()
    kept = Memory(tmp_path, "b3").kept("s")
    assert kept is not None
    assert kept.parts == ("b1",)


def full_disk(_: Path) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("change", ["longer", "other end", "time"])
def test_a_file_that_changed_has_another_fingerprint(tmp_path, change):
    path = tmp_path / "f.csv"
    path.write_bytes(b"a" * 200_000)
    os.utime(path, ns=(1, 1))
    before = fingerprint(path)
    if change == "time":
        os.utime(path, ns=(1, 2))
    else:
        path.write_bytes(b"a" * 200_001 if change == "longer" else b"a" * 199_999 + b"b")
        os.utime(path, ns=(1, 1))
    assert fingerprint(path) != before


def test_a_definition_that_says_something_else_has_another_digest(monkeypatch):
    digest = definition_digest(source(), STANDARD, {}, "UTC")
    assert definition_digest(source(), STANDARD, {}, "UTC") == digest
    assert definition_digest(source(channel={"value": "c"}), STANDARD, {}, "UTC") != digest
    assert definition_digest(source(), STANDARD, {}, "Asia/Shanghai") != digest
    wider = STANDARD | {"orders": STANDARD["orders"].extended((STANDARD["records"]["points"],))}
    assert definition_digest(source(), wider, {}, "UTC") != digest
    # What becomes a token depends on the key.
    monkeypatch.setenv("HUAXIANG_TOKEN_KEY", "secret")
    assert definition_digest(source(), STANDARD, {}, "UTC") != digest


@pytest.mark.parametrize(
    ("value", "known"),
    [("at", False), ("upper(c)", False), ("age_on(c)", False), ("days_since(at)", True)],
)
def test_a_source_whose_expressions_ask_for_the_moment_is_bound_to_it(value, known):
    assert knows_moment(source(channel={"value": value}), STANDARD) is known


def test_a_source_with_birthdays_is_bound_to_the_moment():
    spec = SourceSpec.model_validate(
        {"name": "s", "path": "p.csv", "feeds": [{"table": "records", "columns": {"birthday": "born"}}]}
    )
    assert knows_moment(spec, STANDARD)


def test_sums_and_ends_of_what_was_added_are_exact():
    old = read(10, {"amount": ColumnProfile(8, 1, 5, 2.0, 9.0, outliers=1)}, failed=1)
    new = read(4, {"amount": ColumnProfile(4, 0, 4, 1.0, 3.0, outliers=0)}, failed=2)
    both = added(old, new)
    assert both.rows == 14
    assert both.feeds[0].balance["used"] == 9 + 3
    column = both.feeds[0].profile.columns["amount"]
    assert (column.filled, column.invalid, column.low, column.high) == (12, 1, 1.0, 9.0)
    assert both.rules["positive"] == (14, 3, ("f#1",) * 3)
    assert [row["value"] for row in both.metrics] == [14.0, 0.5]
