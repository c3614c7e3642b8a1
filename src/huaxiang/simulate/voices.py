"""What the simulated people say: reviews that agree with their rating, service tickets, survey answers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from huaxiang.simulate import catalogue, phrases
from huaxiang.simulate.columns import (
    Array,
    blank,
    chance,
    choose,
    cumulative,
    digits,
    join,
    moment_text,
    pick,
    scattered,
    text_of,
    where,
)
from huaxiang.simulate.people import People
from huaxiang.simulate.personas import BABY
from huaxiang.simulate.purchases import COMPLETED, FADING, Orders
from huaxiang.simulate.world import DAY, END, START, Block, draw_days

_SURVEYED = (END // DAY - 45, END // DAY - 15)
_TICKETS_PRIME, _REVIEWS_PRIME = 99_999_989, 9_999_999_967


def reviews_table(block: Block, people: People, orders: Orders) -> pa.Table:
    """Reviews of the first product of an order, a few days after it."""
    random = block.random("reviews")
    at = orders.at + ((3 + 9 * random.random(len(orders))) * DAY).astype(np.int64)
    written = (orders.status == COMPLETED) & (at < END) & chance(random, 0.2, len(orders))
    chosen = np.flatnonzero(written)
    n, person, at = len(chosen), orders.person[chosen], at[chosen]
    product = orders.line_product[orders.first_line[chosen]]
    mood = 5.6 * people.satisfaction[person] + 0.4 + random.normal(0, 0.8, n)
    mood -= 1.6 * (at > people.churn[person] - FADING) + 1.2 * (orders.returned_at[chosen] > 0)
    rating = np.clip(np.rint(mood), 1, 5).astype(np.int64)
    side = np.searchsorted([3, 4], rating, side="right")
    category = catalogue.CATEGORY_OF[product]
    thing = catalogue.SUBCATEGORY_NAMES
    about = [
        sentence.format(name)
        for row in phrases.ABOUT
        for c, sentence in enumerate(row)
        for name in thing[4 * c : 4 * c + 4]
    ]
    place = side * len(thing) + catalogue.SUBCATEGORY_OF[product]
    opening = _of_rows(phrases.OPENINGS, rating - 1, random.integers(0, 6, n))
    service = _of_rows(phrases.SERVICE, side, random.integers(0, 6, n))
    full = join(opening, "，", pick(about, place), "，", service, "。")
    short = join(opening, "，", pick(about, place), "。")
    mini = orders.channel[chosen] == 2
    at_person = pa.array(person)
    return pa.table(
        {
            "review_id": join("R", digits(scattered(block.first * 20 + np.arange(n), 3, _REVIEWS_PRIME), 10)),
            "phone": blank(people.given_phone.take(at_person), mini),
            "openid": blank(people.openid.take(at_person), ~mini),
            "product_id": pick(catalogue.IDS, product),
            "rating": pa.array(rating),
            "content": blank(where(chance(random, 0.7, n), full, short), chance(random, 0.06, n)),
            "likes": pa.array(random.poisson(1.2, n)),
            "pictures": pa.array(random.poisson(0.4 + 0.6 * (people.persona[person] == 1) + 0.3 * (category == BABY))),
            "created_at": moment_text(at),
        }
    )


def tickets_table(block: Block, people: People, orders: Orders) -> pa.Table:
    """Talks with the service: more from the unhappy, complaints above all before people leave."""
    random = block.random("tickets")
    leaving = orders.at > people.churn[orders.person] - FADING
    rate = 0.03 + 0.05 * (people.satisfaction[orders.person] < 0.5) + 0.16 * leaving + 0.25 * (orders.returned_at > 0)
    at = orders.at + (random.random(len(orders)) * 4 * DAY + 1_800).astype(np.int64)
    chosen = np.flatnonzero(chance(random, rate, len(orders)) & (at < END))
    n, person, at = len(chosen), orders.person[chosen], at[chosen]
    angry = leaving[chosen] | (people.satisfaction[person] < 0.45)
    kind = choose(random, cumulative([[58, 12, 20, 10], [15, 60, 22, 3]]), angry.astype(np.int64))
    kind = np.where(orders.returned_at[chosen] > 0, 2, kind)
    topic = random.integers(0, 5, n)
    response = np.rint(random.gamma(1.2, 25, n) + 1).astype(np.int64)
    solved = at + response * 60 + (random.gamma(1.5, 8, n) * 3600).astype(np.int64)
    open_still = (solved >= END) | chance(random, 0.03, n)
    score = np.clip(np.rint(1.4 + 4 * people.satisfaction[person] - 1.2 * (kind == 1) - response / 120), 1, 5)
    said = _of_rows(phrases.TICKET_TEXTS, kind, random.integers(0, 3, n)).to_pylist()
    topics = _of_rows(phrases.TICKET_TOPICS, kind, topic)
    return pa.table(
        {
            "ticket_no": join("T", digits(scattered(block.first * 8 + np.arange(n), 7, _TICKETS_PRIME), 8)),
            "phone": people.given_phone.take(pa.array(person)),
            "opened_at": moment_text(at),
            "resolved_at": blank(moment_text(solved), open_still),
            "type": pick(phrases.TICKET_TYPES, kind),
            "topic": topics,
            "channel": pick(["电话", "在线客服", "微信"], choose(random, cumulative([35, 45, 20]), n)),
            "priority": pick(["普通", "紧急"], ((kind == 1) & chance(random, 0.5, n)).astype(np.int8)),
            "first_response_minutes": pa.array(response),
            "satisfaction": blank(text_of(score.astype(np.int64)), open_still | chance(random, 0.4, n)),
            "status": pick(["已解决", "处理中"], open_still.astype(np.int8)),
            "content": pa.array([text.format(topic) for text, topic in zip(said, topics.to_pylist(), strict=True)]),
        }
    )


def answers_table(block: Block, people: People) -> pa.Table:
    """One survey in the last weeks: whether people recommend the shop, are satisfied, what they look for and wish."""
    random = block.random("answers")
    asked = np.flatnonzero(chance(random, np.where(people.churned, 0.015, 0.09), len(people)))
    n = len(asked)
    at = random.integers(*_SURVEYED, n) * DAY + random.integers(8 * 3600, 22 * 3600, n)
    mood = people.satisfaction[asked]
    recommend = np.clip(np.rint(12 * mood + random.normal(0, 1.2, n)), 0, 10).astype(np.int64)
    satisfied = np.clip(np.rint(5.4 * mood + random.normal(0, 0.6, n)), 1, 5).astype(np.int64)
    sensitive = people.sensitivity[asked]
    matters = np.column_stack(
        (0.05 + 3 * sensitive**2, np.full(n, 0.5), 0.1 + 1.2 * (people.quality[asked] == 2), np.full(n, 0.3),
         0.05 + (people.persona[asked] == 1))
    )  # fmt: skip
    matters = choose(random, cumulative(matters), np.arange(n))
    wishes = np.column_stack(
        (0.1 + 2 * sensitive**2, 0.2 + (people.persona[asked] == 1), np.full(n, 0.3), np.full(n, 0.3), np.full(n, 0.2),
         2.0 * (people.baby[asked] > 0), 1.5 * (people.persona[asked] == 4))
    )  # fmt: skip
    wishes = choose(random, cumulative(wishes), np.arange(n))
    response = join("A", digits(scattered(people.index[asked], 5, 99_999_989), 8))
    none = pa.nulls(n, pa.string())
    questions = (
        (phrases.RECOMMEND, text_of(recommend), text_of(recommend)),
        (phrases.SATISFIED, pick(phrases.SATISFIED_ANSWERS, satisfied - 1), text_of(satisfied)),
        (phrases.PRICE, pick(phrases.PRICE_ANSWERS, matters), none),
        (phrases.WISH, pick(phrases.WISH_ANSWERS, wishes), none),
    )
    phone, moment = people.given_phone.take(pa.array(asked)), moment_text(at)
    parts = [
        pa.table(
            {
                "response_id": response,
                "survey": pick([phrases.SURVEY], np.zeros(n, np.int8)),
                "phone": phone,
                "answered_at": moment,
                "question": pick([question], np.zeros(n, np.int8)),
                "answer": answer,
                "score": score,
            }
        )
        for question, answer, score in questions
    ]
    return pa.concat_tables(parts).sort_by([("answered_at", "ascending"), ("response_id", "ascending")])


def relations_table(block: Block, people: People) -> pa.Table:
    """Who knows whom: families that share a phone, friends who invited or shared, all within the block."""
    random = block.random("relations")
    n = len(people)
    family = np.flatnonzero((people.household >= 0) & (people.household != people.index))
    friends = np.flatnonzero(chance(random, 0.22 + 0.15 * (people.persona == 1), n))
    other = random.integers(0, n, len(friends))
    friends, other = friends[friends != other], other[friends != other]
    since = np.maximum(np.maximum(people.joined[friends], people.joined[other]), START)
    at = draw_days(random, 0, since, np.full(len(friends), END)) + 12 * 3600 + random.integers(0, 36_000, len(friends))
    kind = choose(random, cumulative([30, 45, 25]), len(friends))
    one = np.concatenate((family, friends))
    two = np.concatenate((family - 1, other))
    added = np.maximum(people.joined[family], START) + random.integers(9 * 3600, 40 * DAY, len(family))
    moments = np.concatenate((added, at))
    kept = moments < END
    kinds = np.concatenate((np.full(len(family), 3), kind))
    return pa.table(
        {
            "phone": people.phone.take(pa.array(one)),
            "other_phone": people.phone.take(pa.array(two)),
            "kind": pick(["referral", "share", "friend", "family"], kinds),
            "since": moment_text(moments),
            "strength": pa.array(np.round(random.random(len(one)) * 0.8 + 0.2, 2)),
        }
    ).filter(pa.array(kept))


def consents_table(block: Block, people: People, left: Array, left_at: Array) -> pa.Table:
    """Consents given when people joined, and those taken back: by the persons `left` at `left_at`."""
    random = block.random("consents")
    asked = np.flatnonzero(people.joined >= START)
    n = len(asked)
    personal = chance(random, 0.6, n)
    purpose = np.concatenate((np.zeros(n, np.int64), np.ones(n, np.int64), np.zeros(len(left), np.int64)))
    granted = np.concatenate((chance(random, 0.9, n), personal, np.zeros(len(left), bool)))
    at = np.concatenate((people.joined[asked], people.joined[asked] + 2, left_at))
    person = np.concatenate((asked, asked, left))
    return pa.table(
        {
            "phone": people.given_phone.take(pa.array(person)),
            "purpose": pick(["marketing", "personalisation"], purpose),
            "status": pick(["withdrawn", "granted"], granted.astype(np.int8)),
            "channel": pick(["app", "mini", "store"], choose(random, cumulative([45, 35, 20]), len(person))),
            "at": moment_text(np.minimum(at, END - 1)),
        }
    )


def _of_rows(rows: tuple[tuple[str, ...], ...], row: Array, column: Array) -> pa.Array:
    """The phrase in each row and column of a regular table of phrases."""
    width = len(rows[0])
    return pick([phrase for phrases_ in rows for phrase in phrases_], row * width + column)
