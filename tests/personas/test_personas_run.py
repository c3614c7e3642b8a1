"""Portraits through a real engine, against figures worked out by hand."""

from __future__ import annotations

import json
import re

import pytest
from shop import AS_OF

from huaxiang.core.errors import NotFoundError
from huaxiang.personas.run import portray
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.tables import COLUMNS, portrait_rows
from huaxiang.personas.write import write_personas


def shares(found, tag):
    return {row.value: row for row in found.figures.shares if row.tag == tag}


def numbers(found, tag):
    return next(row for row in found.figures.numbers if row.tag == tag)


def test_size_and_worth_by_hand(portrait):
    figures = portrait("fans").figures
    assert (figures.size, figures.base_size, figures.rest_size, figures.share) == (20, 100, 80, 0.2)
    # Fans: 10 · 300 + 10 · 301 = 6,010; the others: 40 · 50 + 40 · 51 = 4,040.
    assert figures.revenue_share == pytest.approx(6010 / 10050)


def test_a_distribution_by_hand(portrait):
    toys = shares(portrait("fans"), "category")["toys"]
    # 15 of 20 fans, 25 of 100 customers, 10 of the other 80.
    assert (toys.count, toys.share, toys.base_share, toys.rest_share) == (15, 0.75, 0.25, 0.125)
    assert toys.tgi == 300
    assert toys.difference == 0.625
    # Newcombe: Wilson(15/20) = (.5313, .8881), Wilson(10/80) = (.0693, .2150).
    assert toys.low == pytest.approx(0.625 - ((0.75 - 0.5313) ** 2 + (0.2150 - 0.125) ** 2) ** 0.5, abs=1e-4)
    assert toys.high == pytest.approx(0.625 + ((0.8881 - 0.75) ** 2 + (0.125 - 0.0693) ** 2) ** 0.5, abs=1e-4)
    # pooled .25, variance .25 · .75 · (1/20 + 1/80) = .01171875, z = 5.7735
    assert toys.p_value == pytest.approx(7.764e-9, rel=1e-3)
    assert toys.significant


def test_shares_of_a_tag_add_up_to_one(portrait):
    found = portrait("fans")
    for name in ("category", "is_member", "age", "score", "last_order", "spend_total"):
        rows = shares(found, name).values()
        assert sum(row.share for row in rows) == pytest.approx(1)
        assert sum(row.base_share for row in rows) == pytest.approx(1)


def test_shares_are_among_those_with_a_value(portrait):
    found = portrait("fans")
    # Two of twenty fans have no age.
    assert next(row for row in found.figures.tags if row.tag == "age").known == 0.9
    assert sum(row.count for row in shares(found, "age").values()) == 18


def test_whole_numbers_with_few_values_are_shown_value_by_value_in_their_order(portrait):
    rows = shares(portrait("half"), "score")
    assert list(rows) == ["1", "2", "3", "4", "5"]
    assert [row.position for row in rows.values()] == [0, 1, 2, 3, 4]


def test_days_are_shown_as_how_long_ago(portrait):
    rows = shares(portrait("fans"), "last_order")
    # Ages of 1 to 100 days: quintiles end at 20.8, 40.6, 60.4, 80.2; fans are the first twenty days.
    assert next(iter(rows)) == "<20"
    assert rows["<20"].label.en == "less than 20 days ago"
    assert rows["<20"].label.zh == "不到 20 天前"
    assert rows["20–39"].label.zh == "20–39 天前"
    assert rows["<20"].count == 19


def test_a_moment_counts_as_the_civil_day_of_the_project(portrait):
    # 17:00 UTC on 29 June is 01:00 on 30 June in Shanghai: 0 days ago, one range for all.
    assert [row.share for row in shares(portrait("fans"), "last_seen").values()] == [1.0]


def test_a_list_counts_each_member_once_per_element(portrait):
    rows = shares(portrait("fans"), "interests")
    assert (rows["toys"].count, rows["toys"].base_share) == (20, 0.4)
    assert (rows["books"].count, rows["books"].share) == (20, 1.0)


def test_means_by_hand(portrait):
    row = numbers(portrait("fans"), "spend_total")
    assert (row.mean, row.rest_mean, row.difference) == (300.5, 50.5, 250.0)
    assert row.base_mean == pytest.approx(100.5)
    assert (row.median, row.base_median) == (300.5, 51.0)
    # Half of each ±.5: variances 5/19 and 20/79, pooled 25/98; d = 250 / √(25/98).
    assert row.effect == pytest.approx(250 / (25 / 98) ** 0.5)
    assert row.significant


def test_a_constant_tag_differs_from_nothing(portrait):
    found = portrait("fans")
    row = numbers(found, "constant")
    assert (row.mean, row.difference, row.effect, row.p_value) == (1.5, 0.0, 0.0, 1.0)
    assert next(row for row in found.figures.tags if row.tag == "constant").gain == 0


def test_tags_that_can_not_be_portrayed_say_why_and_have_no_rank(portrait):
    found = portrait("fans")
    unranked = {row.tag: found.statements[row.tag].en for row in found.figures.tags if row.rank is None}
    assert unranked == {
        "nothing": "Nobody has a value.",
        "mail": "Not shown: nearly every customer has a value of their own.",
        "health": "Not shown: sensitive personal data.",
    }


def test_tags_that_the_rule_rests_on_come_last_however_telling(portrait):
    # 'rich' is score = 5, and the score is made from the spend.
    ranked = [row for row in portrait("rich").figures.tags if row.rank is not None]
    assert {row.tag for row in ranked if row.defining} == {"score", "spend_total"}
    assert {row.tag for row in ranked[-2:]} == {"score", "spend_total"}
    assert [row.rank for row in ranked] == list(range(1, 10))
    text = portrait("rich").text.en
    assert "Score" not in text


def test_a_tag_that_says_the_same_as_a_more_telling_one_comes_after_all_that_say_something_new(portrait):
    # The score is made from the spend: whoever knows one knows the other. Half of the customers' spend is 50, half 51.
    found = portrait("fans")
    rows = {row.tag: row for row in found.figures.tags if row.rank is not None}
    assert rows["spend_total"].rank == 1
    assert rows["score"].repeats == "spend_total"
    assert all(row.rank < rows["score"].rank for row in rows.values() if row.is_fresh)
    assert "Score" not in found.text.en


def test_a_tag_that_says_the_same_as_the_rule_is_not_told(portrait):
    # Members are customers 0–29, and the last order of customer n was n + 1 days ago: one is known from the other.
    found = portrait("recent")
    rows = {row.tag: row for row in found.figures.tags}
    assert (rows["last_order"].defining, rows["is_member"].repeats) == (True, "last_order")
    assert "Member" not in found.text.en
    assert "is_member" not in found.typical[0]["tags"]


def test_a_segment_as_base_leaves_its_other_members_as_the_rest(portrait):
    # Base: customers 10–59; fans in it: 10–19; the rest: 20–59, ten of whom buy toys.
    found = portrait("fans", "half")
    toys = shares(found, "category")["toys"]
    assert (found.figures.size, found.figures.base_size, found.figures.rest_size) == (20, 50, 40)
    assert (toys.share, toys.base_share, toys.rest_share) == (0.75, 15 / 50, 10 / 40)
    assert "the other members of “Half”" in found.text.en
    assert "“一半客户”中的其他客户" in found.text.zh


def test_small_groups_are_hidden(portrait):
    rows = shares(portrait("fans", threshold=10), "category")
    # 15 buy toys, 5 food: the five are too few, and toys alone would give them away.
    assert rows["toys"].hidden
    assert rows["food"].hidden
    assert (rows["food"].share, rows["food"].tgi, rows["food"].p_value, rows["food"].significant) == (
        None,
        None,
        None,
        False,
    )
    # Nobody is no one to recognise.
    assert rows["books"].share == 0


def test_a_segment_that_is_too_small_shows_nothing_but_its_size(portrait):
    found = portrait("few", threshold=10)
    figures = found.figures
    assert (figures.size, figures.small, figures.revenue_share, found.typical) == (5, True, None, ())
    assert all(row.hidden for row in figures.shares if row.count != 0)
    assert all(row.mean is None for row in figures.numbers)
    assert all(row.gain is None for row in figures.tags)
    assert not re.search(r"\d", found.text.en + found.text.zh)


@pytest.mark.parametrize("threshold", [1, 10])
@pytest.mark.parametrize("segment", ["nobody", "one", "all", "few"])
def test_odd_segments_are_told_in_whole_sentences(portrait, segment, threshold):
    found = portrait(segment, threshold=threshold)
    for text in (found.text, *found.statements.values()):
        assert text.en.endswith(".")
        assert text.zh.endswith("。")
        assert "None" not in text.en + text.zh
        assert "nan" not in text.en + text.zh


def test_everyone_has_nobody_to_be_compared_with(portrait):
    for name in ("all", "everyone"):
        found = portrait(name)
        assert all(row.difference is None and not row.significant for row in found.figures.shares)
        assert all(row.difference is None for row in found.figures.numbers)
        assert "nobody else to compare" in found.text.en


def test_typical_members_are_those_most_like_the_others(portrait):
    first = portrait("fans").typical[0]
    # Nearly all fans ordered within 20 days; half spent 300, half 301, and the lower number wins the tie.
    assert (first["customer_id"], first["tags"]["spend_total"]) == ("c0000", 300.0)
    assert list(first["tags"]) == ["spend_total", "last_order", "age"]
    assert set(first) == {"customer_id", "tags"}
    assert "health" not in first["tags"]
    json.dumps(first)


def test_the_text_tells_who_how_many_how_much_and_what_to_do(portrait):
    found = portrait("fans")
    assert found.text.en.startswith("Toy fans: 20 customers, 20.0% of all, bringing in 59.8% of revenue.")
    assert found.text.zh.startswith("玩具迷共 20 人，占全部客户的 20.0%，贡献了 59.8% 的消费额。")
    assert "Total spend averages ¥300.50 each, against ¥50.50 for the others." in found.text.en
    assert "– more common: Last order – less than 20 days ago (95.0%, others 0%); Interests" in found.text.en
    assert "占比明显更高的是：最近下单日为不到 20 天前（95.0%，其他 0%）；" in found.text.zh
    assert "Lower on average: Age (29 years, others 47.75 years)." in found.text.en
    assert "平均值明显更低的是：年龄（29 岁，其他 47.75 岁）。" in found.text.zh
    assert found.text.en.endswith("What to do: Invite them.")
    assert found.text.zh.endswith("建议：邀请参加。")


def test_every_tag_has_its_sentence(portrait):
    told = portrait("fans").statements
    assert told["category"].en == "Favourite category – Toys: 75.0%, 12.5% among the others; a clear difference."
    assert told["category"].zh == "最爱品类为玩具的占 75.0%，其他客户为 12.5%，差异显著。"
    assert told["is_member"].en == "Member: 100%, 12.5% among the others; a clear difference."
    assert told["interests"].zh == "兴趣包含 toys 的占 100%，其他客户为 25.0%，差异显著。"
    assert told["age"].zh == "年龄平均为 29 岁，其他客户为 47.75 岁，差异显著。"


def test_no_number_of_a_text_is_missing_from_the_figures(portrait):
    found = portrait("fans")
    known = {found.figures.size, found.figures.share, found.figures.revenue_share}
    for row in (*found.figures.shares, *found.figures.numbers):
        known |= {value for value in vars(row).values() if isinstance(value, float)}
    written = (
        {f"{value:.1%}" for value in known} | {f"{value:.0%}" for value in known} | {f"{value:,.2f}" for value in known}
    )
    written |= {f"{value:g}" for value in known} | {f"{value:.2f}".rstrip("0").rstrip(".") for value in known}
    for text in (found.text, *found.statements.values()):
        for language in ("en", "zh"):
            plain = re.sub(r"[\d,]+(–[\d,]+)? ?(days ago|天前)", "", text[language])
            for number in re.findall(r"\d[\d,.]*%?", plain):
                assert number.rstrip(".,") in written, (number, text[language])


def test_the_tables_have_the_columns_of_the_contract(shop):
    specs = {
        "fans": PersonaSpec(segment="fans", question={"en": "Who are they?", "zh": "他们是谁？"}),
        "rich_fans": PersonaSpec(segment="rich", base="half", dimensions=("interest",), label="Rich"),
        "gone": PersonaSpec(segment="not_built"),
    }
    left_out = write_personas(shop, specs, moment=AS_OF, threshold=5)
    assert left_out == {"gone": "its segment 'not_built' is not built"}
    for table, columns in COLUMNS.items():
        assert list(shop.table(table).columns) == list(columns)
    catalog = {row["name"]: row for row in shop.rows(shop.table("persona_catalog"), step="test")}
    assert (catalog["fans"]["question_zh"], catalog["rich_fans"]["label_en"]) == ("他们是谁？", "Rich")
    tags = shop.rows(shop.table("portrait_tags"), step="test")
    assert {row["tag"] for row in tags if row["persona"] == "rich_fans"} == {"category", "interests"}
    assert [row["rank"] for row in tags if row["persona"] == "rich_fans"] == [1, 2]


def test_no_personas_make_empty_tables(shop):
    assert write_personas(shop, {}, moment=AS_OF) == {}
    assert shop.rows(shop.table("portraits"), step="test") == []


def test_building_twice_gives_equal_tables(shop):
    def written():
        write_personas(shop, {"fans": PersonaSpec(segment="fans")}, moment=AS_OF, threshold=2)
        return [shop.rows(shop.table(table), step="test") for table in COLUMNS]

    assert written() == written()


def test_an_unknown_segment_is_named(shop):
    with pytest.raises(NotFoundError, match="Did you mean 'fans'"):
        portray(shop, "fan", moment=AS_OF)


def test_the_number_of_queries_does_not_grow_with_the_number_of_tags(shop):
    before = len(shop.log)
    portray(shop, "fans", moment=AS_OF)
    assert len(shop.log) - before <= 14


def test_a_portrait_without_a_persona_has_rows_of_the_same_columns(portrait):
    for table, rows in portrait_rows(portrait("fans")).items():
        assert rows
        assert all(set(row) == set(COLUMNS[table]) for row in rows)
