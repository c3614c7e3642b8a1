"""Figures about how far personas can be trusted."""

from __future__ import annotations

from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.personas.validation.grade import NO_GRADE
from huaxiang.service.figures.trust_model import CheckedFigures, OutcomeFigures, TrustFigures
from huaxiang.service.figures.values import as_count, as_float, as_json, as_text, read

LISTED = frozenset({"agreement", "cell", "market", "profile", "statement"})
"""The measures of which a report shows every row; what others found stands in the summary."""

_Rows = list[dict[str, Any]]


def gather_trust(engine: Engine) -> tuple[dict[str, TrustFigures], tuple[OutcomeFigures, ...]]:
    """The trust of each persona, and what validations say of the base as a whole."""
    figures: dict[tuple[str, str | None], _Rows] = {}
    for row in read(engine, "validation_figures"):
        if row["measure"] in LISTED:
            figures.setdefault((row["validation"], row["persona"]), []).append(row)
    outcomes: dict[str | None, list[OutcomeFigures]] = {}
    for row in read(engine, "persona_validation"):
        rows = figures.get((row["validation"], row["persona"]), [])
        outcomes.setdefault(row["persona"], []).append(_outcome(row, rows))
    personas = {
        row["persona"]: TrustFigures(
            grade=row["grade"] or NO_GRADE,
            reason=as_text(row, "reason"),
            age_days=as_count(row["age_days"]),
            next_review=str(row["next_review"] or ""),
            kept=as_float(row["kept"]),
            flags=tuple(as_json(row["flags"]) or ()),
            outcomes=tuple(outcomes.get(row["persona"], ())),
        )
        for row in read(engine, "persona_grades")
    }
    return personas, tuple(outcomes.get(None, ()))


def _outcome(row: dict[str, Any], figures: _Rows) -> OutcomeFigures:
    return OutcomeFigures(
        kind=row["kind"],
        label=as_text(row, "label"),
        origin=as_text(row, "origin"),
        verdict=row["verdict"],
        summary=as_text(row, "summary"),
        rows=tuple(_checked(figure) for figure in figures),
    )


def _checked(row: dict[str, Any]) -> CheckedFigures:
    numbers = {name: as_float(row[name]) for name in ("own", "reference", "difference", "low", "high", "index")}
    return CheckedFigures(
        measure=row["measure"],
        label=as_text(row, "label"),
        verdict=row["verdict"] or "",
        hidden=bool(row["hidden"]),
        **numbers,
    )
