"""The tables of validation: their columns, and the rows that results become."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.personas.validation.grade import Grade
from huaxiang.personas.validation.result import Figure, Outcome, Result

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine

_TEXT, _COUNT, _FIGURE, _FLAG, _DAY = "string", "int64", "float64", "bool_", "date32"

COLUMNS: dict[str, dict[str, str]] = {
    "persona_grades": {
        **dict.fromkeys(("persona", "grade"), _TEXT),
        "score": _FIGURE,
        **dict.fromkeys(("reason_en", "reason_zh", "kinds"), _TEXT),
        **dict.fromkeys(("since", "reviewed"), _DAY),
        "age_days": _COUNT,
        "next_review": _DAY,
        "drift": _TEXT,
        "kept": _FIGURE,
        "flags": _TEXT,
    },
    "persona_validation": {
        **dict.fromkeys(("validation", "kind", "label_en", "label_zh", "origin_en", "origin_zh"), _TEXT),
        **dict.fromkeys(("persona", "verdict", "summary_en", "summary_zh"), _TEXT),
        "score": _FIGURE,
        "size": _COUNT,
    },
    "validation_figures": {
        **dict.fromkeys(("validation", "kind", "persona", "measure", "tag", "value", "label_en", "label_zh"), _TEXT),
        **dict.fromkeys(("own", "reference", "difference", "low", "high", "index", "size", "unweighted"), _FIGURE),
        "verdict": _TEXT,
        "hidden": _FLAG,
    },
}
"""The columns of each table with their Arrow types."""

Rows = dict[str, list[dict[str, Any]]]

TIME = "time"
"""The kind and name of what every build does by itself: compare personas with the build before."""


@dataclass(frozen=True)
class Held:
    """One validation with what it found."""

    name: str
    kind: str
    label: Text
    origin: Text
    result: Result


def validation_rows(held: Sequence[Held], grades: Sequence[Grade]) -> Rows:
    """The rows of all tables of validation."""
    return {
        "persona_grades": [_grade(grade) for grade in grades],
        "persona_validation": [_outcome(one, outcome) for one in held for outcome in one.result.outcomes],
        "validation_figures": [_figure(one, figure) for one in held for figure in one.result.figures],
    }


def write_validation(engine: Engine, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write all tables of validation, empty ones too."""
    import pyarrow as pa

    for table, columns in COLUMNS.items():
        schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in columns.items()])
        engine.create(table, pa.Table.from_pylist(list(rows[table]), schema=schema), step=f"validate: {table}")


def _grade(grade: Grade) -> dict[str, Any]:
    row = asdict(grade)
    reason = row.pop("reason")
    lists = {name: json.dumps(row[name]) for name in ("kinds", "flags")}
    return row | lists | {"reason_en": reason["en"], "reason_zh": reason["zh"]}


def _outcome(one: Held, outcome: Outcome) -> dict[str, Any]:
    return {
        "validation": one.name,
        "kind": one.kind,
        "label_en": one.label.en,
        "label_zh": one.label.zh,
        "origin_en": one.origin.en,
        "origin_zh": one.origin.zh,
        "persona": outcome.persona,
        "verdict": outcome.verdict,
        "summary_en": outcome.summary.en,
        "summary_zh": outcome.summary.zh,
        "score": outcome.score,
        "size": outcome.size,
    }


def _figure(one: Held, figure: Figure) -> dict[str, Any]:
    row = {name: value for name, value in vars(figure).items() if name != "label"}
    return row | {
        "validation": one.name,
        "kind": one.kind,
        "label_en": figure.label.en,
        "label_zh": figure.label.zh,
    }
