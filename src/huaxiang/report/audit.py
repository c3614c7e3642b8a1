"""The audit as tables: one row per source, and per source one row per column with its measurements side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from huaxiang.core.text import Text
from huaxiang.report import formats
from huaxiang.report.texts import TEXTS
from huaxiang.service.figures import Figures
from huaxiang.service.figures.model import MetricFigures


@dataclass(frozen=True)
class Audit:
    """What the audit says of one source. `metrics` are the measurements that its columns have, in order of display."""

    label: Text
    rows: Text
    rejected: Text
    age: Text
    newest: Text
    metrics: tuple[str, ...]
    columns: tuple[tuple[str, tuple[Text, ...]], ...]


def _share(metric: MetricFigures) -> Text:
    return formats.percent(metric.value)


def _count(metric: MetricFigures) -> Text:
    return formats.number(metric.value)


def _bound(metric: MetricFigures) -> Text:
    return Text.of(metric.detail[:10]) if metric.detail else formats.number(metric.value, 2)


COLUMN_METRICS: dict[str, Callable[[MetricFigures], Text]] = {
    "completeness": _share,
    "validity": _share,
    "uniqueness": _share,
    "distinct": _count,
    "min": _bound,
    "max": _bound,
    "outliers": _share,
}
"""The measurements of a column in order of display, and how each is written."""


def audits(figures: Figures) -> list[Audit]:
    """The audit of each source, in the order in which sources were read."""
    labels = {feed.source: feed.source_label for feed in figures.feeds}
    sources = dict.fromkeys(metric.source for metric in figures.metrics)
    return [_audit(labels.get(source, Text.of(source)), source, figures) for source in sources]


def metric_label(metric: str) -> Text:
    """What a measurement is called."""
    return TEXTS.get(f"metric.{metric}") or Text.of(metric)


def _audit(label: Text, source: str, figures: Figures) -> Audit:
    own = [metric for metric in figures.metrics if metric.source == source]
    whole = {metric.metric: metric for metric in own if not metric.column}
    by_column: dict[str, dict[str, MetricFigures]] = {}
    for metric in own:
        if metric.column:
            by_column.setdefault(metric.column, {})[metric.metric] = metric
    present = tuple(name for name in COLUMN_METRICS if any(name in metrics for metrics in by_column.values()))
    fresh = whole.get("freshness")
    return Audit(
        label=label,
        rows=formats.number(whole["rows"].value if "rows" in whole else None),
        rejected=formats.number(whole["rejected"].value if "rejected" in whole else None),
        age=formats.number(fresh.value, 1) if fresh else formats.NONE,
        newest=formats.day(fresh.detail.rpartition(": ")[2]) if fresh else formats.NONE,
        metrics=present,
        columns=tuple(
            (column, tuple(_cell(metrics.get(name), name) for name in present)) for column, metrics in by_column.items()
        ),
    )


def _cell(metric: MetricFigures | None, name: str) -> Text:
    return COLUMN_METRICS[name](metric) if metric else Text("", "")
