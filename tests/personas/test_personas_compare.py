"""Groups side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from shop import AS_OF, CUSTOMERS

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.text import Text
from huaxiang.personas.compare import compare
from huaxiang.personas.comparison.sides import Occasion, Side
from huaxiang.personas.comparison.stored import StoredBuild, common_tags
from huaxiang.personas.statistics import Sample, SharedCounts, SharedSample, compare_means, compare_shares
from huaxiang.service.plain import plain


@pytest.fixture(scope="module")
def stored(shop):
    return StoredBuild(shop, AS_OF)


@pytest.fixture(scope="module")
def compared(stored):
    @cache
    def run(*names, threshold=1, correction="benjamini_hochberg"):
        sides = [stored.segment(name) for name in names]
        return compare(sides, stored.tags, threshold=threshold, correction=correction)

    return run


def contrast(found, tag, value, a=0, b=1):
    return next(row for row in found.contrasts if (row.tag, row.value, row.a, row.b) == (tag, value, a, b))


def test_two_segments_by_hand(compared):
    found = compared("fans", "half")
    assert [side.size for side in found.sides] == [20, 50]
    assert found.overlaps[0].both == 10
    assert found.sides[0].revenue_share == pytest.approx(6010 / 10050)
    # 5 of 20 fans buy food; of customers 10–59, 15–19 and 30–59 do: 35 of 50. Of the ten in both, five do.
    food = contrast(found, "category", "food")
    expected = compare_shares(5, 20, 35, 50, SharedCounts(10, 5, 5, 5))
    assert (food.figure_a, food.figure_b, food.measure) == (0.25, 0.7, "cohens_h")
    assert (food.low, food.high, food.p_value) == pytest.approx((expected.low, expected.high, expected.p_value))
    assert food.effect < 0
    assert food.thin  # 20 people on a side


def test_means_by_hand(compared):
    age = contrast(compared("fans", "half"), "age", None)
    fans = np.array([20 + n % 50 for n in range(20) if n % 10 != 9], float)
    half = np.array([20 + n % 50 for n in range(10, 60) if n % 10 != 9], float)
    both = np.array([20 + n % 50 for n in range(10, 20) if n % 10 != 9], float)
    samples = [Sample(len(x), x.mean(), x.var(ddof=1)) for x in (fans, half, both)]
    expected = compare_means(samples[0], samples[1], SharedSample.same(samples[2]))
    assert (age.low, age.high, age.p_value) == pytest.approx((expected.low, expected.high, expected.p_value))
    assert (age.measure, age.figure_a) == ("hedges_g", fans.mean())


def test_the_largest_reliable_difference_comes_first_and_what_a_rule_says_last(compared):
    rows = compared("rich", "half").contrasts
    effects = [abs(row.effect) for row in rows if row.significant and not row.defining]
    assert effects == sorted(effects, reverse=True)
    assert {row.tag for row in rows if row.defining} == {"score", "spend_total"}
    assert rows[-1].defining


def test_changing_sides_changes_signs_only(compared):
    mine = {(row.tag, row.value): row for row in compared("fans", "half").contrasts}
    for row in compared("half", "fans").contrasts:
        twin = mine[row.tag, row.value]
        assert (row.figure_a, row.figure_b, row.q_value) == (twin.figure_b, twin.figure_a, twin.q_value)
        assert (row.difference, row.low, row.high) == pytest.approx((-twin.difference, -twin.high, -twin.low))


def test_six_identical_segments_do_not_differ(compared):
    found = compared(*["half"] * 6)
    assert len(found.overlaps) == 15
    assert found.contrasts
    assert not any(row.significant or row.difference for row in found.contrasts)
    assert all(row.p_value == 1 for row in found.contrasts)


@pytest.mark.parametrize("names", [["fans"], ["half"] * 7])
def test_fewer_than_two_sides_and_more_than_six_are_refused(compared, names):
    with pytest.raises(UsageError, match=f"two to 6 sides, not {len(names)}"):
        compared(*names)


def test_an_unknown_segment_is_told_with_the_near_miss(compared):
    with pytest.raises(NotFoundError, match="Did you mean 'fans'"):
        compared("fan", "half")


def test_empty_single_and_whole_segments_are_compared_as_far_as_they_may(compared):
    found = compared("nobody", "one", "few", "fans", "everyone", threshold=10)
    nobody, one, few, fans, everyone = found.sides
    assert (nobody.size, nobody.hidden) == (0, False)
    assert (one.hidden, one.size, few.hidden, few.revenue_share) == (True, None, True, None)
    assert (fans.thin, everyone.share) == (True, 1.0)
    # Nothing is said about those who are too few; nobody has no share of anything.
    assert {(row.a, row.b) for row in found.contrasts} == {(3, 4)}
    assert all(row.counts[1] is None and row.figures[2] is None for row in found.values)
    assert "Nobody: nobody" in found.text.en
    assert "人数过少" in found.text.zh
    json.dumps(plain(found))


def test_two_sides_of_too_few_people_say_nothing(compared):
    found = compared("one", "few", threshold=10)
    assert found.contrasts == ()
    assert all(figure is None for row in found.values for figure in row.figures)
    assert found.text.en == "One: too few to show; A few: too few to show."


def test_constant_empty_unique_and_sensitive_tags_are_not_compared(compared):
    found = compared("fans", "half")
    reasons = {row.tag: row.reason.en for row in found.tags if row.reason}
    assert set(reasons) == {"nothing", "mail", "health"}
    assert not {row.tag for row in found.contrasts} & {"nothing", "mail", "health", "constant"}
    constant = next(row for row in found.tags if row.tag == "constant")
    assert (constant.effect, constant.largest) == (None, None)


def test_values_of_too_few_people_are_withheld_on_all_sides(compared):
    found = compared("fans", "half", threshold=10)
    # Five fans buy food: hidden, and with them toys, or 20 − 15 would give them away.
    hidden = {row.value for row in found.values if row.tag == "category" and row.hidden}
    assert {"food", "toys"} <= hidden
    assert not [row for row in found.contrasts if row.tag == "category" and row.value in hidden]


def test_who_is_left_of_a_side_counts_as_a_group(stored):
    # Members 0–29 but for five are in the side: 25 and 30 may be shown, the five in between may not.
    side = Side("most", Text.of("most"), stored.occasion, np.arange(5, CUSTOMERS))
    found = compare([side, stored.segment("everyone")], stored.tags, threshold=10, wanted=["is_member"])
    assert [row.hidden for row in found.values] == [True, True]
    assert compare([side, stored.segment("everyone")], stored.tags, threshold=5, wanted=["is_member"]).contrasts


def test_of_two_values_that_share_everybody_out_one_is_tested(compared):
    rows = [row for row in compared("fans", "half").contrasts if row.tag == "is_member"]
    assert [row.value for row in rows] == ["true"]


def test_holm_is_stricter_than_the_false_discovery_rate(compared):
    loose, strict = compared("fans", "half"), compared("fans", "half", correction="holm")
    assert strict.correction == "holm"
    by_key = {(row.tag, row.value): row.q_value for row in loose.contrasts}
    assert all(row.q_value >= by_key[row.tag, row.value] for row in strict.contrasts)


def test_every_figure_of_a_sentence_is_in_both_languages(compared):
    food = contrast(compared("fans", "half"), "category", "food").statement
    assert food.en.startswith("Favourite category “Food”: 25.0% of Toy fans, 70.0% of Half; 45.0 points less")
    assert food.zh.startswith("最爱品类“食品”：玩具迷 25.0%，一半客户 70.0%，低 45.0 个百分点")
    assert "few people" in food.en
    text = compared("fans", "half").text
    assert text.en.startswith("Toy fans: 20 customers (20.0% of all); Half: 50 customers (50.0% of all); 10 customers")
    assert text.zh.startswith(
        "玩具迷共 20 人（占全部的 20.0%）；一半客户共 50 人（占全部的 50.0%）；其中 10 人同属两者。"
    )


# -- one group at two moments ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(shop, stored):
    """Everybody a second time, when the ten customers 0–9 were no members yet and 90–99 were not there."""
    profiles = shop.table("profiles")
    earlier = profiles.filter(profiles.customer_no < 90).mutate(
        is_member=profiles.is_member & (profiles.customer_no >= 10)
    )
    return Occasion(shop, shop.create("_earlier", earlier, step="test"), AS_OF)


def test_people_at_two_moments_are_pairs(stored, moved):
    now = stored.segment("half")
    then = replace(now, occasion=moved, label=Text("Half, then", "一半客户（过去）"))
    found = compare([now, then], stored.tags, threshold=1)
    assert found.overlaps[0].both == 50
    member = contrast(found, "is_member", "true")
    # Members among 10–59, both times: 10–29.
    assert (member.figure_a, member.figure_b, member.p_value, member.significant) == (0.4, 0.4, 1.0, False)
    assert member.low < 0 < member.high
    assert not any(row.significant for row in found.contrasts)


def test_a_change_of_the_same_people_is_seen(stored, moved):
    everyone = stored.segment("everyone")
    found = compare([everyone, replace(everyone, occasion=moved)], stored.tags, threshold=1)
    assert [side.size for side in found.sides] == [100, 90]
    member = contrast(found, "is_member", "true")
    # 30 of 100 now, 20 of 90 then; 90 people are seen twice: 30 and 20 of them, 20 both times.
    expected = compare_shares(30, 100, 20, 90, SharedCounts(90, 30, 20, 20, paired=True))
    assert (member.low, member.high, member.p_value) == pytest.approx((expected.low, expected.high, expected.p_value))
    apart = compare_shares(30, 100, 20, 90)
    assert member.high - member.low < apart.high - apart.low


def test_lists_of_the_same_people_are_pairs_too(stored, shop, moved):
    everyone = stored.segment("everyone")
    found = compare([everyone, replace(everyone, occasion=moved)], stored.tags, threshold=1, wanted=["interests"])
    toys = contrast(found, "interests", "toys")
    expected = compare_shares(40, 100, 40, 90, SharedCounts(90, 40, 40, 40, paired=True))
    assert (toys.low, toys.high) == pytest.approx((expected.low, expected.high))


def test_a_value_that_only_one_moment_has_is_on_the_scale(stored, shop):
    profiles = shop.table("profiles")
    renamed = profiles.mutate(category=(profiles.category == "books").ifelse("garden", profiles.category))
    later = Occasion(shop, shop.create("_renamed", renamed, step="test"), AS_OF)
    everyone = stored.segment("everyone")
    found = compare([everyone, replace(everyone, occasion=later)], stored.tags, threshold=1, wanted=["category"])
    assert contrast(found, "category", "garden").difference == pytest.approx(-0.3)
    assert sum(row.figures[1] for row in found.values) == pytest.approx(1)


def test_tags_that_two_builds_define_in_other_ways_are_not_compared(shop, stored):
    other = StoredBuild(shop, AS_OF)
    tags = dict(stored.tags)
    tags["age"] = replace(tags["age"], definition='{"attribute": "birthday"}')
    tags["category"] = replace(tags["category"], known=7, distinct=9)
    del tags["score"]
    other.__dict__["tags"] = tags
    common, changed = common_tags(stored, other)
    assert changed == ["age"]
    assert set(stored.tags) - set(common) == {"age", "score"}
    assert (common["category"].known, common["category"].distinct) == (100, 9)


def test_a_side_of_people_by_number_needs_no_stored_segment(stored):
    sides = [Side("even", Text.of("even"), stored.occasion, np.arange(0, CUSTOMERS, 2)), stored.segment("everyone")]
    assert compare(sides, stored.tags, threshold=1).sides[0].size == 50


def test_a_score_of_one_tag_is_the_mean_percentile_rank(stored):
    sides = [stored.segment(name) for name in ("fans", "half", "everyone")]
    (row,) = compare(sides, stored.tags, threshold=1, wanted=["is_member"]).dimensions
    # 30 of 100 are members, at percentile rank 85; the others are at 35. All 20 fans are, and 20 of the 50 of half.
    assert row.scores == pytest.approx((85, (20 * 85 + 30 * 35) / 50, 50))
    assert row.tags == 1


def test_sides_that_are_empty_or_too_small_have_no_score(stored):
    sides = [stored.segment(name) for name in ("fans", "nobody", "few", "half")]
    for row in compare(sides, stored.tags, threshold=10).dimensions:
        assert [score is None for score in row.scores] == [False, True, True, False]


def test_a_tag_that_few_of_one_side_have_is_scored_on_none(stored):
    # 18 of the 20 fans have an age, 90 of all: 2 of the fans lack one, and age is of no use below 19.
    def tags(threshold):
        sides = [stored.segment("fans"), stored.segment("half")]
        found = compare(sides, stored.tags, threshold=threshold, wanted=["spend_total", "age"]).dimensions
        return sum(row.tags for row in found)

    assert tags(19) < tags(1)
