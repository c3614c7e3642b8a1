"""What places, hours and the nearest sibling add to the text of a portrait, word for word, and when they don't."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.aspects.beside import beside
from huaxiang.personas.aspects.deeds import Facts
from huaxiang.personas.aspects.hours import ACTIVE_TIME, PARTS, part_rows, read_activity
from huaxiang.personas.aspects.preferences import PreferenceRow
from huaxiang.personas.aspects.siblings import SiblingRow
from huaxiang.personas.crowds import Population
from huaxiang.personas.scales import Scale
from huaxiang.personas.tags import Tag
from huaxiang.store.engine import DuckEngine

HOME = Tag("home", Type.TEXT, Text("Province", "省份"), definition=json.dumps({"attribute": "province"}))
TASTE = Tag("taste", Type.TEXT, Text("Favourite category", "最爱品类"))
APP = Tag("app", Type.BOOLEAN, Text("Uses the app", "使用 App"))
OWL = Tag("owl", Type.BOOLEAN, Text("Night owl", "夜猫子"), definition=json.dumps({"where": "hour(occurred_at) < 6"}))
SCALES = {
    tag.name: Scale(tag, "values", values, tuple(Text(value, value) for value in values))
    for tag, values in ((HOME, ("广东", "上海")), (TASTE, ("baby", "food")), (APP, ("true", "false")))
}
LATE = PARTS[6]


def preference(facet: str, value: str, share: float, others: float, *, reach: float = 0.02, **more) -> PreferenceRow:
    difference = share - others
    row = {"significant": True, "volume": 0.3, "base_volume": 0.2, "hidden": False} | more
    label = LATE.label if facet == ACTIVE_TIME else Text(value, value)
    return PreferenceRow(
        "p", facet, value, label, 0, 100, share, others, 150.0, difference, difference - reach, difference + reach,
        0.001, **row,
    )  # fmt: skip


def sibling(
    tag: str | None,
    value: str,
    *,
    distance: float = 0.1,
    reach: float = 0.05,
    shares: tuple[float, float] = (0.63, 0.2),
) -> SiblingRow:
    gap = shares[0] - shares[1]
    return SiblingRow(
        "p", "loyal", Text("Loyal customers", "忠诚客户"), distance, 1, tag, value, Text(value.title(), "母婴"),
        *shares, gap, gap - reach, gap + reach, Text("", ""),
    )  # fmt: skip


def test_the_sentences_word_for_word():
    rows = [preference("province", "广东", 0.312, 0.18), preference(ACTIVE_TIME, "late_evening", 0.63, 0.301)]
    place, time, nearest = beside(rows, [sibling("taste", "baby")], SCALES, [])
    assert place == Text(
        "More of them live in Guangdong: 31.2%, against 18.0% of the others.",
        "居住在广东的比例更高：31.2%，其他客户为 18.0%。",
    )
    assert time == Text(
        "They are active late in the evening (22:00–24:00) more often: 63.0% of those who are active at all, "
        "against 30.1%.",
        "深夜（22 点至 24 点）更为活跃：有活动的成员中 63.0% 在此时段出现，其他客户为 30.1%。",
    )
    assert nearest == Text(
        "Most like them is “Loyal customers”; what tells the two apart best: Favourite category – Baby "
        "(63.0%, there 20.0%).",
        "最相近的画像是“忠诚客户”，两者最主要的差别：最爱品类为母婴（63.0%，对方 20.0%）。",
    )
    (told,) = beside([], [sibling("app", "true")], SCALES, [])
    assert "best: Uses the app (63.0%, there 20.0%)." in told.en
    assert "差别：使用 App（63.0%，对方 20.0%）。" in told.zh


def test_of_several_places_the_one_that_stands_out_most_is_told():
    rows = [preference("province", "上海", 0.3, 0.2), preference("province", "广东", 0.4, 0.2)]
    (told,) = beside(rows, [], SCALES, [])
    assert "Guangdong" in told.en


@pytest.mark.parametrize(
    "row",
    [
        preference("province", "广东", 0.312, 0.18, significant=False),
        preference("province", "广东", 0.312, 0.18, reach=0.1),  # significant, but its size is uncertain
        preference("province", "广东", 0.25, 0.20),  # certain, but small: h = .12
        preference("province", "广东", 0.18, 0.312),  # what they lack
        preference("province", "(other)", 0.312, 0.18),
        preference("province", "广东", 0.312, 0.18, hidden=True, significant=False),
        # They do more of everything: no more of it than of all their activity lies in the evening.
        preference(ACTIVE_TIME, "late_evening", 0.63, 0.301, volume=0.21),
        preference("category", "baby", 0.63, 0.301),
    ],
)
def test_what_is_small_or_uncertain_or_about_something_else_is_not_told(row: PreferenceRow):
    assert beside([row], [], SCALES, []) == ()


@pytest.mark.parametrize(
    "row", [sibling(None, ""), sibling("taste", "baby", distance=0.6), sibling("taste", "baby", reach=0.3)]
)
def test_a_sibling_that_is_far_off_or_not_surely_different_is_not_told(row: SiblingRow):
    assert beside([], [row], SCALES, []) == ()


def test_of_a_sibling_is_told_what_members_have_rather_than_what_they_lack():
    lacking, having = sibling("taste", "baby", shares=(0.0, 0.6)), sibling("app", "true", shares=(0.6, 0.3))
    (told,) = beside([], [lacking, having], SCALES, [])
    assert "Uses the app (60.0%, there 30.0%)" in told.en
    (told,) = beside([], [lacking], SCALES, [])
    assert "Baby (0%, there 60.0%)" in told.en


def test_two_who_are_opposites_in_one_thing_are_not_called_alike():
    opposite = sibling("taste", "baby", shares=(0.0, 0.97))
    assert beside([], [sibling("app", "true"), opposite], SCALES, []) == ()


def test_what_the_rule_or_the_text_says_already_is_not_told_again():
    rows = [preference("province", "广东", 0.312, 0.18), preference(ACTIVE_TIME, "late_evening", 0.63, 0.301)]
    assert len(beside(rows, [], SCALES, [])) == 2
    assert len(beside(rows, [], SCALES, [HOME])) == 1
    assert beside(rows, [], SCALES, [HOME, OWL]) == ()


def test_a_persona_that_does_not_speak_of_a_tag_is_told_nothing_by_it():
    rows = [preference("province", "广东", 0.312, 0.18)]
    assert beside(rows, [sibling("taste", "baby")], {"app": SCALES["app"]}, []) == ()


def test_a_customer_counts_once_in_a_part_of_the_day():
    """Customer 0 comes at 22:30 and 23:30 on a Monday, 1 at 22:30 on a Saturday, 2 on Monday at noon."""
    times = [(0, 1, 22), (0, 1, 23), (1, 6, 22), (2, 1, 12)]
    events = {
        "customer_no": pa.array([n for n, *_ in times], pa.int64()),
        "occurred_at": pa.array([datetime(2026, 6, day, hour, 30, tzinfo=UTC) for _, day, hour in times]),
    }
    with DuckEngine.open(threads=1) as engine:
        engine.create("profiles", pa.table({"customer_no": [0, 1, 2, 3]}), step="test")
        engine.create("fact_events", pa.table(events), step="test")
        named = pa.table({"segment": ["some", "some"], "customer_no": [0, 2]})
        engine.create("segments", named, step="test")
        population = Population(engine, None)
        crowds = [population.crowd("some"), population.crowd()]
        hourly = read_activity(Facts(engine, population, Moment.parse("2026-06-30", "UTC")), crowds)
        assert hourly is not None
        assert len([step for step in engine.log if "hours" in step.step]) == 1, "blocks wait until somebody asks"
        blocks = hourly.wider()
    assert blocks.deeds[0].customers.tolist() == [1, 1, 0], "also in a block of three hours"
    inside, base = hourly.deeds
    rows = {row.value: (row, mine, theirs) for row, mine, theirs in part_rows(hourly, inside, base, inside, 1)}
    late, mine, theirs = rows["late_evening"]
    assert (late.count, late.share, late.base_share) == (1, 1 / 2, 2 / 3)
    assert (round(mine, 3), theirs) == (0.667, 0.75)
    assert rows["weekend"][0].base_share == 1 / 3
