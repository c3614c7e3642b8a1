"""Figures about the raw data: where it goes, how good it is, what was rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.messages import in_both
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Language, Text
from huaxiang.service.figures.model import ColumnFigures, FeedFigures, MetricFigures, ReasonFigures
from huaxiang.service.figures.values import as_float, as_list_text, read

Labels = Mapping[str, Text]

COLUMN_REASONS = {
    "missing": Text("{column}: missing", "{column}缺失"),
    "invalid": Text("{column}: not valid", "{column}无效"),
}
"""Why a mapped row is rejected, by the first word of the reason; the column follows it."""

READING = {
    "no customer": Text("Belongs to no customer", "无法归属客户"),
    "missing key": Text("Key: missing", "主键缺失"),
    "bad quoting": Text("Quotes do not match", "引号不匹配"),
    "wrong number of columns": Text("Wrong number of columns", "列数不符"),
    "no JSON object": Text("Not a JSON object", "不是 JSON 对象"),
    "undecodable bytes": Text("Bytes that are no text", "无法解码的字节"),
}
"""Why a row is rejected as a whole."""


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
            reason=_reason(str(row["reason"]), row["target"]),
            rows=int(row["rows"]),
        )
        for row in rows
    )


def column_label(table: str | None, name: str) -> Text:
    """What a column of a standard table, or an identifier, is called; others by their names."""
    standard = STANDARD.get(table or "")
    if standard and name in standard.names:
        return standard[name].label
    if name.startswith("id_"):
        return Text(f"Identifier {name[3:]}", f"标识 {name[3:]}")
    return Text.of(name)


def reason_in(language: Language, reason: str, table: str | None = None) -> str:
    """Why a row is in quarantine, for a reader; `table` is what it was mapped onto."""
    return _reason(reason, table)[language]


def _reason(reason: str, table: str | None) -> Text:
    """What is wrong with a row, in both languages: `missing amount`, `invalid amount`, or what a reader says."""
    if reason in READING:
        return READING[reason]
    kind, _, column = reason.partition(" ")
    if kind in COLUMN_REASONS and column:
        label = column_label(table, column)
        text = COLUMN_REASONS[kind]
        return Text(text.en.format(column=label.en), text.zh.format(column=label.zh))
    return in_both(reason)


def _column(row: Mapping[str, Any]) -> ColumnFigures:
    name = row["column"]
    return ColumnFigures(
        source_column=str(row["source_column"] or ""),
        column=name,
        label=column_label(row["target"], name),
        cleaning=as_list_text(row["cleaning"]),
        rows=int(row["rows"] or 0),
        filled=as_float(row["filled"]),
        invalid=int(row["invalid"] or 0),
    )
