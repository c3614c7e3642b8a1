"""What the simulated people do in the app, the mini-program and on the web: visits, each a walk down the funnel.

Names of events follow the Segment e-commerce specification.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from huaxiang.simulate import catalogue, personas
from huaxiang.simulate.columns import Array, chance, choose, within_groups
from huaxiang.simulate.people import People
from huaxiang.simulate.personas import STORE
from huaxiang.simulate.purchases import Orders, available, draw_category, draw_hours, draw_product
from huaxiang.simulate.world import DAY, END, FESTIVE, NORMAL, START, Block, draw_days

EVENTS = (
    "Application Opened", "Page Viewed", "Products Searched", "Product Viewed", "Product Added to Wishlist",
    "Product Shared", "Product Added", "Checkout Started", "Order Completed",
)  # fmt: skip
OPENED, PAGE, SEARCHED, VIEWED, WISHED, SHARED, ADDED, CHECKOUT, COMPLETED = range(len(EVENTS))

# How a search is worded: only the thing, the thing with a wish, the thing of a brand. {0}: the thing, {1}: a brand.
WORDINGS = ("{0}", "{0}推荐", "便宜 {0}", "{0} 优惠", "高端{0}", "{1}{0}")
_PLAIN, _CHEAP, _DEAR, _BRAND = (0, 1), (2, 3), 4, 5
QUERIES = tuple(
    wording.format(sub, brand)
    for category in personas.CATEGORIES
    for sub, _ in catalogue.SUBCATEGORIES[category]
    for brand in catalogue.BRANDS[category]
    for wording in WORDINGS
)


@dataclass(frozen=True)
class Events:
    """The events of a block in order of time. `product`, `query` and `order` are -1 where there is none.

    `session` numbers the visits of the block; `identified` says whether the shop knew by then who it was.
    """

    person: Array
    at: Array
    received: Array
    kind: Array
    session: Array
    channel: Array
    campaign: Array
    product: Array
    query: Array
    duration: Array
    value: Array
    second: Array
    desktop: Array

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class _Visits:
    person: Array
    at: Array
    channel: Array
    campaign: Array
    product: Array
    amount: Array
    buys: Array


def make_events(block: Block, people: People, orders: Orders) -> Events:
    """Every event of the people of a block."""
    random = block.random("events")
    visits = _visits(random, people, orders)
    n = len(visits.person)
    counts = _funnel(random, people, visits)
    kind = np.repeat(np.tile(np.arange(len(EVENTS)), n), counts.ravel())
    sizes = counts.sum(axis=1)
    visit = np.repeat(np.arange(n), sizes)
    step = within_groups(sizes)
    at = visits.at[visit] - (sizes[visit] - 1 - step) * 35 + random.integers(-12, 13, len(visit))
    at = np.where(kind == COMPLETED, visits.at[visit], np.minimum(at, visits.at[visit] - 1))
    late = chance(random, 0.02, len(visit)) & (visits.channel[visit] == 1)
    received = at + np.where(late, random.random(len(visit)) * 2 * DAY, 1 + 4 * random.random(len(visit))).astype(
        np.int64
    )
    product = _products(random, visits, visit, kind)
    second = chance(random, 0.35, n)
    desktop = chance(random, 0.6, n)
    order = np.lexsort((step, visit, at))
    columns = Events(
        person=visits.person[visit],
        at=at,
        received=received,
        kind=kind,
        session=visit,
        channel=visits.channel[visit],
        campaign=visits.campaign[visit],
        product=product,
        query=np.where(kind == SEARCHED, _queries(random, people, visits)[visit], -1),
        duration=np.where(np.isin(kind, (PAGE, VIEWED)), np.rint(random.gamma(1.6, 18, len(visit))), np.nan),
        value=np.where(kind == COMPLETED, visits.amount[visit], np.nan),
        second=second[visit],
        desktop=desktop[visit],
    )
    return Events(**{name: values[order] for name, values in vars(columns).items()})


def _visits(random: np.random.Generator, people: People, orders: Orders) -> _Visits:
    """Visits that end with an order made online, and visits just to look. Some still look after they stop buying."""
    online = np.flatnonzero((orders.channel != STORE) & (orders.status != 0))
    since, until = np.maximum(people.joined, START), np.minimum(people.churn, END)
    has = people.app | people.mini | people.web
    rate = personas.column("visits")[people.persona] * np.sqrt(people.activity) * has
    count = random.poisson(rate * np.maximum(until - since, 0) / (365 * DAY))
    person = np.repeat(np.arange(len(people)), count)
    last_looks = np.flatnonzero(people.churned & has & chance(random, 0.15, len(people)))
    since = np.concatenate((since[person], people.churn[last_looks]))
    until = np.concatenate((until[person], np.full(len(last_looks), END)))
    person = np.concatenate((person, last_looks))
    channel = choose(random, personas.CHANNEL_SHARES, people.persona[person])
    channel = available(people, np.where(channel == STORE, 2, channel), person)
    calendar = chance(random, people.sensitivity[person] * 0.6, len(person))
    day = np.where(calendar, draw_days(random, FESTIVE, since, until), draw_days(random, NORMAL, since, until))
    at = day + draw_hours(random, people, person, channel)
    kept = (at > since) & (at < until)
    person, at, channel = person[kept], at[kept], channel[kept]
    looked_at = draw_product(random, people, person, draw_category(random, people, person, at))
    none = np.full(len(person), -1)
    return _Visits(
        person=np.concatenate((orders.person[online], person)),
        at=np.concatenate((orders.at[online], at)),
        channel=np.concatenate((orders.channel[online], channel)),
        campaign=np.concatenate((orders.campaign[online], none)),
        product=np.concatenate((orders.line_product[orders.first_line[online]], looked_at)),
        amount=np.concatenate((orders.amount[online], np.zeros(len(person)))),
        buys=np.concatenate((np.ones(len(online), bool), np.zeros(len(person), bool))),
    )


def _funnel(random: np.random.Generator, people: People, visits: _Visits) -> Array:
    """How often each event happens in each visit."""
    n = len(visits.person)
    buys, app = visits.buys, visits.channel == 1
    counts = np.zeros((n, len(EVENTS)), np.int64)
    counts[:, OPENED] = app
    counts[:, PAGE] = ~app + (random.random(n) < 0.25)
    counts[:, SEARCHED] = random.random(n) < np.where(buys, 0.35, 0.3)
    counts[:, VIEWED] = 1 + random.poisson(np.where(buys, 0.5, 0.6))
    counts[:, WISHED] = random.random(n) < np.where(buys, 0.05, 0.12)
    counts[:, SHARED] = random.random(n) < 0.03 + 0.05 * (people.persona[visits.person] == 1)
    counts[:, ADDED] = buys | (random.random(n) < 0.16)
    counts[:, CHECKOUT] = np.where(buys, random.random(n) < 0.8, (random.random(n) < 0.3) & (counts[:, ADDED] > 0))
    counts[:, COMPLETED] = buys
    return counts


def _products(random: np.random.Generator, visits: _Visits, visit: Array, kind: Array) -> Array:
    """The product of each event: that of the visit, now and then another of its category while looking around."""
    product = visits.product[visit]
    per_category = catalogue.COUNT // len(personas.CATEGORIES)
    other = catalogue.CATEGORY_OF[product] * per_category + random.integers(0, per_category, len(visit))
    around = (kind == VIEWED) & (random.random(len(visit)) < 0.35)
    shows = np.isin(kind, (VIEWED, WISHED, SHARED, ADDED))
    return np.where(shows, np.where(around, other, product), -1)


def _queries(random: np.random.Generator, people: People, visits: _Visits) -> Array:
    """What each visit searches for: the thing it is about, worded as the person would."""
    n = len(visits.person)
    plain = random.integers(_PLAIN[0], _PLAIN[1] + 1, n)
    cheap = chance(random, people.sensitivity[visits.person] * 0.6, n)
    dear = (people.quality[visits.person] == 2) & chance(random, 0.35, n)
    brand = people.loyal[visits.person] & chance(random, 0.6, n)
    wording = np.select(
        [brand, dear, cheap],
        [np.full(n, _BRAND), np.full(n, _DEAR), random.integers(_CHEAP[0], _CHEAP[1] + 1, n)],
        plain,
    )
    place = catalogue.SUBCATEGORY_OF[visits.product] * catalogue.PER_CATEGORY + catalogue.BRAND_OF[visits.product]
    return place * len(WORDINGS) + wording
