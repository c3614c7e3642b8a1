"""The page of groups that a build found by itself: what the figures hold, and what the page shows of them."""

from __future__ import annotations

import re
from dataclasses import replace

from report_snapshot_clusters import REFUSED

from huaxiang.core.text import Text
from huaxiang.report.chart_data import chart_data
from huaxiang.report.page import render
from huaxiang.service.figures import Figures
from huaxiang.service.figures.clusters import gather_clusters
from huaxiang.store.engine import DuckEngine


def section(figures: Figures) -> str:
    html = render(figures, "en")
    found = re.search(r'<section id="clusters".*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_group_comes_with_its_size_what_sets_it_apart_its_rule_and_how_much_of_it_is_found_again(figures):
    shoppers, _ = figures.clusters
    first = shoppers.groups[0]
    assert (first.size, first.share, first.recovery) == (1_100, 0.55, 0.97)
    assert (first.rule, first.precision, first.recall) == ("spend > 500 and owl", 0.91, 0.84)
    assert [(trait.label.en, trait.level, trait.value) for trait in first.traits[:2]] == [
        ("Spend", None, 1.24),
        ("Favourite", Text("Games", "游戏"), 0.71),
    ]
    page = section(figures)
    for told in ("夜猫子", "High spend, night owl", "spend &gt; 500 and owl", "97%", "+1.2", "0.88 to 0.98"):
        assert told in page


def test_of_a_group_of_too_few_nothing_is_told_nor_can_its_size_be_worked_out(figures):
    shoppers, _ = figures.clusters
    tiny = shoppers.groups[2]
    assert tiny.hidden
    assert (tiny.size, tiny.share, tiny.rule, tiny.traits, tiny.recovery) == (None, None, "", (), None)
    # 1,749 placed less 1,100 and 640 would be the 9.
    assert shoppers.placed is None
    page = section(figures)
    for told in ("Nine of a kind", "九位同好", "age &gt; 90", "1,749"):
        assert told not in page


def test_refused_clusters_say_why_in_both_languages_and_have_no_groups(figures):
    _, rhythm = figures.clusters
    assert rhythm.refusal is not None
    assert rhythm.refusal.en == REFUSED
    assert rhythm.groups == ()
    page = section(figures)
    assert REFUSED in page
    assert "将各标签随机打乱后，得到的聚类同样好" in page
    # The one sentence of how many were found is the other's.
    assert page.count("tags they rest on") == 1


def test_the_votes_on_the_number_are_drawn_with_their_marks_and_the_number_that_was_taken(figures):
    shoppers, rhythm = chart_data(figures)["clusters"]
    assert shoppers["chosen"] == 3
    assert [row["vote"] for row in shoppers["criteria"]] == [4, 3, 3, 4, 3]
    assert [row["mark"] for row in shoppers["criteria"]] == [None, None, 0.8, 0.8, 0.75]
    assert shoppers["criteria"][0]["values"] == [[2, 9_120], [3, 8_430], [4, 8_395.5], [5, 8_410]]
    assert [row["falls"] for row in shoppers["criteria"]] == [True, True, False, False, False]
    assert rhythm["criteria"] == []


def test_a_snapshot_without_clusters_has_no_such_page(figures):
    assert gather_clusters(DuckEngine.open(), 10) == ()
    html = render(replace(figures, clusters=()), "en")
    assert 'href="#clusters"' not in html
    assert '<section id="clusters"' not in html
