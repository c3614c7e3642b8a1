"""Figures over time: what each month brought."""

from __future__ import annotations

from huaxiang.core.engine import Engine
from huaxiang.service.figures.model import MonthFigures
from huaxiang.service.figures.values import as_float

MONTHS = 24
"""Months that are shown, up to the last one with an order."""


def gather_months(engine: Engine, threshold: int) -> tuple[MonthFigures, ...]:
    """Paid orders by civil month, the oldest first; months with too few buyers are withheld."""
    if not engine.has("fact_orders"):
        return ()
    orders = engine.table("fact_orders")
    if not {"_day", "paid", "amount", "order_id", "customer_no"} <= set(orders.columns):
        return ()
    paid = orders.filter(orders.paid)
    monthly = paid.select("customer_no", "order_id", "amount", month=paid["_day"].strftime("%Y-%m"))
    counted = monthly.group_by("month").aggregate(
        revenue=monthly.amount.sum(), orders=monthly.order_id.nunique(), buyers=monthly.customer_no.nunique()
    )
    rows = sorted(engine.rows(counted, step="figures: months"), key=lambda row: row["month"])
    return tuple(
        MonthFigures(
            month=row["month"],
            revenue=None if row["buyers"] < threshold else as_float(row["revenue"]),
            orders=None if row["buyers"] < threshold else int(row["orders"]),
            buyers=None if row["buyers"] < threshold else int(row["buyers"]),
            hidden=row["buyers"] < threshold,
        )
        for row in rows[-MONTHS:]
    )
