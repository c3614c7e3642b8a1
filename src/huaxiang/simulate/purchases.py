"""What the simulated people buy: orders with their lines, cancellations and returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from huaxiang.simulate import catalogue, personas
from huaxiang.simulate.columns import Array, cents, chance, choose, mixed, within_groups
from huaxiang.simulate.marketing import Assignments
from huaxiang.simulate.people import People
from huaxiang.simulate.personas import BABY, NIGHT_HOURS, STORE, STORE_HOURS
from huaxiang.simulate.world import DAY, END, FESTIVE, NORMAL, START, Block, draw_days

STATUSES = ("待付款", "已付款", "已发货", "已完成", "已取消")
PLACED, PAID, SHIPPED, COMPLETED, CANCELLED = range(5)
SALE = (PAID, SHIPPED, COMPLETED)
FADING = 60 * DAY
"""How long before they stop people already buy less and complain more."""


@dataclass(frozen=True)
class Orders:
    """The orders of a block in order of time, and their lines. `line_order` leads from a line to its order."""

    person: Array
    at: Array
    channel: Array
    campaign: Array
    status: Array
    amount: Array
    discount: Array
    shipping: Array
    items: Array
    returned_at: Array
    line_order: Array
    line_product: Array
    line_quantity: Array
    line_amount: Array
    line_discount: Array

    def __len__(self) -> int:
        return len(self.person)

    @property
    def sold(self) -> Array:
        """The orders that count."""
        return np.isin(self.status, SALE)

    @property
    def first_line(self) -> Array:
        """The first line of each order."""
        return np.flatnonzero(within_groups(np.bincount(self.line_order, minlength=len(self))) == 0)


def make_orders(block: Block, people: People, assigned: Assignments) -> Orders:
    """Everything the people of a block order."""
    random = block.random("orders")
    person, at, channel, campaign = _occasions(random, people, assigned)
    order = np.lexsort((person, at))
    person, at, channel, campaign = (values[order] for values in (person, at, channel, campaign))
    lines = make_lines(random, people, person, at, campaign >= 0)
    n = len(person)
    amount = cents(np.bincount(lines["line_order"], lines["line_amount"], n))
    recent = at > END - 4 * DAY
    drawn = random.random(n)
    status = np.select(
        [drawn < 0.045, drawn < 0.06, recent & (drawn < 0.5), recent], [CANCELLED, PLACED, PAID, SHIPPED], COMPLETED
    )
    unhappy = people.satisfaction[person] < 0.5
    returned_at = at + ((2 + 10 * random.random(n)) * DAY).astype(np.int64)
    returns = (status == COMPLETED) & chance(random, np.where(unhappy, 0.13, 0.04), n) & (returned_at < END)
    return Orders(
        person=person,
        at=at,
        channel=channel,
        campaign=campaign,
        status=status,
        amount=amount,
        discount=cents(np.bincount(lines["line_order"], lines["line_discount"], n)),
        shipping=np.where((channel == STORE) | (amount >= 99), 0.0, 8.0),
        items=np.bincount(lines["line_order"], lines["line_quantity"], n).astype(np.int64),
        returned_at=np.where(returns, returned_at, 0),
        **lines,
    )


def make_lines(
    random: np.random.Generator, people: People, person: Array, at: Array, coupon: Array
) -> dict[str, Array]:
    """The lines of orders: one more or less, mostly of one category, cheap or dear as the person likes it."""
    count = 1 + random.poisson(personas.column("basket")[people.persona[person]] - 1)
    line_order = np.repeat(np.arange(len(person)), count)
    who = person[line_order]
    main = draw_category(random, people, person, at)[line_order]
    other = draw_category(random, people, who, at[line_order])
    product = draw_product(random, people, who, np.where(chance(random, 0.6, len(who)), main, other))
    quantity = 1 + (random.random(len(who)) < 0.15) + (random.random(len(who)) < 0.05)
    full = catalogue.PRICE_OF[product] * quantity
    sensitivity = people.sensitivity[who]
    promoted = chance(random, 0.05 + 0.8 * sensitivity, len(who)) | coupon[line_order]
    rate = np.where(promoted, 0.08 + 0.22 * random.random(len(who)) + 0.12 * sensitivity, 0)
    discount = cents(full * rate)
    return {
        "line_order": line_order,
        "line_product": product,
        "line_quantity": quantity,
        "line_amount": cents(full - discount),
        "line_discount": discount,
    }


def draw_category(random: np.random.Generator, people: People, person: Array, at: Array) -> Array:
    """What each shops for: often the favourite; for a small child, from before its birth on, mostly things for it."""
    n = len(person)
    baby = people.baby[person]
    parent = (baby > 0) & (at > baby - 80 * DAY)
    usual = choose(random, personas.CATEGORY_SHARES, people.persona[person])
    wanted = np.where(chance(random, 0.4, n), people.favourite[person], usual)
    early = (wanted == BABY) & ~parent
    wanted = np.where(early, (person + 3) % len(personas.CATEGORIES), wanted)
    wanted = np.where(early & (wanted == BABY), 0, wanted)
    return np.where(parent & chance(random, 0.55, n), BABY, wanted)


def draw_product(random: np.random.Generator, people: People, person: Array, category: Array) -> Array:
    """A product of each category: of the usual brand for loyal people, of the usual quality for most."""
    n = len(person)
    usual = (mixed(people.index[person] * 16 + category, 5) % np.uint64(2)).astype(np.int64)
    usual = people.quality[person] * 2 + usual
    quality = choose(random, personas.QUALITY_SHARES, people.persona[person])
    drawn = quality * 2 + random.integers(0, 2, n)
    keeps = chance(random, np.where(people.loyal[person], 0.88, 0.12), n)
    sub = (catalogue.SUBS * random.random(n) ** 1.4).astype(np.int64)
    return catalogue.product(category, sub, np.where(keeps, usual, drawn), random.integers(0, catalogue.OPTIONS, n))


def draw_hours(random: np.random.Generator, people: People, person: Array, channel: Array) -> Array:
    """A second of the day for each: at the hours of the persona, by night for night owls, while the store is open."""
    owl = people.night[person] & chance(random, 0.75, len(person))
    rows = np.where(channel == STORE, STORE_HOURS, np.where(owl, NIGHT_HOURS, people.persona[person]))
    return choose(random, personas.HOURS, rows) * 3600 + (random.random(len(person)) * 3600).astype(np.int64)


def available(people: People, channel: Array, person: Array) -> Array:
    """The channel where the person has it, otherwise the nearest that they have; the store is always there."""
    app, mini, web = people.app[person], people.mini[person], people.web[person]
    fallback = np.select([app, mini, web], [1, 2, 3], STORE)
    has = np.select([channel == 1, channel == 2, channel == 3], [app, mini, web], True)
    return np.where(has, channel, fallback)


def _occasions(random: np.random.Generator, people: People, assigned: Assignments) -> tuple[Any, ...]:
    """Who orders when, where and because of which campaign (-1: none)."""
    since = np.maximum(people.joined, START)
    until = np.minimum(people.churn, END)
    rate = personas.column("orders")[people.persona] * people.activity
    count = random.poisson(rate * np.maximum(until - since, 0) / (365 * DAY))
    person = np.repeat(np.arange(len(people)), count)
    channel = available(people, choose(random, personas.CHANNEL_SHARES, people.persona[person]), person)
    festive = chance(random, np.clip(people.sensitivity[person] - 0.25, 0, 1), len(person))
    day = np.where(
        festive,
        draw_days(random, FESTIVE, since[person], until[person]),
        draw_days(random, NORMAL, since[person], until[person]),
    )
    at = day + draw_hours(random, people, person, channel)
    fading = (at > people.churn[person] - FADING) & chance(random, 0.5, len(person))
    kept = (at > since[person]) & (at < until[person]) & ~fading
    # Orders that follow a campaign, whether it was sent or not.
    caused = np.flatnonzero(assigned.ordered)
    answer = assigned.person[caused]
    online = available(people, np.full(len(caused), 1), answer)
    return (
        np.concatenate((person[kept], answer)),
        np.concatenate((at[kept], assigned.ordered_at[caused])),
        np.concatenate((channel[kept], online)),
        np.concatenate(
            (np.full(int(kept.sum()), -1), np.where(assigned.treated[caused], assigned.campaign[caused], -1))
        ),
    )
