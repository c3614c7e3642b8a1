"""Portraits as the tables of a build."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine
    from huaxiang.personas.run import Portrait

_TEXT, _COUNT, _FIGURE, _FLAG = "string", "int64", "float64", "bool_"

COLUMNS: dict[str, dict[str, str]] = {
    "persona_catalog": {
        **dict.fromkeys(("name", "segment", "base", "label_en", "label_zh", "question_en", "question_zh"), _TEXT),
        **dict.fromkeys(("size", "base_size"), _COUNT),
        **dict.fromkeys(("share", "revenue_share"), _FIGURE),
        **dict.fromkeys(("text_en", "text_zh", "typical"), _TEXT),
    },
    "portrait_tags": {
        **dict.fromkeys(("persona", "tag", "dimension"), _TEXT),
        "rank": _COUNT,
        **dict.fromkeys(("gain", "known"), _FIGURE),
        "defining": _FLAG,
        "repeats": _TEXT,
        "effect": _FIGURE,
        "sureness": _TEXT,
        **dict.fromkeys(("statement_en", "statement_zh"), _TEXT),
    },
    "portraits": {
        **dict.fromkeys(("persona", "tag", "value", "value_en", "value_zh"), _TEXT),
        **dict.fromkeys(("position", "count"), _COUNT),
        **dict.fromkeys(
            ("share", "base_share", "rest_share", "tgi", "difference", "low", "high", "p_value", "q_value"), _FIGURE
        ),
        **dict.fromkeys(("significant", "hidden"), _FLAG),
    },
    "portrait_numbers": {
        **dict.fromkeys(("persona", "tag"), _TEXT),
        **dict.fromkeys(("mean", "base_mean", "rest_mean", "median", "base_median"), _FIGURE),
        **dict.fromkeys(("difference", "low", "high", "effect", "p_value", "q_value"), _FIGURE),
        "significant": _FLAG,
    },
}
"""The columns of each table with their Arrow types."""


def portrait_rows(portrait: Portrait) -> dict[str, list[dict[str, Any]]]:
    """The rows of one portrait, by table."""
    return {
        "persona_catalog": [_catalog(portrait)],
        "portrait_tags": list(_tags(portrait)),
        "portraits": list(_shares(portrait)),
        "portrait_numbers": [{"persona": portrait.name, **vars(row)} for row in portrait.figures.numbers],
    }


def write_tables(engine: Engine, portraits: Iterable[Portrait]) -> None:
    """Write all four tables, empty ones too."""
    import pyarrow as pa

    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in COLUMNS}
    for portrait in portraits:
        for table, found in portrait_rows(portrait).items():
            rows[table].extend(found)
    for table, columns in COLUMNS.items():
        schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in columns.items()])
        engine.create(table, pa.Table.from_pylist(rows[table], schema=schema), step=f"personas: {table}")


def _catalog(portrait: Portrait) -> dict[str, Any]:
    return {
        "name": portrait.name,
        "segment": portrait.segment,
        "base": portrait.base,
        "label_en": portrait.label.en,
        "label_zh": portrait.label.zh,
        "question_en": portrait.question.en,
        "question_zh": portrait.question.zh,
        "size": portrait.figures.size,
        "base_size": portrait.figures.base_size,
        "share": portrait.figures.share,
        "revenue_share": portrait.figures.revenue_share,
        "text_en": portrait.text.en,
        "text_zh": portrait.text.zh,
        "typical": json.dumps(portrait.typical, ensure_ascii=False),
    }


def _tags(portrait: Portrait) -> Iterator[dict[str, Any]]:
    for row in portrait.figures.tags:
        statement = portrait.statements[row.tag]
        yield {
            "persona": portrait.name,
            "dimension": portrait.scales[row.tag].tag.dimension,
            **vars(row),
            **vars(portrait.evidence[row.tag]),
            "statement_en": statement.en,
            "statement_zh": statement.zh,
        }


def _shares(portrait: Portrait) -> Iterator[dict[str, Any]]:
    for row in portrait.figures.shares:
        figures = {name: value for name, value in vars(row).items() if name != "label"}
        yield {"persona": portrait.name, **figures, "value_en": row.label.en, "value_zh": row.label.zh}
