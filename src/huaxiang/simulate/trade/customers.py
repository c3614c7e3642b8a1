"""The people of a trade: who they are, which of its systems know them, and what they answer when they are asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from huaxiang.simulate import places
from huaxiang.simulate.columns import (
    Array,
    chance,
    choose,
    cumulative,
    day_text,
    digits,
    hexadecimal,
    join,
    mixed,
    moment_text,
    pick,
    scattered,
)
from huaxiang.simulate.names import SURNAMES
from huaxiang.simulate.people import PHONES, birthdays, full_names, given_names, phone_numbers
from huaxiang.simulate.trade.spec import CustomerGroupSpec, TradeSpec
from huaxiang.simulate.world import DAY, DAYS, END, NEVER, OPENING, START, Block

_MEMBERS = 99_999_989
_SURNAMES = cumulative([weight for _, _, weight in SURNAMES])


@dataclass(frozen=True)
class Customers:
    """One entry per person in every array; times are civil seconds. `group` counts the groups of the description."""

    group: Array
    joined: Array
    left: Array
    activity: Array
    member_no: pa.Array
    phone: pa.Array
    has_app: Array
    device_id: pa.Array
    table: pa.Table
    """The file of customers: what the trade knows of each."""

    def __len__(self) -> int:
        return len(self.group)


def make_customers(block: Block, groups: list[CustomerGroupSpec]) -> Customers:
    """Everybody."""
    random, n = block.random("customers"), block.size
    index = np.arange(n, dtype=np.int64)
    group = choose(random, cumulative([each.share for each in groups]), n)
    female = chance(random, np.array([each.female for each in groups])[group], n)
    city = choose(random, places.CITY_SHARES, choose(random, cumulative([each.tiers for each in groups]), group))
    low, mode, high = np.array([each.ages for each in groups])[group].T
    age = np.floor(random.triangular(low, mode, high + 0.99))
    joined, left = _lifetimes(random, np.array([each.leaving for each in groups])[group])
    member_no = join("M", digits(scattered(index, block.seed, _MEMBERS), 8))
    phone = phone_numbers(scattered(index, block.seed, PHONES))
    table = pa.table(
        {
            "member_no": member_no,
            "phone": phone,
            "name": full_names(choose(random, _SURNAMES, n), given_names(random, female)),
            "gender": pick(["男", "女"], female.astype(np.int8)),
            "birthday": day_text(birthdays(random, age).astype(np.int64) * DAY),
            "province": pick([each.province for each in places.CITIES], city),
            "city": pick([each.name for each in places.CITIES], city),
            "occupation": _occupations(random, groups, group),
            "registered_at": moment_text(joined),
        }
    )
    device_id = hexadecimal(mixed(index, block.seed + 15))
    has_app, activity = chance(random, 0.85, n), random.gamma(1.5, 1 / 1.5, n)
    return Customers(group, joined, left, activity, member_no, phone, has_app, device_id, table)


def app_users(customers: Customers) -> pa.Table:
    """Who has the app: the phone number they logged in with, and their device."""
    has = np.flatnonzero(customers.has_app)
    return pa.table({"phone": customers.phone.take(has), "device_id": customers.device_id.take(has)})


def answers(block: Block, customers: Customers, spec: TradeSpec) -> pa.Table:
    """What people said: a row per person and question that was answered."""
    random, groups = block.random("answers"), list(spec.groups.values())
    parts = []
    for name, question in spec.questions.items():
        for number, group in enumerate(groups):
            said = group.answers.get(name)
            asked = np.flatnonzero((customers.group == number) & chance(random, question.share, len(customers)))
            if said is None or not len(asked):
                continue
            at = np.maximum(customers.joined[asked], START) + 3600
            chosen = choose(random, cumulative(list(said.values())), len(asked))
            parts.append(
                {
                    "member_no": customers.member_no.take(asked),
                    "occurred_at": moment_text(np.minimum(at, END - 60)),
                    "survey": pa.repeat(question.survey, len(asked)),
                    "question": pa.repeat(name, len(asked)),
                    "answer": pick(list(said), chosen),
                }
            )
    names = ("member_no", "occurred_at", "survey", "question", "answer")
    empty = pa.table({name: pa.array([], pa.string()) for name in names})
    return pa.concat_tables([empty, *map(pa.table, parts)])


def consents(block: Block, customers: Customers) -> pa.Table:
    """Who agreed to what when they joined."""
    random, purposes = block.random("consents"), ("marketing", "personalisation")
    parts = []
    for purpose in purposes:
        given = chance(random, 0.75, len(customers))
        parts.append(
            pa.table(
                {
                    "phone": customers.phone,
                    "occurred_at": moment_text(customers.joined + 60),
                    "purpose": pa.repeat(purpose, len(customers)),
                    "status": pick(["denied", "granted"], given.astype(np.int8)),
                }
            )
        )
    return pa.concat_tables(parts)


def _lifetimes(random: np.random.Generator, leaving: Array) -> tuple[Array, Array]:
    """When people join, most of them before the simulated time, and when they stop."""
    n = len(leaving)
    before = np.maximum(START - np.floor(random.exponential(400, n) + 1).astype(np.int64) * DAY, OPENING)
    during = START + np.floor(random.random(n) * (DAYS - 5)).astype(np.int64) * DAY
    joined = np.where(chance(random, 0.3, n), during, before) + (9 * 3600 + random.random(n) * 43_200).astype(np.int64)
    earliest = np.maximum(joined + 60 * DAY, START + 100 * DAY)
    stops = chance(random, leaving, n) & (earliest < END - 40 * DAY)
    at = earliest + (np.maximum(END - 40 * DAY - earliest, 0) * random.random(n)).astype(np.int64)
    return joined, np.where(stops, at, NEVER)


def _occupations(random: np.random.Generator, groups: list[CustomerGroupSpec], group: Array) -> pa.Array:
    """One of the group's occupations; none where it has none."""
    words: list[list[str | None]] = [list(each.occupations) or [None] for each in groups]
    starts = np.cumsum([0, *map(len, words)])[:-1]
    sizes = np.array([*map(len, words)])
    drawn = (random.random(len(group)) * sizes[group]).astype(np.int64)
    return pick([word for each in words for word in each], starts[group] + drawn)
