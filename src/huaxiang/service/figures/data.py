"""Figures about the raw data: where it goes, how good it is, what was rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.service.figures.model import ColumnFigures, FeedFigures, MetricFigures, ReasonFigures
from huaxiang.service.figures.values import as_float, as_list_text, read

Labels = Mapping[str, Text]


def gather_feeds(engine: Engine, sources: Labels, tables: Labels) -> tuple[FeedFigures, ...]:
    """Every feed with its row balance and its mapped columns, in the project's order."""
    columns: dict[tuple[str, str], list[ColumnFigures]] = {}
    for row in read(engine, "data_map"):
        columns.setdefault((row["source"], row["target"]), []).append(_column(row))
    return tuple(
        FeedFigures(
            source=row["source"],
            source_label=sources.get(row["source"]) or Text.of(row["source"]),
            target=row["target"],
            target_label=tables.get(row["target"]) or Text.of(row["target"]),
            read=int(row["read"]),
            used=int(row["used"]),
            quarantined=int(row["quarantined"]),
            deduplicated=int(row["deduplicated"]),
            set_aside=int(row["set_aside"]),
            columns=tuple(columns.get((row["source"], row["target"]), ())),
        )
        for row in read(engine, "balance")
    )


def gather_metrics(engine: Engine) -> tuple[MetricFigures, ...]:
    """Every measurement of the audit."""
    return tuple(
        MetricFigures(
            source=row["source"],
            column=row["column"] or "",
            metric=row["metric"],
            value=as_float(row["value"]),
            detail=as_list_text(row["detail"]),
        )
        for row in read(engine, "quality")
    )


def gather_reasons(engine: Engine, sources: Labels, tables: Labels) -> tuple[ReasonFigures, ...]:
    """Why rows were rejected, most frequent first."""
    if not engine.has("quarantine"):
        return ()
    table = engine.table("quarantine")
    counted = table.group_by("source", "target", "reason").aggregate(rows=table.count())
    rows = engine.rows(counted, step="figures: quarantine")
    rows.sort(key=lambda row: (-row["rows"], row["source"], row["reason"]))
    return tuple(
        ReasonFigures(
            source=row["source"],
            source_label=sources.get(row["source"]) or Text.of(row["source"]),
            target_label=tables.get(row["target"]) or Text.of(row["target"] or row["source"]),
            reason=str(row["reason"]),
            rows=int(row["rows"]),
        )
        for row in rows
    )


def _column(row: Mapping[str, Any]) -> ColumnFigures:
    table = STANDARD.get(row["target"])
    name = row["column"]
    label = table[name].label if table and name in table.names else Text.of(name)
    return ColumnFigures(
        source_column=str(row["source_column"] or ""),
        column=name,
        label=label,
        cleaning=as_list_text(row["cleaning"]),
        rows=int(row["rows"] or 0),
        filled=as_float(row["filled"]),
        invalid=int(row["invalid"] or 0),
    )
