"""The figures that charts draw, as plain values for JSON. Scripts read these; texts and tables are in the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from huaxiang.core.text import Text
from huaxiang.report.texts import TEXTS
from huaxiang.service.figures import Figures
from huaxiang.service.figures.model import (
    FeedFigures,
    GroupFigures,
    PersonaFigures,
    PersonaTagFigures,
    SegmentFigures,
    ValueFigures,
)

OVERLAP_SEGMENTS = 16
"""Segments in the heat map of overlaps; more would not be readable."""

MAPPED = ("rfm_group", "value_tier", "lifecycle_stage")
"""Tags whose values have a section of their own."""

TELLING = 12
"""Values in the chart of what sets a persona apart."""

DISTRIBUTIONS = 6
"""Tags whose distribution is drawn."""

NUMBERS = 10
"""Numeric tags that are drawn."""

COMPARED_TAGS = 40
"""Tags of each persona that a comparison looks at."""

Telling = tuple[PersonaTagFigures, ValueFigures]


def chart_data(figures: Figures) -> dict[str, Any]:
    """Everything that scripts need."""
    spoken = {key: text for key, text in TEXTS.items() if not key.startswith(("method.", "glossary.", "finding."))}
    return {
        "texts": {key: _pair(value) for key, value in spoken.items()},
        "title": _pair(figures.title),
        "currency": figures.currency,
        "threshold": figures.threshold,
        "concentration": [_rounded(point) for point in figures.concentration],
        "months": [[month.month, _round(month.revenue), month.orders, month.buyers] for month in figures.months],
        "feeds": [_feed(feed) for feed in figures.feeds],
        "reasons": _reasons(figures),
        "dimensions": _dimensions(figures),
        "rfm_cells": [
            [cell.recency, cell.frequency, cell.count, _round(cell.spend), cell.hidden] for cell in figures.rfm_cells
        ],
        "rfm_groups": _groups(figures.rfm_groups),
        "value_tiers": _groups(figures.value_tiers),
        "lifecycle": _groups(figures.lifecycle),
        "overlap": _overlap(figures),
        **_personas(figures),
    }


def telling_values(persona: PersonaFigures, limit: int = TELLING) -> list[Telling]:
    """The most telling value of each of the most telling tags, leaving out what defines the segment."""
    found: list[Telling] = []
    for tag in persona.tags:
        known = [value for value in tag.values if value.difference is not None and value.tgi is not None]
        if known and not tag.defining:
            # The higher of two equal gaps is the value that members have, rather than the one that they lack.
            strongest = max(known, key=lambda value: (round(abs(value.difference or 0), 6), value.difference or 0))
            found.append((tag, strongest))
        if len(found) == limit:
            break
    return found


def distribution_tags(persona: PersonaFigures) -> list[PersonaTagFigures]:
    """The tags whose distribution is drawn: the most telling ones, without those that define the segment."""
    return [tag for tag in persona.tags if len(tag.values) > 1 and not tag.defining][:DISTRIBUTIONS]


def own_segments(figures: Figures) -> list[SegmentFigures]:
    """The segments that are not already shown as an RFM group, a value tier or a lifecycle stage."""
    return [segment for segment in figures.segments if not segment.stands_for or segment.stands_for[0] not in MAPPED]


def overlap_segments(figures: Figures) -> list[SegmentFigures]:
    """The segments in the heat map, in the catalog's order: the biggest, those that no other section shows first."""
    shown = [segment for segment in figures.segments if segment.size and not segment.hidden]
    own = own_segments(figures)
    biggest = sorted(shown, key=lambda segment: (segment not in own, -(segment.size or 0)))[:OVERLAP_SEGMENTS]
    return [segment for segment in shown if segment in biggest]


def _personas(figures: Figures) -> dict[str, Any]:
    """Personas and the tags that they speak of; a persona's rows name tags and values by position."""
    tags: dict[str, dict[str, Any]] = {}
    values: dict[str, dict[Text, int]] = {}
    personas = [_persona(persona, tags, values) for persona in figures.personas]
    for name, entry in tags.items():
        entry["values"] = [_pair(label) for label in values[name]]
    return {"tags": tags, "personas": personas}


def _persona(
    persona: PersonaFigures, tags: dict[str, dict[str, Any]], values: dict[str, dict[Text, int]]
) -> dict[str, Any]:
    for tag in persona.tags[:COMPARED_TAGS]:
        tags.setdefault(
            tag.name, {"label": _pair(tag.label), "dimension": _pair(tag.dimension), "type": tag.type, "unit": tag.unit}
        )
        known = values.setdefault(tag.name, {})
        for value in tag.values:
            known.setdefault(value.label, len(known))
    numeric = [tag for tag in persona.tags if tag.numbers and tag.numbers.effect is not None and not tag.defining]
    return {
        "name": persona.name,
        "label": _pair(persona.label),
        "size": persona.size,
        "share": _round(persona.share),
        "revenue_share": _round(persona.revenue_share),
        "hidden": persona.hidden or not persona.tags,
        "telling": [
            [tag.name, values[tag.name][value.label]] for tag, value in telling_values(persona) if tag.name in values
        ],
        "drawn": [tag.name for tag in distribution_tags(persona)],
        "numeric": [tag.name for tag in numeric[:NUMBERS]],
        "tags": {tag.name: _persona_tag(tag, values[tag.name]) for tag in persona.tags[:COMPARED_TAGS]},
    }


def _persona_tag(tag: PersonaTagFigures, values: dict[Text, int]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "rows": [
            [
                values[value.label],
                *_rounded((value.share, value.base_share, value.tgi, value.difference, value.low, value.high)),
                int(value.significant),
                int(value.hidden),
            ]
            for value in tag.values
        ]
    }
    if tag.numbers:
        figures = tag.numbers
        entry["numbers"] = [
            *_rounded((figures.mean, figures.base_mean, figures.difference, figures.low, figures.high, figures.effect)),
            int(figures.significant),
        ]
    if tag.defining:
        entry["defining"] = 1
    return entry


def _feed(feed: FeedFigures) -> dict[str, Any]:
    return {
        "source": feed.source,
        "source_label": _pair(feed.source_label),
        "target": feed.target,
        "target_label": _pair(feed.target_label),
        "columns": len(feed.columns),
        "rows": [feed.read, feed.used, feed.quarantined, feed.deduplicated, feed.set_aside],
    }


def _reasons(figures: Figures, limit: int = 12) -> list[Any]:
    return [
        [_pair(reason.source_label), _pair(reason.target_label), _pair(reason.reason), reason.rows]
        for reason in figures.reasons[:limit]
    ]


def _dimensions(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "label": _pair(dimension.label),
            "coverage": _round(dimension.coverage),
            "categories": [
                {
                    "label": _pair(category.label),
                    "count": len(category.tags),
                    "coverage": _round(_mean(tag.coverage for tag in category.tags)),
                }
                for category in dimension.categories
            ],
        }
        for dimension in figures.dimensions
    ]


def _groups(groups: Iterable[GroupFigures]) -> list[dict[str, Any]]:
    return [
        {
            "label": _pair(group.label),
            "count": group.count,
            "share": _round(group.share),
            "revenue": _round(group.revenue),
            "revenue_share": _round(group.revenue_share),
            "hidden": group.hidden,
        }
        for group in groups
        if group.name
    ]


def _overlap(figures: Figures) -> dict[str, Any]:
    kept = overlap_segments(figures)
    index = {segment.name: position for position, segment in enumerate(kept)}
    return {
        "labels": [_pair(segment.label) for segment in kept],
        "cells": [
            [index[overlap.first], index[overlap.second], _round(overlap.share), overlap.count, overlap.hidden]
            for overlap in figures.overlaps
            if overlap.first in index and overlap.second in index
        ],
    }


def _pair(text: Text) -> list[str]:
    return [text.en] if text.en == text.zh else [text.en, text.zh]


def _round(value: float | None) -> float | None:
    """Four significant digits: more can't be seen, and would double the file."""
    if value is None:
        return None
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short


def _rounded(values: Iterable[float | None]) -> list[float | None]:
    return [_round(value) for value in values]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
