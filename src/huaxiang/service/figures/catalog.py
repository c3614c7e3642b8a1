"""Figures about tags: the tree of dimensions, categories and tags, and what was left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.service.figures.model import CategoryFigures, DimensionFigures, LeftOut, Reliability, TagFigures
from huaxiang.service.figures.values import as_count, as_float, as_json, as_text, read

BOOLEANS = {"true": Text("Yes", "是"), "false": Text("No", "否")}
"""How the values of a boolean tag are called where the tag itself does not say."""

ValueLabels = dict[str, dict[str, Text]]
"""Tag → value → label, in the order of the definition."""


def read_value_labels(engine: Engine) -> ValueLabels:
    """The labels of tag values, as their definitions give them."""
    return {row["name"]: row_labels(row) for row in read(engine, "tag_catalog")}


def gather_dimensions(engine: Engine, measured: Mapping[str, Reliability]) -> tuple[DimensionFigures, ...]:
    """The tag tree, in the order of the catalog; `measured` are the results of backtests by tag."""
    tree: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in read(engine, "tag_catalog"):
        tree.setdefault(row["dimension"], {}).setdefault(row["category"], []).append(row)
    return tuple(
        DimensionFigures(
            name=dimension,
            label=as_text(next(iter(categories.values()))[0], "dimension") or Text.of(dimension),
            categories=tuple(
                CategoryFigures(
                    name=category,
                    label=as_text(rows[0], "category") or Text.of(category),
                    tags=tuple(_tag(row, measured.get(row["name"])) for row in rows),
                )
                for category, rows in categories.items()
            ),
        )
        for dimension, categories in tree.items()
    )


def gather_left_out(engine: Engine) -> tuple[LeftOut, ...]:
    """Definitions that were not built."""
    return tuple(
        LeftOut(row["kind"], row["name"], Text(row["reason"], row["reason_zh"])) for row in read(engine, "left_out")
    )


def row_labels(row: Mapping[str, Any]) -> dict[str, Text]:
    """The labels of a tag's values, in their order, from its row of the catalog."""
    labels = {str(value): Text.of(label) for value, label in (as_json(row["values"]) or {}).items()}
    return BOOLEANS | labels if row["type"] == "boolean" else labels


def _tag(row: dict[str, Any], measured: Reliability | None) -> TagFigures:
    return TagFigures(
        name=row["name"],
        label=as_text(row, "label") or Text.of(row["name"]),
        description=as_text(row, "description"),
        kind=row["kind"] or "",
        type=row["type"] or "",
        unit=row["unit"] or "",
        privacy=row["privacy"] or "",
        coverage=as_float(row["coverage"]),
        distinct=as_count(row["distinct"]),
        definition=_definition(row["definition"]),
        origin=row["origin"] or "",
        reliability=measured,
    )


def _definition(value: Any) -> str:
    """The definition as indented JSON, without the keys that are shown elsewhere or say nothing."""
    definition = as_json(value)
    if not isinstance(definition, dict):
        return str(definition or "")
    elsewhere = {
        "name",
        "dimension",
        "category",
        "label",
        "description",
        "values",
        "privacy",
        "unit",
        "owner",
    }
    kept = {key: item for key, item in definition.items() if key not in elsewhere and item not in (None, [], {}, "")}
    return json.dumps(kept, ensure_ascii=False, indent=2)
