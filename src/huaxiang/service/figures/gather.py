"""Gather the figures of a snapshot from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.service.figures.catalog import gather_dimensions, gather_left_out, read_value_labels
from huaxiang.service.figures.clusters import gather_clusters
from huaxiang.service.figures.data import gather_feeds, gather_metrics, gather_reasons
from huaxiang.service.figures.groups import (
    actions_of_values,
    gather_cells,
    gather_concentration,
    gather_groups,
    gather_totals,
)
from huaxiang.service.figures.identity import gather_identity
from huaxiang.service.figures.model import BuildFigures, Figures, Reliability
from huaxiang.service.figures.personas import gather_personas
from huaxiang.service.figures.quality import gather_quality
from huaxiang.service.figures.segments import gather_overlaps, gather_segments
from huaxiang.service.figures.trend import gather_months
from huaxiang.service.figures.trust import gather_trust

THRESHOLD = 10
"""Smaller groups are not shown."""


def gather(
    engine: Engine,
    *,
    build: Mapping[str, Any],
    title: Text,
    name: str = "",
    currency: str = "CNY",
    threshold: int = THRESHOLD,
    source_labels: Mapping[str, Text] | None = None,
    table_labels: Mapping[str, Text] | None = None,
    identifier_labels: Mapping[str, Text] | None = None,
    measured: Mapping[str, Reliability] | None = None,
) -> Figures:
    """Read everything that a report shows of one snapshot.

    `build` is the snapshot's `build.json`. `threshold` is the size below which a group's figures are withheld.
    `source_labels`, `table_labels` and `identifier_labels` name sources, a project's own tables and identifier types
    in both languages; what has no label is shown by its name. `measured` are results of backtests by tag.
    """
    labels = {name: table.label for name, table in STANDARD.items()} | dict(table_labels or {})
    sources = dict(source_labels or {})
    values = read_value_labels(engine)
    totals = gather_totals(engine)
    segments = gather_segments(engine, totals, threshold)
    actions = actions_of_values(segments)
    trust, validations = gather_trust(engine)
    personas = gather_personas(engine, values, segments, trust, threshold)
    return Figures(
        name=name,
        title=title,
        currency=currency,
        threshold=threshold,
        build=_build_figures(build, totals.customers, labels),
        revenue=totals.revenue,
        orders=totals.orders,
        buyers=totals.buyers,
        feeds=gather_feeds(engine, sources, labels),
        metrics=gather_metrics(engine),
        reasons=gather_reasons(engine, sources, labels),
        quality=gather_quality(engine, sources, labels, zone=str(build.get("time_zone") or ""), threshold=threshold),
        identity=gather_identity(engine, dict(identifier_labels or {}), threshold=threshold),
        dimensions=gather_dimensions(engine, measured or {}),
        left_out=gather_left_out(engine),
        concentration=gather_concentration(engine, totals, threshold),
        months=gather_months(engine, threshold),
        rfm_cells=gather_cells(engine, totals, threshold),
        rfm_groups=gather_groups(engine, "rfm_group", totals, values, actions, threshold),
        value_tiers=gather_groups(engine, "value_tier", totals, values, actions, threshold),
        lifecycle=gather_groups(engine, "lifecycle_stage", totals, values, actions, threshold),
        segments=segments,
        overlaps=gather_overlaps(engine, segments, threshold),
        personas=personas,
        validations=validations,
        clusters=gather_clusters(engine, threshold),
    )


def _build_figures(build: Mapping[str, Any], customers: int, labels: Mapping[str, Text]) -> BuildFigures:
    facts = build.get("facts") or {}
    return BuildFigures(
        snapshot=str(build.get("snapshot", "")),
        as_of=str(build.get("as_of", "")),
        time_zone=str(build.get("time_zone", "")),
        customers=customers,
        records=int(build.get("records") or 0),
        facts=tuple((labels.get(table, Text.of(table)), int(count)) for table, count in facts.items()),
        seconds=build.get("seconds"),
        peak_memory_mib=build.get("peak_memory_mib"),
        steps=tuple((str(step["step"]), float(step["seconds"])) for step in build.get("steps") or ()),
        version=str(build.get("version", "")),
    )
