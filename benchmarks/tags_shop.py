"""200 tags of the kinds that a retail library has, and simulated facts in the shape of a large shop, for benchmarks.

Per customer 20 events and 10 order lines over 400 days, skewed: some customers have a hundred times as many as others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from huaxiang.core.moments import Moment
from huaxiang.facts.files import GROUP
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.spec import AnyTag

AS_OF = Moment.parse("2026-01-01", "UTC")
DAYS = (7, 30, 90, 365)
NAMES = (
    "Product Viewed", "Products Searched", "Product Added", "Product Removed", "Wishlist Product Added",
    "Checkout Started", "Order Completed", "Application Opened", "Email Opened", "Email Link Clicked",
    "Push Notification Tapped", "Support Opened",
)  # fmt: skip
CHANNELS = ("web", "app", "store", "call", "marketplace", "partner")
CATEGORIES = tuple(f"cat_{i:02d}" for i in range(10))


def catalogue(tags: int = 200) -> dict[str, Any]:
    """So many tags; beyond the first 200 the same over windows of other lengths."""
    read = TypeAdapter(AnyTag)
    specs = {}
    for number, (table, value, where, days) in enumerate(_definitions(tags)):
        name = f"t{number}"
        definition = {"name": name, "dimension": "d", "category": "c", "table": table, "value": value}
        definition |= {"where": where} if where else {}
        definition |= {"window": f"{days}d"} if days else {}
        specs[name] = read.validate_python(definition)
    return specs


def _definitions(tags: int) -> Iterator[tuple[str, str, str | None, int | None]]:
    first = [*_over_events(), *_over_lines()]
    more = ((table, value, where, 14 * (turn + 1) + 1 + (days or 400) // 30) for turn in range(999)
            for table, value, where, days in first)  # fmt: skip
    yield from (*first[:tags], *(next(more) for _ in range(tags - len(first))))


def _over_events() -> Iterator[tuple[str, str, str | None, int | None]]:
    for days in DAYS:
        yield "events", "count()", None, days
        yield from (("events", "count()", f"name = '{name}'", days) for name in NAMES)
        yield "events", "active_days()", None, days
        yield "events", "top(category)", "name = 'Product Viewed'", days
        yield "events", "distinct(category)", None, days
    for days in (30, 365):
        yield from (("events", "count()", f"name = 'Product Viewed' and category = '{c}'", days) for c in CATEGORIES)
        yield from (("events", f"share(device = '{device}')", None, days) for device in ("app", "mobile", "desktop"))
    yield from (("events", "last(occurred_at)", f"name = '{name}'", None) for name in NAMES)
    yield from (("events", f"last({column})", None, None) for column in ("device", "city", "category"))


def _over_lines() -> Iterator[tuple[str, str, str | None, int | None]]:
    for days in DAYS:
        for value in ("count()", "distinct(order_id)", "sum(amount)", "avg(amount)", "sum(discount)", "max(amount)"):
            yield "order_lines", value, None, days
    for days in (30, 365):
        yield from (("order_lines", "sum(amount)", f"channel = '{channel}'", days) for channel in CHANNELS)
        yield from (("order_lines", "sum(amount)", f"category = '{category}'", days) for category in CATEGORIES)
    yield from (("order_lines", f"top({column})", None, 365) for column in ("category", "brand", "channel"))
    yield "order_lines", "top(category, by => sum(amount))", None, 365
    yield from (("order_lines", f"last({column})", None, None) for column in ("category", "brand", "product_id"))
    yield from (("order_lines", f"distinct({column})", None, 365) for column in ("category", "brand", "product_id"))


BLOCK = 1_000_000
"""Customers of a file of facts. Those of later files did what those of the first did: making facts takes its time."""


def write_facts(engine: DuckEngine, folder: Path, customers: int) -> None:
    """Facts as a build stores them, sorted by customer and time."""

    def uniform(salt: int) -> str:
        return f"((hash('{salt}.' || i) >> 11)::DOUBLE / 9007199254740992.0)"

    moment = f"timestamptz '2026-01-01 00:00:00+00' - to_seconds((400 * 86400 * {uniform(1)})::BIGINT)"
    owner = f"floor({min(customers, BLOCK)} * {uniform(2)} * {uniform(3)})::BIGINT"
    choose = "[{}][1 + floor({} * {})::INT]"
    names = choose.format(", ".join(f"'{name}'" for name in NAMES), len(NAMES), uniform(4))
    channels = choose.format(", ".join(f"'{channel}'" for channel in CHANNELS), len(CHANNELS), uniform(5))
    category = f"'cat_' || lpad(floor(40 * {uniform(6)})::INT::VARCHAR, 2, '0')"
    tables = {
        "events": (20, f"{names} AS name, {category} AS category, 'city_' || floor(400 * {uniform(7)})::INT AS city, "
                       f"['app', 'mobile', 'desktop', 'tablet'][1 + floor(4 * {uniform(8)})::INT] AS device"),
        "order_lines": (10, f"'o' || (i // 2) AS order_id, (5 + 300 * {uniform(9)})::DECIMAL(18, 2) AS amount, "
                            f"(20 * {uniform(10)})::DECIMAL(18, 2) AS discount, {category} AS category, "
                            f"'brand_' || floor(500 * {uniform(11)})::INT AS brand, "
                            f"'p' || floor(100000 * {uniform(12)})::INT AS product_id, {channels} AS channel"),
    }  # fmt: skip
    for table, (each, columns) in tables.items():
        (folder / table).mkdir()
        made = f"""SELECT {owner} AS customer_no, {moment} AS occurred_at, {columns},
                     row_number() OVER () AS _seq, date_trunc('day', occurred_at)::DATE AS _day
                   FROM range({min(customers, BLOCK) * each}) t(i) ORDER BY customer_no, occurred_at"""
        for block, first in enumerate(range(0, customers, BLOCK)):
            file, copied = (folder / table / f"part-0-{number:05}.parquet" for number in (block, 0))
            again = f"SELECT * REPLACE (customer_no + {first} AS customer_no) FROM '{copied}'"
            engine.backend.con.execute(
                f"COPY ({again if block else made}) TO '{file}' (COMPRESSION zstd, ROW_GROUP_SIZE {GROUP})"
            )
