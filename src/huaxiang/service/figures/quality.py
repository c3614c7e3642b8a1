"""Figures about the quality of data: scores over builds, changes, rules of the user's own, and spreads of columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from huaxiang.core.engine import Engine
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.quality.distribution import OTHER, spread_of
from huaxiang.quality.history import HISTORY
from huaxiang.quality.scores import DIMENSIONS
from huaxiang.service.figures.data import Labels, column_label
from huaxiang.service.figures.quality_model import (
    BuildScores,
    ChangeFigures,
    QualityFigures,
    RuleFigures,
    ScoreFigures,
    SourceScores,
    SourceSpreads,
    SpreadFigures,
)
from huaxiang.service.figures.values import SENSITIVE, as_float, as_text, read

ALL_SOURCES = Text("All sources", "全部数据源")

BUILDS = 30
"""Builds that the history shows, up to this one."""

NAMED = 6
"""Values of a column that are named, the most frequent."""


def gather_quality(
    engine: Engine, sources: Labels, tables: Labels, *, zone: str, threshold: int
) -> QualityFigures | None:
    """Everything about quality; None where the snapshot is older than its scores."""
    rows = read(engine, "quality_scores")
    if not rows:
        return None
    return QualityFigures(
        dimensions=tuple(DIMENSIONS.items()),
        sources=_scores(rows, sources),
        history=_history(engine, zone),
        changes=_changes(engine),
        rules=tuple(_rule(row, sources) for row in read(engine, "quality_rules")),
        spreads=_spreads(engine, sources, tables, threshold),
    )


def _scores(rows: Iterable[dict[str, Any]], labels: Labels) -> tuple[SourceScores, ...]:
    by_source: dict[str, dict[str, ScoreFigures]] = {"": {}}
    for row in rows:
        score = ScoreFigures(as_float(row["score"]), as_float(row["before"]), as_text(row, "detail"))
        by_source.setdefault(row["source"] or "", {})[row["dimension"]] = score
    return tuple(
        SourceScores(source, _source(source, labels) if source else ALL_SOURCES, found)
        for source, found in by_source.items()
    )


def _source(name: str, labels: Labels) -> Text:
    return labels.get(name) or Text.of(name)


def _history(engine: Engine, zone: str) -> tuple[BuildScores, ...]:
    """The overall scores of the latest builds, the oldest first."""
    builds: dict[str, dict[str, Any]] = {}
    for row in sorted(read(engine, HISTORY), key=lambda row: row["built_at"]):
        if row["source"] is None:
            build = builds.setdefault(row["build"], {"as_of": row["as_of"], "built_at": row["built_at"], "scores": {}})
            build["scores"][row["dimension"]] = as_float(row["score"])
    clock = ZoneInfo(zone or "UTC")
    return tuple(
        BuildScores(
            build=name,
            as_of=f"{row['as_of'].astimezone(clock):%Y-%m-%d}",
            built_at=f"{row['built_at'].astimezone(clock):%Y-%m-%d %H:%M}",
            scores=row["scores"],
        )
        for name, row in list(builds.items())[-BUILDS:]
    )


def _changes(engine: Engine) -> tuple[ChangeFigures, ...]:
    """What changed, warnings first."""
    rows = sorted(read(engine, "quality_changes"), key=lambda row: row["severity"] == "note")
    return tuple(ChangeFigures(row["severity"], as_text(row, "statement")) for row in rows)


def _rule(row: dict[str, Any], labels: Labels) -> RuleFigures:
    return RuleFigures(
        source_label=_source(row["source"], labels),
        name=row["name"],
        label=as_text(row, "label") or Text.of(row["name"]),
        that=row["that"],
        severity=row["severity"],
        wanted=float(row["wanted"]),
        share=as_float(row["share"]),
        failed=int(row["failed"]),
        holds=row["holds"],
        examples=tuple(row["examples"] or ()),
    )


def _spreads(engine: Engine, sources: Labels, tables: Labels, threshold: int) -> tuple[SourceSpreads, ...]:
    """The spreads of all columns but sensitive ones, by source and table."""
    found: dict[tuple[str, str], list[SpreadFigures]] = {}
    for row in read(engine, "quality_distributions"):
        table, _, column = row["column"].partition(".")
        if not _is_sensitive(table, column):
            found.setdefault((row["source"], table), []).append(_spread(row, table, column, threshold))
    return tuple(
        SourceSpreads(_source(source, sources), tables.get(table) or Text.of(table), tuple(columns))
        for (source, table), columns in found.items()
    )


def _is_sensitive(table: str, column: str) -> bool:
    standard = STANDARD.get(table)
    return standard is not None and column in standard.names and standard[column].privacy == SENSITIVE


def _spread(row: dict[str, Any], table: str, column: str, threshold: int) -> SpreadFigures:
    spread = spread_of(row)
    shares = spread.shares or {}
    big = [(name, share) for name, share in shares.items() if name != OTHER and share * spread.rows >= threshold]
    named = tuple(sorted(big, key=lambda pair: (-pair[1], pair[0]))[:NAMED])
    return SpreadFigures(
        column=column,
        label=column_label(table, column),
        rows=spread.rows,
        shares=named,
        other=max(0.0, 1 - sum(share for _, share in named)) if shares else 0.0,
        # The ends may be those of one person.
        deciles=tuple((spread.bounds or ())[1:-1]),
    )
