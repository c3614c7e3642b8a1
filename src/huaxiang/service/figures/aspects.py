"""Figures about the aspects of personas: scores, hours, preferences, siblings, borders, stability, warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.service.figures.aspects_model import (
    AspectFigures,
    HourFigures,
    PastFigures,
    PreferenceFigures,
    ScoreFigures,
    SiblingFigures,
    WarningFigures,
)
from huaxiang.service.figures.values import as_count, as_float, as_text, read

_Rows = list[dict[str, Any]]

TABLES = (
    "portrait_scores",
    "portrait_dimensions",
    "portrait_hours",
    "portrait_preferences",
    "portrait_siblings",
    "portrait_borders",
    "persona_history",
    "persona_warnings",
)


def gather_aspects(engine: Engine, tags: Mapping[str, Mapping[str, Any]], threshold: int) -> dict[str, AspectFigures]:
    """The aspects of each persona, as far as the snapshot has them. `tags` is the catalog by name."""
    tables: dict[str, dict[str, _Rows]] = {}
    for table in TABLES:
        tables[table] = defaultdict(list)
        for row in read(engine, table):
            tables[table][row["persona"]].append(row)
    names = {name for rows in tables.values() for name in rows}
    return {name: _aspects({table: rows[name] for table, rows in tables.items()}, tags, threshold) for name in names}


def gather_segment_warnings(engine: Engine) -> dict[str, tuple[WarningFigures, ...]]:
    """The warnings about each segment."""
    found: dict[str, list[WarningFigures]] = defaultdict(list)
    for row in read(engine, "segment_warnings"):
        found[row["segment"]].append(_warning(row))
    return {name: tuple(rows) for name, rows in found.items()}


def _aspects(rows: Mapping[str, _Rows], tags: Mapping[str, Mapping[str, Any]], threshold: int) -> AspectFigures:
    facets: dict[str, list[PreferenceFigures]] = defaultdict(list)
    for row in sorted(rows["portrait_preferences"], key=lambda row: row["position"]):
        facets[row["facet"]].append(_preference(row, threshold))
    borders = sorted(rows["portrait_borders"], key=lambda row: row["position"])
    past = sorted(rows["persona_history"], key=lambda row: row["built_at"])
    return AspectFigures(
        scores=tuple(_score(row) for row in rows["portrait_scores"] if not row["hidden"]),
        front=frozenset(row["dimension"] for row in rows["portrait_dimensions"] if row["front"]),
        hours=tuple(_hour(row, threshold) for row in rows["portrait_hours"]),
        facets={name: tuple(found) for name, found in facets.items()},
        sibling=_sibling(sorted(rows["portrait_siblings"], key=lambda row: row["position"])),
        borders=tuple(as_text(row, "statement") for row in borders if not row["alternative"]),
        alternative_borders=tuple(as_text(row, "statement") for row in borders if row["alternative"]),
        past=tuple(_past(row, tags, threshold) for row in past),
        warnings=tuple(_warning(row) for row in rows["persona_warnings"]),
    )


def _score(row: Mapping[str, Any]) -> ScoreFigures:
    figures = (as_float(row[name]) for name in ("score", "low", "high"))
    return ScoreFigures(as_text(dict(row), "label"), int(row["tags"]), *figures)


def _hour(row: Mapping[str, Any], threshold: int) -> HourFigures:
    hidden = _too_small(row["hidden"], as_count(row["customers"]), threshold)
    share, base_share, tgi = (None if hidden else as_float(row[name]) for name in ("share", "base_share", "tgi"))
    return HourFigures(int(row["weekday"]), int(row["hour"]), int(row["width"]), share, base_share, tgi, hidden)


def _preference(row: Mapping[str, Any], threshold: int) -> PreferenceFigures:
    count = as_count(row["count"])
    hidden = _too_small(row["hidden"], count, threshold)

    def shown(name: str) -> float | None:
        return None if hidden else as_float(row[name])

    return PreferenceFigures(
        value=row["value"],
        label=as_text(dict(row), "label") or Text.of(row["value"]),
        count=None if hidden else count,
        share=shown("share"),
        base_share=shown("base_share"),
        tgi=shown("tgi"),
        significant=bool(row["significant"]) and not hidden,
        volume=shown("volume"),
        base_volume=shown("base_volume"),
        hidden=hidden,
    )


def _sibling(rows: _Rows) -> SiblingFigures | None:
    if not rows:
        return None
    statements = tuple(as_text(row, "statement") for row in rows)
    return SiblingFigures(as_text(rows[0], "sibling_label"), float(rows[0]["distance"]), statements)


def _past(row: Mapping[str, Any], tags: Mapping[str, Mapping[str, Any]], threshold: int) -> PastFigures:
    size, tag = int(row["size"]), row["psi_tag"]
    label = as_text(dict(tags.get(tag, {})), "label") or Text.of(tag or "")
    shown = None if 0 < size < threshold else size
    return PastFigures(str(row["as_of"])[:10], shown, as_float(row["jaccard"]), as_float(row["psi"]), label)


def _warning(row: Mapping[str, Any]) -> WarningFigures:
    return WarningFigures(row["code"], row["severity"], as_text(dict(row), "reason"), as_text(dict(row), "remedy"))


def _too_small(hidden: Any, count: int | None, threshold: int) -> bool:
    return bool(hidden) or (count is not None and 0 < count < threshold)
