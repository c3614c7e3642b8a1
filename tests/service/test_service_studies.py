"""The figures of a study, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi
from statistics import stdev

import pytest
from studies import study

from huaxiang.core.errors import NotFoundError
from huaxiang.core.text import Text
from huaxiang.service.studies import Group, NumberFigure, ShareFigure, ShareRow
from huaxiang.service.studies.groups import without_small_rest
from huaxiang.service.studies.story import highlights
from huaxiang.store.engine import DuckEngine

SAME = (
    ShareRow(Text.of("a"), (0.5, 0.52), 0.51, (98.0, 102.0)),
    ShareRow(Text.of("b"), (0.5, 0.48), 0.49, (102.0, 98.0)),
)


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        yield opened


def figures(found) -> dict[str, ShareFigure | NumberFigure]:
    return {figure.tag: figure for section in found.sections for figure in section.figures}


def test_groups_are_the_values_of_the_tag_and_who_is_in_none_is_counted(engine: DuckEngine):
    found = study(engine)
    assert [(group.value, group.size) for group in found.groups] == [("old", 30), ("young", 20)]
    assert (found.size, found.left) == (60, 10)
    assert [figure.number for section in found.sections for figure in section.figures] == [1, 2, 3]


def test_small_cells_and_what_would_give_them_away_are_hidden(engine: DuckEngine):
    home = figures(study(engine))["home"]
    assert isinstance(home, ShareFigure)
    # 4 of the young live in the country: hidden, and with it their share in town, then the old's in both rows.
    assert [row.shares for row in home.rows] == [(None, None), (None, None)]
    # Of whom nobody knows the generation is not among all: they would be what is left over.
    assert [row.base_share for row in home.rows] == [28 / 50, 22 / 50]
    assert (home.bases, home.base) == ((30, 20), 50)


def test_shares_of_lists_count_people_and_compare_with_all(engine: DuckEngine):
    likes = figures(study(engine))["likes"]
    assert isinstance(likes, ShareFigure)
    assert likes.several
    tea, cake = likes.rows
    assert (tea.shares, tea.base_share, tea.index) == ((1.0, 1.0), 1.0, (100.0, 100.0))
    assert (cake.shares, cake.base_share, cake.index) == ((0.0, 1.0), 0.4, (0.0, 250.0))


def test_means_have_intervals_by_the_normal_approximation(engine: DuckEngine):
    spend = figures(study(engine))["spend"]
    assert isinstance(spend, NumberFigure)
    reach = 1.959963984540054 * stdev(range(30)) / 30**0.5
    assert spend.means == (114.5, 10.0)
    assert spend.lows == pytest.approx((114.5 - reach, 10.0))
    assert spend.highs == pytest.approx((114.5 + reach, 10.0))
    assert spend.base_mean == pytest.approx((30 * 114.5 + 20 * 10) / 50)


def test_changes_compare_the_same_people_at_both_moments(engine: DuckEngine):
    found = study(engine)
    by = {(change.tag, change.value and change.value.en): change for change in found.changes}
    assert set(by) == {("home", "In town"), ("home", "In the country"), ("spend", None)}
    country, spend = by["home", "In the country"], by["spend", None]
    assert (country.then, country.now, country.base, country.moved) == (1.0, 22 / 60, 60, True)
    assert (spend.now - spend.then, spend.low, spend.high) == (10.0, 10.0, 10.0)
    assert spend.base == 50


def test_a_study_of_a_segment_is_about_its_members(engine: DuckEngine):
    found = study(engine, segment="old", change=None)
    assert (found.size, found.segment.zh, found.changes, found.then) == (30, "年长者", (), None)
    assert [group.value for group in found.groups] == ["old"]


def test_a_group_of_whom_too_few_have_a_tag_is_in_none_of_its_figures(engine: DuckEngine):
    mood = figures(study(engine, tags=["mood"], change=None))["mood"]
    assert isinstance(mood, NumberFigure)
    # 3 of the young have a mood, all 30 of the old.
    assert (mood.bases, mood.base) == ((30, None), 30)
    assert mood.means == (5.0, None)
    assert mood.base_mean == 5.0


def test_nothing_sensitive_is_in_a_study(engine: DuckEngine):
    found = study(engine, tags=["secret", "spend"], change=None)
    assert set(figures(found)) == {"spend"}
    assert found.unknown == ("secret",)


def test_groups_below_the_threshold_and_tags_that_were_not_built_are_told(engine: DuckEngine):
    found = study(engine, by="home", groups=["country", "town"], tags=["spend", "gone"], change=None)
    assert [group.value for group in found.groups] == ["country"]
    assert (found.left, found.unknown) == (38, ("gone",))


def test_several_tags_make_the_groups_together(engine: DuckEngine):
    found = study(engine, by=["generation", "home"], tags=["spend"], change=None)
    # Of the young 16 live in town and 4, too few, in the country; of the old 12 and 18; 10 have no generation.
    assert [(group.value, group.label.zh, group.size) for group in found.groups] == [
        ("old / city", "old · 城市", 12),
        ("old / country", "old · 乡村", 18),
        ("young / city", "young · 城市", 16),
    ]
    assert (found.by.en, found.size, found.left) == ("generation label en and home label en", 60, 14)
    assert figures(found)["spend"].bases == (12, 18, 16)
    chosen = study(engine, by=["generation", "home"], groups=["young / city", "young / country"], tags=["spend"])
    assert [group.value for group in chosen.groups] == ["young / city"]


def test_a_few_in_no_group_take_the_smallest_group_with_them():
    groups = tuple(Group(name, Text.of(name), size) for name, size in (("a", 50), ("b", 20), ("c", 30)))
    # Of 104 people 4 are in none: 104 − 100. Without b they are 24.
    assert [group.value for group in without_small_rest(groups, 104, 5)] == ["a", "c"]
    assert without_small_rest(groups, 105, 5) == without_small_rest(groups, 100, 5) == groups


def test_the_clearest_differences_are_told_first(engine: DuckEngine):
    found = study(engine, change=None)
    # All of the young spend 10, the old 114.5 on average; all of the young like cake and none of the old.
    told = {(one.figure, one.row): one for one in found.highlights}
    assert set(told) == {(2, 1), (3, None)}
    assert told[2, 1].effect == pytest.approx(-pi)
    assert [abs(one.effect) for one in found.highlights] == sorted(
        (abs(one.effect) for one in told.values()), reverse=True
    )


def test_the_clearest_changes_are_told_one_for_a_tag(engine: DuckEngine):
    found = study(engine)
    # 60 of 60 lived in the country and 22 do now; spend is 10 more than 62.7, about a seventh.
    assert [(change.tag, change.value and change.value.en) for change in found.told_changes] == [
        ("home", "In town"),
        ("spend", None),
    ]


def test_nothing_is_told_of_groups_that_are_alike():
    alike = ShareFigure(1, "x", Text.of("x"), Text.of(""), (500, 500), 1000, SAME, several=False)
    assert highlights([alike]) == ()


def test_a_study_of_what_the_build_lacks_is_refused(engine: DuckEngine):
    with pytest.raises(NotFoundError, match="segment 'gone'"):
        study(engine, segment="gone")
