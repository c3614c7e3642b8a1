"""Figures about segments: their size, their part of revenue, and how they overlap."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.service.figures.aspects import gather_segment_warnings
from huaxiang.service.figures.groups import SPEND, Totals
from huaxiang.service.figures.model import OverlapFigures, SegmentFigures
from huaxiang.service.figures.values import as_float, as_text, read

_VALUE_RULE = re.compile(r"\s*(\w+)\s*=\s*'([^']*)'\s*")


def gather_segments(engine: Engine, totals: Totals, threshold: int) -> tuple[SegmentFigures, ...]:
    """Every segment of the catalog, in its order."""
    revenue, warnings = _revenue(engine), gather_segment_warnings(engine)
    found = (_segment(row, revenue.get(row["name"]), totals, threshold) for row in read(engine, "segment_catalog"))
    return tuple(replace(segment, warnings=warnings.get(segment.name, ())) for segment in found)


def gather_overlaps(engine: Engine, segments: tuple[SegmentFigures, ...], threshold: int) -> tuple[OverlapFigures, ...]:
    """Every pair of segments that are big enough to be shown, with the members they share."""
    sizes = {segment.name: segment.size for segment in segments if segment.size and not segment.hidden}
    if len(sizes) < 2:
        return ()
    members = engine.table("segments")
    left = members.select(first=members.segment, customer_no=members.customer_no)
    right = members.select(second=members.segment, customer_no=members.customer_no)
    joined = left.join(right, "customer_no")
    pairs = joined.filter(joined["first"] < joined["second"])  # the other half is the same
    counted = pairs.group_by("first", "second").aggregate(count=pairs.count())
    shared = {
        (row["first"], row["second"]): int(row["count"]) for row in engine.rows(counted, step="figures: overlaps")
    }
    return tuple(
        _overlap(first, second, shared.get((min(first, second), max(first, second)), 0), size, threshold)
        for first, size in sizes.items()
        for second in sizes
        if first != second
    )


def _segment(row: dict[str, Any], revenue: float | None, totals: Totals, threshold: int) -> SegmentFigures:
    size = int(row["size"] or 0)
    hidden = 0 < size < threshold
    value = _VALUE_RULE.fullmatch(row["rule"] or "")
    return SegmentFigures(
        name=row["name"],
        label=as_text(row, "label") or Text.of(row["name"]),
        description=as_text(row, "description"),
        action=as_text(row, "action"),
        rule=row["rule"] or "",
        group=row["group"] or "",
        size=None if hidden else size,
        share=None if hidden else as_float(row["share"]),
        revenue_share=None if hidden or revenue is None or not totals.revenue else revenue / totals.revenue,
        hidden=hidden,
        stands_for=(value[1], value[2]) if value else None,
    )


def _overlap(first: str, second: str, count: int, size: int, threshold: int) -> OverlapFigures:
    hidden = 0 < count < threshold
    return OverlapFigures(
        first=first,
        second=second,
        count=None if hidden else count,
        share=None if hidden else count / size,
        hidden=hidden,
    )


def _revenue(engine: Engine) -> dict[str, float]:
    """The revenue of each segment's members."""
    profiles = engine.table("profiles")
    if SPEND not in profiles.columns or not engine.has("segments"):
        return {}
    spend = profiles.select("customer_no", spend=profiles[SPEND])
    joined = engine.table("segments").join(spend, "customer_no")
    summed = joined.group_by("segment").aggregate(spend=joined.spend.sum())
    return {row["segment"]: float(row["spend"] or 0) for row in engine.rows(summed, step="figures: segment revenue")}
