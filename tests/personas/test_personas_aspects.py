"""Aspects of portraits through a real engine, against figures worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from shop import AS_OF, build

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.aspects.borders import border_rows
from huaxiang.personas.aspects.deeds import count_deeds, facts_of, read_pairs
from huaxiang.personas.aspects.history import Mark
from huaxiang.personas.aspects.run import Former
from huaxiang.personas.aspects.scores import percentile_ranks
from huaxiang.personas.aspects.siblings import distances
from huaxiang.personas.groups import Group
from huaxiang.personas.measure import Measures
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.statistics import Sample
from huaxiang.personas.tags import Tag
from huaxiang.personas.write import TABLES, write_personas
from huaxiang.store.engine import DuckEngine

NIGHT = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
"""A Monday in UTC: Tuesday, half past six, in Shanghai."""


def facts(engine: DuckEngine) -> None:
    """Fans come on Tuesday mornings, the others on Wednesday mornings, two of them at other times, one too early."""
    rows = [(n, NIGHT if n < 20 else NIGHT + timedelta(days=1), "app" if n < 10 else "web") for n in range(60)]
    rows += [(0, NIGHT, "app"), (21, NIGHT + timedelta(hours=5), "app"), (22, NIGHT + timedelta(hours=6), "app")]
    rows += [(1, NIGHT - timedelta(days=400), "app")]
    rows += [(2, datetime(2026, 6, 30, tzinfo=UTC), "app")]
    events = {
        "customer_no": pa.array([n for n, _, _ in rows], pa.int64()),
        "occurred_at": pa.array([at for _, at, _ in rows], pa.timestamp("us", "UTC")),
        "channel": [channel for *_, channel in rows],
    }
    engine.create("fact_events", pa.table(events), step="test")
    lines = [(n, "toys", True) for n in range(15)] + [(n, "food", True) for n in range(10, 70)] + [(99, "toys", False)]
    content = {
        "customer_no": pa.array([n for n, _, _ in lines], pa.int64()),
        "occurred_at": pa.array([NIGHT for _ in lines], pa.timestamp("us", "UTC")),
        "category": [category for _, category, _ in lines],
        "paid": [paid for *_, paid in lines],
    }
    engine.create("fact_order_lines", pa.table(content), step="test")


SPECS = {
    "fans": PersonaSpec(segment="fans", outcome="is_member"),
    "half": PersonaSpec(segment="half"),
    "rich": PersonaSpec(segment="rich"),
    "few": PersonaSpec(segment="few"),
    "nobody": PersonaSpec(segment="nobody"),
    "all": PersonaSpec(segment="all"),
}


@pytest.fixture(scope="module")
def written() -> Iterator[DuckEngine]:
    """Two builds, one after the other: the second has the first as its former one."""
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        build(engine)
        facts(engine)
        day = datetime(2026, 6, 29, tzinfo=UTC)
        write_personas(engine, SPECS, moment=AS_OF, threshold=6, former=Former(Mark("one", day, day), {}))
        former = {}
        for name in ("persona_history", "segments", "portraits"):
            former[name] = engine.create(f"former_{name}", engine.table(name), step="test")
        # Five fans of today were none then: fans 0–14 and 20–24.
        members = [("fans", n) for n in (*range(15), *range(20, 25))]
        table = {"segment": [name for name, _ in members], "customer_id": [f"c{n:04d}" for _, n in members]}
        former["segments"] = engine.create("former_segments", pa.table(table), step="test")
        later = day + timedelta(days=1)
        write_personas(engine, SPECS, moment=AS_OF, threshold=6, former=Former(Mark("two", later, later), former))
        yield engine


def rows(engine: DuckEngine, table: str, **wanted: object) -> list[dict[str, object]]:
    found = engine.rows(engine.table(table), step="test")
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


# -- scores -------------------------------------------------------------------------------------------------------


def test_percentile_ranks_count_ties_half() -> None:
    # 20 below, 30 equal, 50 above: ranks 10, 20 + 15, 50 + 25.
    assert percentile_ranks([20, 30, 50]) == [10, 35, 75]
    assert percentile_ranks([20, 30, 50], reverse=True) == [90, 65, 25]


def test_the_score_of_the_base_is_fifty_and_scores_stay_between_0_and_100(written: DuckEngine) -> None:
    assert {round(row["score"], 6) for row in rows(written, "portrait_scores", persona="all")} == {50.0}
    for row in rows(written, "portrait_scores"):
        assert 0 <= row["low"] <= row["score"] <= row["high"] <= 100


def test_a_score_by_hand(written: DuckEngine) -> None:
    # Tags of 'value' that are amounts or yes or no: member, spend, score, age, last order, last seen, constant.
    # Member (30 yes, 70 no; yes is more): all fans 100 − 15 = 85. Spend in ranges of the base; 50 and 51 below 300.
    (fans,) = rows(written, "portrait_scores", persona="fans", dimension="value")
    assert fans["tags"] == 7
    assert fans["score"] > 60


# -- what facts tell ----------------------------------------------------------------------------------------------


def test_hours_are_those_of_the_project_and_days_begin_on_monday(written: DuckEngine) -> None:
    cells = {(row["weekday"], row["hour"]): row for row in rows(written, "portrait_hours", persona="fans")}
    assert len(cells) == 168
    # 20 fans on Tuesday at six, one of them twice: 21 of 21 facts; the base did 21 of 63 in that hour.
    tuesday = cells[2, 6]
    assert (tuesday["customers"], tuesday["share"]) == (20, 1.0)
    assert tuesday["base_share"] == pytest.approx(21 / 63)
    assert tuesday["tgi"] == pytest.approx(100 * 63 / 21)
    assert cells[1, 22]["share"] == 0


def test_an_hour_of_a_few_customers_is_hidden(written: DuckEngine) -> None:
    # One customer alone was there on Tuesday at 11:30, another one at 12:30.
    cells = {(row["weekday"], row["hour"]): row for row in rows(written, "portrait_hours", persona="half")}
    hidden = {place for place, row in cells.items() if row["hidden"]}
    assert hidden == {(2, 11), (2, 12)}
    assert cells[2, 11]["share"] is None


def test_facts_before_the_window_or_after_the_moment_and_unpaid_lines_do_not_count(written: DuckEngine) -> None:
    count = written.rows(facts_of(written, "events", AS_OF).count().as_table(), step="test")
    assert list(count[0].values()) == [63]
    assert facts_of(written, "tickets", AS_OF) is None
    toys = next(row for row in rows(written, "portrait_preferences", persona="all", facet="category", value="toys"))
    assert toys["count"] == 15


def test_a_preference_by_hand(written: DuckEngine) -> None:
    found = {row["value"]: row for row in rows(written, "portrait_preferences", persona="fans", facet="category")}
    # All 20 fans bought: 15 toys, 10 food. Of all, 70 bought: 15 toys, 60 food.
    assert (found["toys"]["count"], found["toys"]["share"]) == (15, 0.75)
    assert found["toys"]["base_share"] == pytest.approx(15 / 70)
    assert found["toys"]["tgi"] == pytest.approx(0.75 / (15 / 70) * 100)
    # Of 25 lines of fans 15 are toys, of 75 lines in all 15.
    assert (found["toys"]["volume"], found["toys"]["base_volume"]) == (0.6, 0.2)


def test_what_a_sensitive_tag_tells_is_no_preference() -> None:
    from huaxiang.personas.aspects.deeds import labels_of

    definition = '{"table": "order_lines", "value": "top(category)"}'
    plain = Tag("top", Type.TEXT, Text("", ""), definition=definition, values={"toys": Text("Toys", "玩具")})
    assert labels_of({"top": plain}, "order_lines", "category") == {"toys": Text("Toys", "玩具")}
    sensitive = Tag("top", Type.TEXT, Text("", ""), privacy="L4", definition=definition)
    assert labels_of({"top": sensitive}, "order_lines", "category") is None
    assert labels_of({"top": sensitive}, "orders", "category") == {}


def test_crowds_are_counted_in_one_pass(written: DuckEngine) -> None:
    from huaxiang.personas.crowds import Population

    population = Population(written, None)
    before = len(written.log)
    events = facts_of(written, "events", AS_OF)
    pairs = read_pairs(written, events, events.channel, population, step="test")
    keys, found = count_deeds(pairs, population, [population.crowd(), population.crowd("fans")])
    assert keys == ["app", "web"]
    assert [deeds.customers.tolist() for deeds in found] == [[12, 50], [10, 10]]
    assert [deeds.doers for deeds in found] == [60, 20]
    assert len(written.log) - before == 2


# -- dimensions, siblings, borders --------------------------------------------------------------------------------


def test_only_dimensions_that_matter_are_in_front(written: DuckEngine) -> None:
    found = rows(written, "portrait_dimensions", persona="rich")
    assert [row["rank"] for row in found] == [1, 2]
    assert found[0]["front"]
    assert sum(row["share"] for row in found) == pytest.approx(1)
    assert found[0]["gain"] >= found[1]["gain"]


def test_with_an_outcome_dimensions_count_by_what_they_tell_about_it(written: DuckEngine) -> None:
    # All fans are members: among them nothing tells about membership.
    assert {row["gain"] for row in rows(written, "portrait_dimensions", persona="fans")} == {0.0}
    assert not any(row["front"] for row in rows(written, "portrait_dimensions", persona="fans"))


def test_equal_personas_are_nearest_and_nothing_sets_them_apart(written: DuckEngine) -> None:
    # 'fans' and 'rich' are the same 20 customers.
    (told,) = rows(written, "portrait_siblings", persona="fans")
    assert (told["sibling"], told["distance"], told["tag"]) == ("rich", 0.0, None)
    assert "nothing that we know" in told["statement_en"]
    assert "没有明显差别" in told["statement_zh"]


def test_the_nearest_sibling_and_the_greatest_difference(written: DuckEngine) -> None:
    found = rows(written, "portrait_siblings", persona="half")
    assert found[0]["position"] == 1
    assert all(abs(row["difference"]) > 0 and row["low"] <= row["difference"] <= row["high"] for row in found)
    assert not rows(written, "portrait_siblings", sibling="few")


def test_distance_is_zero_for_equals_one_for_strangers_and_symmetric() -> None:
    from huaxiang.personas.scales import Scale

    tag = Tag("t", Type.TEXT, Text("T", "T"))
    scale = Scale(tag, "values", ("a", "b"), (Text("a", "a"), Text("b", "b")))
    groups = [Measures(10, counts={"t": counts}, known={"t": 10}) for counts in ((10, 0), (0, 10), (10, 0))]
    found = distances(groups, [scale])
    assert found.tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


TAGS = {
    "spend": Tag("spend", Type.MONEY, Text("Spend", "消费"), unit="currency"),
    "away": Tag(
        "away", Type.INTEGER, Text("Days away", "未到访天数"), unit="days", definition='{"value": "days_since(x)"}'
    ),
    "tier": Tag(
        "tier", Type.TEXT, Text("Tier", "等级"), values={"gold": Text("Gold", "金卡")},
        definition='{"cases": [{"when": "spend >= 500", "then": "gold"}]}',
    ),
    "level": Tag("level", Type.TEXT, Text("Level", "级别"), values={"a": Text("A", "甲"), "b": Text("B", "乙")}),
    "vip": Tag("vip", Type.BOOLEAN, Text("VIP", "贵宾")),
}  # fmt: skip
INSIDE = Measures(30, samples={"spend": Sample(30), "away": Sample(12)}, medians={"spend": 620.0, "away": 23.0})


def told(rule: str, language: str = "en", threshold: int = 10) -> list[str]:
    clubs = {"club": Group("club", Text("Club", "俱乐部"))}
    found = border_rows("p", rule, TAGS, clubs, INSIDE, currency="CNY", threshold=threshold)
    return [row.statement[language] for row in found]


def test_borders_tell_how_far_the_median_member_is() -> None:
    assert told("spend >= 500 and away <= 90") == [
        "Spend falls below ¥500.00: the median member has ¥620.00, ¥120.00 away.",
        "Days away rises above 90 days: the median member has 23 days, 67 days away, which takes nothing but time.",
    ]
    assert told("away <= 90", "zh") == ["“未到访天数”超过 90 天：成员中位数为 23 天，相差 67 天，只需时间推移。"]
    assert told("500 < spend") == ["Spend falls to ¥500.00: the median member has ¥620.00, ¥120.00 away."]


def test_the_median_of_a_few_members_is_not_told() -> None:
    # All 30 have a spend, 12 have been away.
    spend, away = told("spend >= 500 and away <= 90", threshold=13)
    assert spend == "Spend falls below ¥500.00: the median member has ¥620.00, ¥120.00 away."
    assert away == "Days away rises above 90 days."


def test_a_tag_made_of_cases_is_told_by_the_rule_of_its_case() -> None:
    assert told("tier = 'gold'") == told("spend >= 500")


@pytest.mark.parametrize(
    ("rule", "english", "chinese"),
    [
        ("vip", "“VIP” holds no longer.", "“贵宾”不再成立。"),
        ("not vip", "“VIP” begins to hold.", "“贵宾”开始成立。"),
        ("level = 'a'", "Level is no longer A.", "“级别”不再是甲。"),
        ("level in ('a', 'b')", "Level is none of A, B any more.", "“级别”不再是甲、乙。"),
        ("in_segment('club')", "Leaves the segment “Club”.", "离开分群“俱乐部”。"),
        ("spend > away", "This holds no longer: spend > away.", "不再满足：spend > away。"),
    ],
)
def test_other_borders_are_told_in_both_languages(rule: str, english: str, chinese: str) -> None:
    assert told(rule) == [english]
    assert told(rule, "zh") == [chinese]


def test_either_border_of_an_or_is_marked_and_a_list_has_none() -> None:
    found = border_rows("p", "vip or spend between 100 and 900", TAGS, {}, INSIDE, currency="CNY", threshold=10)
    assert [(row.operator, row.alternative) for row in found] == [("<=", True), (">=", True), ("is", True)]
    assert told("") == []


# -- stability ----------------------------------------------------------------------------------------------------


def test_history_goes_on_from_build_to_build(written: DuckEngine) -> None:
    first, second = rows(written, "persona_history", persona="fans")
    assert (first["build"], first["jaccard"], first["psi"]) == ("one", None, None)
    # 15 stayed, 5 left, 5 came: 15 of 25.
    assert (second["build"], second["size"], second["jaccard"]) == ("two", 20, 0.6)
    assert second["psi"] == 0
    (_, few) = rows(written, "persona_history", persona="few")
    assert few["jaccard"] is None


# -- all together -------------------------------------------------------------------------------------------------


def test_nothing_is_said_of_a_persona_that_is_too_small_but_that_it_is(written: DuckEngine) -> None:
    for name in ("few", "nobody"):
        for table in TABLES:
            if table.startswith("portrait_") and table not in ("portrait_tags", "portrait_numbers"):
                assert not rows(written, table, persona=name), table
    assert [row["code"] for row in rows(written, "persona_warnings", persona="few")] == ["private"]
    assert [row["code"] for row in rows(written, "persona_warnings", persona="nobody")] == ["empty"]


def test_every_aspect_speaks_both_languages(written: DuckEngine) -> None:
    for table in TABLES:
        for row in rows(written, table):
            for name, value in row.items():
                if name.endswith("_zh") and value is not None and table != "persona_catalog":
                    assert bool(value) == bool(row[f"{name[:-3]}_en"]), (table, name)
