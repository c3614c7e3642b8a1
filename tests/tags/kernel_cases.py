"""Facts and aggregates on which every engine and the tag kernel must agree."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from huaxiang.core.tables import Column, Table
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.tags.atoms import Pass, passes
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.spec import AggregateTag

ZONE = "Asia/Shanghai"

COLUMNS = {
    "occurred_at": Type.MOMENT,
    "amount": Type.MONEY,
    "rating": Type.NUMBER,
    "quantity": Type.INTEGER,
    "category": Type.TEXT,
    "paid": Type.BOOLEAN,
    "due": Type.DATE,
}

SALES = Table(
    "sales",
    Text("Sales", "销售"),
    tuple(Column(name, type_, Text(name, name)) for name, type_ in COLUMNS.items()),
    time="occurred_at",
)

EXPRESSIONS = (
    "count()",
    "count(rating)",
    "count(distinct category)",
    "distinct(quantity)",
    "distinct(amount)",
    "distinct(rating)",
    "sum(amount)",
    "sum(quantity)",
    "sum(rating)",
    "sum(amount) filter (where paid)",
    "avg(amount)",
    "mean(rating)",
    "min(amount)",
    "max(amount)",
    "min(category)",
    "max(category)",
    "min(due)",
    "max(occurred_at)",
    "median(rating)",
    "median(amount)",
    "quantile(quantity, 0.9)",
    "quantile(amount, 0.25)",
    "stddev(rating)",
    "stddev(amount)",
    "share(paid)",
    "share(category = 'a')",
    "any(amount > 50)",
    "first(category)",
    "last(category)",
    "last(amount)",
    "last(occurred_at)",
    "first(due)",
    "last(paid)",
    "nth(category, 2)",
    "nth(occurred_at, 3)",
    "top(category)",
    "top(category, by => sum(amount))",
    "top(quantity)",
    "top(hour(occurred_at))",
    "top(weekday(occurred_at))",
    "top(paid)",
    "top_list(category, 2)",
    "top_list(category, 3, by => sum(amount))",
    "top_share(category)",
    "top_share(category, by => sum(quantity))",
    "entropy(category)",
    "entropy(quantity)",
    "active_days()",
    "typical_interval()",
    "interval_variation()",
    "longest_streak()",
    "longest_streak('week')",
    "longest_streak('month')",
    "current_streak('day')",
    "current_streak('week')",
    "current_streak('month')",
    "within(sum(amount), 30d, 7d)",
    "trend(count(), 7d, 30d)",
    "days_since(last(occurred_at))",
    "days_between(first(occurred_at), last(occurred_at))",
    "sum(amount) / nullif(count(), 0)",
    "sum(amount - quantity) filter (where category in ('a', 'b') and not paid)",
    "count() filter (where hour(occurred_at) >= 22 or hour(occurred_at) < 5)",
    "max(length(category))",
)
"""Each aggregate of the function table occurs at least once."""


def tag(value: str, name: str = "t", **more: Any) -> AggregateTag:
    """An aggregate tag over `sales`."""
    return AggregateTag(name=name, dimension="d", category="c", table="sales", value=value, **more)


def pass_of(*specs: AggregateTag) -> tuple[Pass, dict[str, Any]]:
    """The pass that computes the tags, and the compiled tags by name."""
    compiled = compile_tags({spec.name: spec for spec in specs}, {"sales": SALES})
    (run,) = passes(compiled)
    return run, {each.name: each for each in compiled}


def facts(rows: list[dict[str, Any]]) -> pa.Table:
    """Facts as the facts step writes them: sorted, with `_day` and `_seq`. `rows` hold `customer_no` and columns."""
    from zoneinfo import ZoneInfo

    ordered = sorted(enumerate(rows), key=lambda pair: (pair[1]["customer_no"], pair[1]["occurred_at"], pair[0]))
    full = []
    for sequence, (_, row) in enumerate(ordered):
        day = row["occurred_at"].astimezone(ZoneInfo(ZONE)).date()
        full.append({**dict.fromkeys(COLUMNS), **row, "_day": day, "_seq": sequence})
    kinds = {
        Type.MOMENT: pa.timestamp("us", "UTC"), Type.MONEY: pa.decimal128(18, 2), Type.NUMBER: pa.float64(),
        Type.INTEGER: pa.int64(), Type.TEXT: pa.string(), Type.BOOLEAN: pa.bool_(), Type.DATE: pa.date32(),
    }  # fmt: skip
    fields = [pa.field(name, kinds[type_]) for name, type_ in COLUMNS.items()]
    schema = pa.schema([("customer_no", pa.int64()), *fields, ("_day", pa.date32()), ("_seq", pa.int64())])
    return pa.Table.from_pylist(full, schema=schema)


def at(text: str) -> datetime:
    """A moment on the clocks of the test's time zone."""
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def money(text: str) -> Decimal:
    """An exact amount."""
    return Decimal(text)
