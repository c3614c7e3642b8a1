"""People act as what they are: personas differ, churners stop, promotion has the effect that the truth names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from huaxiang.simulate import catalogue, marketing, personas
from huaxiang.simulate.behaviour import COMPLETED, Events, make_events
from huaxiang.simulate.people import People, make_people
from huaxiang.simulate.purchases import Orders, make_orders
from huaxiang.simulate.world import DAY, END, START, Block

NAMES = [persona.name for persona in personas.PERSONAS]
World = tuple[People, marketing.Assignments, Orders, Events]


@pytest.fixture(scope="module")
def world() -> World:
    block = Block(seed=11, number=0, size=12_000)
    people = make_people(block)
    assigned = marketing.assign(block, people)
    orders = make_orders(block, people, assigned)
    return people, assigned, orders, make_events(block, people, orders)


def by_persona(persona: np.ndarray, values: np.ndarray) -> dict[str, float]:
    sums = np.bincount(persona, values, len(NAMES)) / np.bincount(persona, minlength=len(NAMES))
    return dict(zip(NAMES, sums, strict=True))


def test_the_persona_shares_add_up() -> None:
    assert sum(persona.share for persona in personas.PERSONAS) == pytest.approx(1)


def test_bargain_hunters_wait_for_discounts_and_professionals_do_not(world: World) -> None:
    people, _, orders, _ = world
    who = people.persona[orders.person[orders.line_order]]
    discounted = by_persona(who, orders.line_discount > 0)
    assert max(discounted, key=discounted.__getitem__) == "bargain_hunter"
    assert discounted["bargain_hunter"] > 0.65
    assert discounted["premium_professional"] < 0.25


def test_professionals_buy_premium_brands(world: World) -> None:
    people, _, orders, _ = world
    who = people.persona[orders.person[orders.line_order]]
    premium = by_persona(who, catalogue.BRAND_OF[orders.line_product] >= 4)
    assert premium["premium_professional"] > 0.6
    assert premium["bargain_hunter"] < 0.1


@pytest.mark.parametrize(
    ("persona", "category"),
    [("sports_enthusiast", "运动户外"), ("new_parent", "母婴"), ("silver", "健康保健"), ("student", "图书文娱")],
)
def test_each_persona_has_a_category_of_its_own(world: World, persona: str, category: str) -> None:
    people, _, orders, _ = world
    bought = catalogue.CATEGORY_OF[orders.line_product] == personas.CATEGORIES.index(category)
    shares = by_persona(people.persona[orders.person[orders.line_order]], bought)
    assert max(shares, key=shares.__getitem__) == persona


def test_nobody_buys_for_a_baby_long_before_it_is_born(world: World) -> None:
    people, _, orders, _ = world
    person, at = orders.person[orders.line_order], orders.at[orders.line_order]
    baby = catalogue.CATEGORY_OF[orders.line_product] == personas.BABY
    born = people.baby[person]
    assert np.all((born > 0) & (at > born - 80 * DAY) | ~baby)


def test_night_owls_come_by_night_and_silver_people_in_the_morning(world: World) -> None:
    people, _, _, events = world
    hour = events.at % DAY // 3600
    night = (hour >= 22) | (hour < 4)
    owls = people.night[events.person]
    assert night[owls].mean() > 0.6
    assert night[~owls].mean() < 0.3
    morning = by_persona(people.persona[events.person], (hour >= 5) & (hour < 12))
    assert morning["silver"] > 0.55
    assert morning["student"] < 0.15


def test_silver_people_buy_in_stores_and_students_in_the_app(world: World) -> None:
    people, _, orders, _ = world
    store = by_persona(people.persona[orders.person], orders.channel == personas.STORE)
    assert store["silver"] > 0.6
    assert store["student"] < 0.25


def test_whoever_churned_never_orders_again(world: World) -> None:
    people, _, orders, _ = world
    assert 0.1 < people.churned.mean() < 0.3
    assert np.all(orders.at < people.churn[orders.person])


def test_everything_happens_in_the_simulated_time_and_after_joining(world: World) -> None:
    people, assigned, orders, events = world
    for at in (orders.at, assigned.at):
        assert at.min() >= START
        assert at.max() < END
    assert np.all(orders.at > people.joined[orders.person])
    assert events.at.max() < END


def test_each_online_order_is_completed_in_a_visit(world: World) -> None:
    _, _, orders, events = world
    online = (orders.channel != personas.STORE) & (orders.status != 0)
    assert (events.kind == COMPLETED).sum() == online.sum()


def test_an_order_is_the_sum_of_its_lines(world: World) -> None:
    _, _, orders, _ = world
    total = np.zeros(len(orders))
    np.add.at(total, orders.line_order, orders.line_amount)
    assert np.allclose(total, orders.amount)
    assert orders.amount.min() > 0


def effect(people: People, assigned: marketing.Assignments, uplift: str) -> float:
    """The difference that the touch makes to the share of those who order, held-out people being the measure."""
    of_class = people.uplift[assigned.person] == personas.UPLIFT.index(uplift)
    active = assigned.at < people.churn[assigned.person] - 8 * DAY
    treated, held = (assigned.ordered[of_class & active & arm].mean() for arm in (assigned.treated, ~assigned.treated))
    return float(treated - held)


def test_promotion_helps_the_persuadable_only_and_hurts_sleeping_dogs(world: World) -> None:
    people, assigned, _, _ = world
    assert effect(people, assigned, "persuadable") > 0.2
    assert abs(effect(people, assigned, "sure_thing")) < 0.06
    assert abs(effect(people, assigned, "lost_cause")) < 0.03
    assert effect(people, assigned, "sleeping_dog") < -0.1


def test_who_is_touched_is_drawn_at_random(world: World) -> None:
    people, assigned, _, _ = world
    treated = by_persona(people.persona[assigned.person], assigned.treated)
    assert all(share == pytest.approx(0.8, abs=0.04) for share in treated.values())


def test_nobody_is_touched_after_unsubscribing(world: World) -> None:
    _, assigned, _, _ = world
    left = {p: c for p, c, u in zip(assigned.person, assigned.campaign, assigned.unsubscribed, strict=True) if u}
    assert left
    assert all(c <= left.get(p, 99) for p, c in zip(assigned.person, assigned.campaign, strict=True))


def test_the_words_of_a_review_agree_with_its_rating(folder: Path) -> None:
    rows = [
        json.loads(line)
        for path in (folder / "data/reviews").iterdir()
        for line in path.read_text("utf-8").splitlines()
    ]
    good = ("非常满意", "超级喜欢", "强烈推荐", "太惊喜了", "完全超出预期", "回购好几次了")
    bad = ("太失望了", "非常差", "后悔买了", "千万别买", "气死我了", "质量太差")
    ratings = {row["rating"] for row in rows}
    assert ratings == {1, 2, 3, 4, 5}
    for row in rows:
        if row["content"]:
            assert row["content"].startswith(good) == (row["rating"] == 5)
            assert row["content"].startswith(bad) == (row["rating"] == 1)


def test_the_truth_counts_the_orders_that_were_made(folder: Path) -> None:
    people = pq.read_table(folder / "truth" / "people.parquet")
    paid = np.array(people["paid_orders"].to_pylist())
    assert 2 < paid.mean() < 4
    assert (paid == 0).mean() > 0.15
    assert paid.max() > 12
    churned = np.array(people["churned"].to_pylist())
    assert churned.sum() == people.num_rows - people["churned_at"].null_count
