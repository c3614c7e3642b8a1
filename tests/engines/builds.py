"""Two snapshots of one project, compared value by value."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from huaxiang.store.engine import DuckEngine
from huaxiang.store.snapshots import Snapshot

OPTIONS = {
    # Projects of tests are tiny: what pays on a cluster costs more than it brings.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}

HIDDEN = {
    "identity_history": {"build", "built_at"},
    "quality_history": {"build", "built_at"},
    "persona_history": {"build", "built_at"},
    **{name: {"node", "number"} for name in ("identity_nodes", "identity_values", "identity_links")},
}
"""Columns that name the build itself, and numbers that only the tables of one snapshot share."""

ESTIMATED = {"tag_catalog": {"distinct"}}
"""Columns that each engine estimates in its way."""

INTERNAL = frozenset({"identity_edges"})
"""Tables of nothing but such numbers: `identity_links` says what they mean."""


def on_spark(folder: Path, master: str = "local[2]", **options: str) -> Path:
    """Make Spark the engine of the project in `folder`."""
    listed = "".join(f"    {key}: '{value}'\n" for key, value in (OPTIONS | options).items())
    settings = folder / "huaxiang.yml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(f"engine: spark\nspark:\n  master: {master}\n  options:\n{listed}")
    return folder


def content(snapshot: Snapshot, zone: str) -> dict[str, list[dict[str, Any]]]:
    """All tables of a snapshot, read as readers do, their rows in an order that depends on their values only."""
    with DuckEngine.open(snapshot.file, zone=zone, read_only=True) as engine:
        found = {}
        for name in set(engine.names()) - INTERNAL:
            hidden = HIDDEN.get(name, set())
            rows = [
                {key: value for key, value in row.items() if key not in hidden}
                for row in engine.rows(engine.table(name), step=name)
            ]
            found[name] = sorted(rows, key=_sorted_by)
        return found


def differences(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[Any]:
    """What two tables have different: their columns, their numbers of rows, or pairs of rows."""
    if len(one) != len(other):
        return [f"{len(one)} rows and {len(other)}", *[row for row in one if row not in other][:3]]
    return [(left, right) for left, right in zip(one, other, strict=True) if not _same(left, right)]


def compared(one: dict[str, list[dict[str, Any]]], other: dict[str, list[dict[str, Any]]]) -> dict[str, list[Any]]:
    """What two snapshots have different, table by table: of each pair of rows the columns that differ."""
    found: dict[str, list[Any]] = {name: ["only in one"] for name in one.keys() ^ other.keys()}
    for name in one.keys() & other.keys():
        wrong = [_columns(pair) if isinstance(pair, tuple) else pair for pair in differences(one[name], other[name])]
        wrong = [row for row in wrong if not isinstance(row, dict) or row.keys() - ESTIMATED.get(name, set())]
        if wrong:
            found[name] = wrong[:3]
    return found


def _columns(rows: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    one, other = rows
    return {key: (one.get(key), other.get(key)) for key in one | other if not _same(one.get(key), other.get(key))}


def _sorted_by(row: dict[str, Any]) -> str:
    """Texts and whole numbers first: floating numbers may differ in their last digits."""
    exact = {key: value for key, value in row.items() if not isinstance(value, float)}
    return repr(sorted(exact.items())) + repr([f"{v:.6g}" for v in row.values() if isinstance(v, float)])


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, str) and isinstance(other, str) and one != other and one[:1] == other[:1] == "{":
        return _same(json.loads(one), json.loads(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other
