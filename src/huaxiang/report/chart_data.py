"""The figures that charts draw, as plain values for JSON. Scripts read these; texts and tables are in the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from huaxiang.core.text import Text
from huaxiang.report.chart_portraits import aspect_data, map_data
from huaxiang.report.chart_values import rounded, short
from huaxiang.report.formats import pair
from huaxiang.report.select import distribution_tags, number_tags, overlap_segments, telling_values
from huaxiang.report.texts import TEXTS
from huaxiang.service.figures import Figures
from huaxiang.service.figures.model import (
    FeedFigures,
    GroupFigures,
    PersonaFigures,
    PersonaTagFigures,
)

COMPARED_TAGS = 40
"""Tags of each persona that a comparison looks at."""


def chart_data(figures: Figures) -> dict[str, Any]:
    """Everything that scripts need."""
    spoken = {key: text for key, text in TEXTS.items() if not key.startswith(("method.", "glossary.", "finding."))}
    return {
        "texts": {key: pair(value) for key, value in spoken.items()},
        "title": pair(figures.title),
        "currency": figures.currency,
        "threshold": figures.threshold,
        "concentration": [rounded(point) for point in figures.concentration],
        "months": [[month.month, short(month.revenue), month.orders, month.buyers] for month in figures.months],
        "feeds": [_feed(feed) for feed in figures.feeds],
        "reasons": _reasons(figures),
        "quality_history": _quality_history(figures),
        "records_per_customer": _records_per_customer(figures),
        "disagreements": _disagreements(figures),
        "dimensions": _dimensions(figures),
        "rfm_cells": [
            [cell.recency, cell.frequency, cell.count, short(cell.spend), cell.hidden] for cell in figures.rfm_cells
        ],
        "rfm_groups": _groups(figures.rfm_groups),
        "value_tiers": _groups(figures.value_tiers),
        "lifecycle": _groups(figures.lifecycle),
        "overlap": _overlap(figures),
        "clusters": _clusters(figures),
        **_personas(figures),
        **map_data(figures),
    }


def _personas(figures: Figures) -> dict[str, Any]:
    """Personas and the tags that they speak of; a persona's rows name tags and values by position."""
    tags: dict[str, dict[str, Any]] = {}
    values: dict[str, dict[Text, int]] = {}
    personas = [_persona(persona, tags, values) for persona in figures.personas]
    for name, entry in tags.items():
        entry["values"] = [pair(label) for label in values[name]]
    return {"tags": tags, "personas": personas}


def _persona(
    persona: PersonaFigures, tags: dict[str, dict[str, Any]], values: dict[str, dict[Text, int]]
) -> dict[str, Any]:
    kept = _kept(persona)
    for tag in kept:
        tags.setdefault(
            tag.name, {"label": pair(tag.label), "dimension": pair(tag.dimension), "type": tag.type, "unit": tag.unit}
        )
        known = values.setdefault(tag.name, {})
        for value in tag.values:
            known.setdefault(value.label, len(known))
    return {
        "name": persona.name,
        "label": pair(persona.label),
        "size": persona.size,
        "share": short(persona.share),
        "revenue_share": short(persona.revenue_share),
        "hidden": persona.hidden or not persona.tags,
        "telling": [
            [tag.name, values[tag.name][value.label]] for tag, value in telling_values(persona) if tag.name in values
        ],
        "drawn": [tag.name for tag in distribution_tags(persona)],
        "numeric": [tag.name for tag in number_tags(persona)],
        "tags": {tag.name: _persona_tag(tag, values[tag.name]) for tag in kept},
        **aspect_data(persona.aspects),
    }


def _kept(persona: PersonaFigures) -> list[PersonaTagFigures]:
    """The tags that scripts need: the most telling ones for comparison, and all that are drawn."""
    drawn = [tag for tag, _ in telling_values(persona)] + distribution_tags(persona) + number_tags(persona)
    names = {tag.name for tag in (*persona.tags[:COMPARED_TAGS], *drawn)}
    return [tag for tag in persona.tags if tag.name in names]


def _persona_tag(tag: PersonaTagFigures, values: dict[Text, int]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "rows": [
            [
                values[value.label],
                *rounded((value.share, value.base_share, value.tgi, value.difference, value.low, value.high)),
                int(value.significant),
                int(value.hidden),
            ]
            for value in tag.values
        ]
    }
    if tag.numbers:
        figures = tag.numbers
        entry["numbers"] = [
            *rounded((figures.mean, figures.base_mean, figures.difference, figures.low, figures.high, figures.effect)),
            int(figures.significant),
        ]
    if tag.defining:
        entry["defining"] = 1
    return entry


def _feed(feed: FeedFigures) -> dict[str, Any]:
    return {
        "source": feed.source,
        "source_label": pair(feed.source_label),
        "target": feed.target,
        "target_label": pair(feed.target_label),
        "columns": len(feed.columns),
        "rows": [feed.read, feed.used, feed.quarantined, feed.deduplicated, feed.set_aside],
    }


def _reasons(figures: Figures, limit: int = 12) -> list[Any]:
    return [
        [pair(reason.source_label), pair(reason.target_label), pair(reason.reason), reason.rows]
        for reason in figures.reasons[:limit]
    ]


def _quality_history(figures: Figures) -> dict[str, Any]:
    quality = figures.quality
    if quality is None:
        return {"dimensions": [], "builds": []}
    names = [name for name, _ in quality.dimensions]
    return {
        "dimensions": [{"name": name, "label": pair(label)} for name, label in quality.dimensions],
        "builds": [
            {
                "as_of": build.as_of,
                "built_at": build.built_at,
                "scores": rounded(build.scores.get(name) for name in names),
            }
            for build in quality.history
        ],
    }


def _records_per_customer(figures: Figures) -> list[Any]:
    sizes = figures.identity.sizes if figures.identity else ()
    return [[group.name, group.count, short(group.share)] for group in sizes]


def _disagreements(figures: Figures, limit: int = 12) -> list[Any]:
    rows = figures.identity.disagreements[:limit] if figures.identity else ()
    return [[pair(row.label), row.customers, row.differing, short(row.share)] for row in rows]


def _dimensions(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "label": pair(dimension.label),
            "coverage": short(dimension.coverage),
            "categories": [
                {
                    "label": pair(category.label),
                    "count": len(category.tags),
                    "coverage": short(_mean(tag.coverage for tag in category.tags)),
                }
                for category in dimension.categories
            ],
        }
        for dimension in figures.dimensions
    ]


def _groups(groups: Iterable[GroupFigures]) -> list[dict[str, Any]]:
    return [
        {
            "label": pair(group.label),
            "count": group.count,
            "share": short(group.share),
            "revenue": short(group.revenue),
            "revenue_share": short(group.revenue_share),
            "hidden": group.hidden,
        }
        for group in groups
        if group.name
    ]


def _overlap(figures: Figures) -> dict[str, Any]:
    kept = overlap_segments(figures)
    index = {segment.name: position for position, segment in enumerate(kept)}
    return {
        "labels": [pair(segment.label) for segment in kept],
        "cells": [
            [index[overlap.first], index[overlap.second], short(overlap.share), overlap.count, overlap.hidden]
            for overlap in figures.overlaps
            if overlap.first in index and overlap.second in index
        ],
    }


def _clusters(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "name": found.name,
            "chosen": found.chosen,
            "criteria": [
                {
                    "label": pair(criterion.label),
                    "values": [[number, short(value)] for number, value in criterion.values],
                    "vote": criterion.vote,
                    "mark": criterion.mark,
                    "falls": criterion.falls,
                }
                for criterion in found.criteria
            ],
        }
        for found in figures.clusters
    ]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
