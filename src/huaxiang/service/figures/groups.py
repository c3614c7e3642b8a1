"""Figures about groups of customers: RFM, value tiers, lifecycle, and how revenue is spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.service.figures.catalog import ValueLabels
from huaxiang.service.figures.model import NOTHING, CellFigures, GroupFigures, SegmentFigures
from huaxiang.service.figures.values import as_float

SPEND = "spend_total"
ORDERS = "order_count"
STEPS = 50
"""Steps of the concentration curve, fewer where a step would hold fewer customers than the threshold."""

_Part = TypeVar("_Part", GroupFigures, CellFigures)


@dataclass(frozen=True)
class Totals:
    """What all customers sum to. `revenue` and `orders` are None where no order tags were built."""

    customers: int
    revenue: float | None
    orders: int | None
    buyers: int | None


def gather_totals(engine: Engine) -> Totals:
    """Customers, revenue and orders of the whole snapshot."""
    profiles = engine.table("profiles")
    wanted: dict[str, Any] = {"customers": profiles.count()}
    if SPEND in profiles.columns:
        wanted["revenue"] = profiles[SPEND].sum()
    if ORDERS in profiles.columns:
        wanted["orders"] = profiles[ORDERS].sum()
        wanted["buyers"] = (profiles[ORDERS] > 0).sum()
    row = engine.rows(profiles.aggregate(**wanted), step="figures: totals")[0]
    orders = row.get("orders")
    return Totals(
        customers=int(row["customers"]),
        revenue=as_float(row.get("revenue")) if row["customers"] else None,
        orders=None if orders is None else int(orders),
        buyers=None if orders is None else int(row["buyers"] or 0),
    )


def actions_of_values(segments: Iterable[SegmentFigures]) -> dict[tuple[str, str], Text]:
    """Tag and value → the action of the segment whose rule is just that value."""
    return {segment.stands_for: segment.action for segment in segments if segment.stands_for and segment.action}


def gather_groups(
    engine: Engine,
    tag: str,
    totals: Totals,
    values: ValueLabels,
    actions: Mapping[tuple[str, str], Text],
    threshold: int,
) -> tuple[GroupFigures, ...]:
    """The groups that the values of `tag` make, in the order of its definition; empty where the tag is not built.

    Customers without a value are the group without a name, at the end.
    """
    profiles = engine.table("profiles")
    if tag not in profiles.columns or not totals.customers:
        return ()
    wanted: dict[str, Any] = {"count": profiles.count()}
    if SPEND in profiles.columns:
        wanted["revenue"] = profiles[SPEND].sum()
    counted = engine.rows(profiles.group_by(tag).aggregate(**wanted), step=f"figures: {tag}")
    labels = values.get(tag, {})
    found = {"" if row[tag] is None else str(row[tag]): row for row in counted}
    order = [
        *labels,
        *sorted(name for name in found if name and name not in labels),
        *([""] if "" in found else []),
    ]
    groups = [
        GroupFigures(
            name=name,
            label=labels.get(name, Text.of(name) if name else NOTHING),
            count=int(found[name]["count"]) if name in found else 0,
            share=int(found[name]["count"]) / totals.customers if name in found else 0.0,
            revenue=(as_float(found[name].get("revenue")) or 0.0) if name in found else 0.0,
            revenue_share=_part(as_float(found[name].get("revenue")) if name in found else 0.0, totals.revenue),
            action=actions.get((tag, name), NOTHING),
        )
        for name in order
    ]
    return protect(groups, threshold)


def gather_cells(engine: Engine, totals: Totals, threshold: int) -> tuple[CellFigures, ...]:
    """Customers and their mean spend by recency and frequency score."""
    profiles = engine.table("profiles")
    if not {"recency_score", "frequency_score", SPEND} <= set(profiles.columns) or not totals.customers:
        return ()
    scored = profiles.filter(profiles.recency_score.notnull() & profiles.frequency_score.notnull())
    counted = scored.group_by("recency_score", "frequency_score").aggregate(
        count=scored.count(), spend=scored[SPEND].mean()
    )
    rows = engine.rows(counted, step="figures: rfm map")
    cells = [
        CellFigures(
            recency=int(row["recency_score"]),
            frequency=int(row["frequency_score"]),
            count=int(row["count"]),
            share=int(row["count"]) / totals.customers,
            spend=as_float(row["spend"]),
        )
        for row in sorted(rows, key=lambda row: (row["recency_score"], row["frequency_score"]))
    ]
    return protect(cells, threshold)


def gather_concentration(engine: Engine, totals: Totals, threshold: int) -> tuple[tuple[float, float], ...]:
    """The curve of concentration: how much of the revenue the best customers bring."""
    import ibis

    steps = min(STEPS, totals.customers // max(threshold, 1))
    if not totals.revenue or totals.revenue <= 0 or steps < 2:
        return ()
    profiles = engine.table("profiles")
    spend = profiles[SPEND].fill_null(0)
    best_first = [spend.desc(), profiles.customer_no]
    stepped = profiles.select(step=ibis.ntile(steps).over(order_by=best_first), spend=spend)
    summed = stepped.group_by("step").aggregate(count=stepped.count(), spend=stepped.spend.sum()).order_by("step")
    curve = [(0.0, 0.0)]
    customers, revenue = 0, 0.0
    for row in engine.rows(summed, step="figures: concentration"):
        customers += int(row["count"])
        revenue += float(row["spend"] or 0)
        curve.append((customers / totals.customers, revenue / totals.revenue))
    return tuple(curve)


def protect(groups: Iterable[_Part], threshold: int) -> tuple[_Part, ...]:
    """Withhold groups of fewer than `threshold` customers, and never just one.

    The groups are parts of a whole that is shown: a single withheld part could be found by subtraction, so the next
    smallest is withheld with it (complementary suppression). Empty groups are about nobody and stay.
    """
    parts = list(groups)
    small = {index for index, part in enumerate(parts) if part.count and part.count < threshold}
    if len(small) == 1:
        others = [(part.count or 0, index) for index, part in enumerate(parts) if part.count and index not in small]
        if others:
            small.add(min(others)[1])
    return tuple(part.withheld() if index in small else part for index, part in enumerate(parts))


def _part(value: float | None, whole: float | None) -> float | None:
    return None if value is None or not whole else value / whole
