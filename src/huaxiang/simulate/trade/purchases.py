"""What the people of a trade buy, look at and say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from huaxiang.simulate.columns import (
    Array,
    cents,
    chance,
    choose,
    cumulative,
    digits,
    join,
    moment_text,
    money,
    pick,
    text_of,
    within_groups,
)
from huaxiang.simulate.personas import hours_of
from huaxiang.simulate.trade.customers import Customers
from huaxiang.simulate.trade.spec import CustomerGroupSpec, TradeSpec
from huaxiang.simulate.world import DAY, END, FESTIVE, NORMAL, START, Block, draw_days

_COUPON = 0.88
"""What a coupon leaves of the price."""


@dataclass(frozen=True)
class Goods:
    """What is for sale, category after category, from cheap to dear within each.

    `table` is the file; `first` and `size` say where a category's products are.
    """

    table: pa.Table
    price: Array
    first: Array
    size: Array


def make_goods(block: Block, spec: TradeSpec) -> Goods:
    """The products, with prices that rise by equal factors within a category."""
    random = block.random("goods")
    size = np.array([each.products for each in spec.categories.values()])
    category = np.repeat(np.arange(len(size)), size)
    rank = within_groups(size) / np.maximum(size[category] - 1, 1)
    low, high = np.array([each.price for each in spec.categories.values()])[category].T
    price = cents(low * (high / low) ** rank)
    brands, kinds = [], []
    for name, each in spec.categories.items():
        drawn = choose(random, cumulative(list(each.brands.values())), each.products)
        brands += [list(each.brands)[code] for code in drawn]
        kinds += [(each.kinds or (name,))[number % max(len(each.kinds), 1)] for number in range(each.products)]
    product_id = join("P", digits(np.arange(len(category)) + 1, 5))
    words = pa.array(brands), pa.array(kinds)
    table = pa.table(
        {
            "product_id": product_id,
            "product_name": join(*words, " ", text_of(within_groups(size) + 1)),
            "category": pick(list(spec.categories), category),
            "subcategory": words[1],
            "brand": words[0],
            "price": money(price),
            "premium": pick(["false", "true"], (rank >= 0.75).astype(np.int8)),
        }
    )
    return Goods(table, price, np.cumsum(size) - size, size)


def purchases(block: Block, customers: Customers, spec: TradeSpec, goods: Goods) -> dict[str, pa.Table]:
    """The files `orders`, `order_lines` and `reviews`."""
    random, groups = block.random("purchases"), list(spec.groups.values())
    person, at = _occasions(random, customers, groups, "orders")
    group = customers.group[person]
    order_id = join("O", digits(np.arange(len(person)) + 1, 9))
    lines = 1 + random.poisson(np.array([each.basket - 1 for each in groups])[group])
    order = np.repeat(np.arange(len(person)), lines)
    product = _products(random, groups, spec, goods, group[order])
    coupon = chance(random, np.array([each.coupons for each in groups])[group], len(person))
    paid = cents(goods.price[product] * np.where(coupon[order], _COUPON, 1.0))
    discount = goods.price[product] - paid
    status = choose(random, cumulative([92, 4, 4]), len(person))
    orders = pa.table(
        {
            "order_id": order_id,
            "member_no": customers.member_no.take(person),
            "occurred_at": moment_text(at),
            "status": pick(["completed", "cancelled", "returned"], status),
            "amount": money(np.bincount(order, paid, len(person))),
            "discount": money(np.bincount(order, discount, len(person))),
            "items": text_of(lines),
            "channel": _channels(random, groups, group),
            "coupon": pick([None, "COUPON"], coupon.astype(np.int8)),
        }
    )
    order_lines = pa.table(
        {
            "order_id": order_id.take(order),
            "product_id": goods.table["product_id"].combine_chunks().take(product),
            "quantity": pa.repeat("1", len(order)),
            "amount": money(paid),
            "discount": money(discount),
        }
    )
    told = np.flatnonzero(chance(random, 0.15, len(order)) & (status[order] == 0) & (at[order] < END - 10 * DAY))
    stars = np.array([each.rating for each in groups])[group[order[told]]]
    reviews = pa.table(
        {
            "review_id": join("R", digits(np.arange(len(told)) + 1, 9)),
            "member_no": customers.member_no.take(person[order[told]]),
            "occurred_at": moment_text(at[order[told]] + 5 * DAY),
            "product_id": order_lines["product_id"].combine_chunks().take(told),
            "rating": text_of(np.clip(np.rint(random.normal(stars, 0.7)), 1, 5).astype(np.int64)),
        }
    )
    return {"orders": orders, "order_lines": order_lines, "reviews": reviews}


def visits(block: Block, customers: Customers, spec: TradeSpec, goods: Goods) -> pa.Table:
    """The file `events`: what people look at in the app, and what they put into the cart."""
    random, groups = block.random("visits"), list(spec.groups.values())
    person, at = _occasions(random, customers, groups, "visits")
    in_app = customers.has_app[person]
    person, at = person[in_app], at[in_app]
    views = 1 + random.poisson(2.0, len(person))
    visit = np.repeat(np.arange(len(person)), views)
    group = customers.group[person[visit]]
    cart = chance(random, 0.12, len(visit))
    moment = at[visit] + within_groups(views) * 40
    return pa.table(
        {
            "event_id": join("E", digits(np.arange(len(visit)) + 1, 10)),
            "device_id": customers.device_id.take(person[visit]),
            "occurred_at": moment_text(np.minimum(moment, END - 1)),
            "name": pick(["Product Viewed", "Product Added"], cart.astype(np.int8)),
            "session_id": join("S", digits(visit + 1, 9)),
            "channel": pa.repeat("app", len(visit)),
            "product_id": goods.table["product_id"]
            .combine_chunks()
            .take(_products(random, groups, spec, goods, group)),
            "duration": text_of(np.rint(random.gamma(2.0, 12.0, len(visit))).astype(np.int64) + 1),
        }
    )


def _occasions(
    random: np.random.Generator, customers: Customers, groups: list[CustomerGroupSpec], what: str
) -> tuple[Array, Array]:
    """Who comes when, in order of time."""
    since, until = np.maximum(customers.joined, START), np.minimum(customers.left, END)
    rate = np.array([getattr(each, what) for each in groups])[customers.group] * customers.activity
    count = random.poisson(rate * np.maximum(until - since, 0) / (365 * DAY))
    person = np.repeat(np.arange(len(customers)), count)
    group = customers.group[person]
    festive = chance(random, np.array([each.festive for each in groups])[group], len(person))
    days = [draw_days(random, calendar, since[person], until[person]) for calendar in (NORMAL, FESTIVE)]
    hour = choose(random, cumulative([hours_of(each.hours) for each in groups]), group)
    at = np.where(festive, days[1], days[0]) + hour * 3600 + (random.random(len(person)) * 3600).astype(np.int64)
    kept = (at > since[person]) & (at < until[person])
    order = np.argsort(at[kept], kind="stable")
    return person[kept][order], at[kept][order]


def _products(
    random: np.random.Generator, groups: list[CustomerGroupSpec], spec: TradeSpec, goods: Goods, group: Array
) -> Array:
    """A product for each: a category that the group likes, at a price that it pays."""
    likes = cumulative([[each.categories.get(name, 0.0) for name in spec.categories] for each in groups])
    category = choose(random, likes, group)
    usual = np.array([each.price for each in groups])[group]
    rank = random.beta(1 + 5 * usual, 1 + 5 * (1 - usual))
    return goods.first[category] + np.minimum(rank * goods.size[category], goods.size[category] - 1).astype(np.int64)


def _channels(random: np.random.Generator, groups: list[CustomerGroupSpec], group: Array) -> pa.Array:
    names = list(dict.fromkeys(name for each in groups for name in each.channels))
    shares = cumulative([[each.channels.get(name, 0.0) for name in names] for each in groups])
    return pick(names, choose(random, shares, group))
