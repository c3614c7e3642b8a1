"""Figures about segments: their size, their part of revenue, and how they overlap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.small_groups import exactly
from huaxiang.core.text import Text
from huaxiang.segments.algebra import FLAGS, Overlap, overlaps
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
    """Every pair of segments that are big enough to be shown, with the members they share.

    None of a snapshot that is older than its table of flags.
    """
    names = [segment.name for segment in segments if segment.size and not segment.hidden]
    if len(names) < 2 or not engine.has(FLAGS):
        return ()
    found = {
        pair: figures
        for row in overlaps(engine, engine.table(FLAGS), names, exactly(threshold))
        for pair, figures in _both_ways(row)
    }
    return tuple(found[first, second] for first in names for second in names if first != second)


def _both_ways(row: Overlap) -> Iterator[tuple[tuple[str, str], OverlapFigures]]:
    """An overlap as seen from either of the two segments."""
    for first, second, share in ((row.a, row.b, row.share_of_a), (row.b, row.a, row.share_of_b)):
        yield (first, second), OverlapFigures(first, second, count=row.both, share=share, hidden=row.hidden)


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


def _revenue(engine: Engine) -> dict[str, float]:
    """The revenue of each segment's members."""
    profiles = engine.table("profiles")
    if SPEND not in profiles.columns or not engine.has("segments"):
        return {}
    spend = profiles.select("customer_no", spend=profiles[SPEND])
    joined = engine.table("segments").join(spend, "customer_no")
    summed = joined.group_by("segment").aggregate(spend=joined.spend.sum())
    return {row["segment"]: float(row["spend"] or 0) for row in engine.rows(summed, step="figures: segment revenue")}
