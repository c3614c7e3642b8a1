"""The page of a comparison, without a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from shop import AS_OF

from huaxiang.core.errors import StoreError
from huaxiang.core.text import Text
from huaxiang.personas.compare import compare
from huaxiang.personas.comparison.stored import StoredBuild
from huaxiang.report.comparison import render, write


@pytest.fixture(scope="module")
def stored(shop):
    return StoredBuild(shop, AS_OF)


def page(found, language="en"):
    return render(found, language, title=Text("Toy shop", "玩具店"), currency="CNY", snapshot="s1")


def data_of(html):
    return json.loads(re.search(r'id="report-data">(.*?)</script>', html, re.DOTALL)[1])


def test_the_page_says_everything_in_both_languages_and_holds_the_figures(stored):
    found = compare([stored.segment("fans"), stored.segment("half")], stored.tags, threshold=1)
    html = page(found)
    first = found.contrasts[0]
    for text in ("Toy fans", "玩具迷", "In both: 10", "同属两者：10", first.statement.en, first.statement.zh):
        assert text in html
    # Every tag that is drawn has its figures in a table, withheld or not.
    drawn = data_of(html)["tags"]
    assert drawn
    assert all(f'data-key="{tag}"' in html for tag in drawn)
    assert '<html lang="zh-CN"' in page(found, "zh")


def test_six_sides_some_empty_or_too_small_have_a_page(stored):
    names = ("fans", "half", "everyone", "few", "nobody", "one")
    html = page(compare([stored.segment(name) for name in names], stored.tags, threshold=10))
    assert "Too few people to show" in html
    assert "Nobody belongs to it." in html
    assert "Customers in two of the groups" in html
    assert len(data_of(html)["sides"]) == 6


def test_without_any_reliable_difference_the_page_says_so(stored):
    html = page(compare([stored.segment("half")] * 2, stored.tags, threshold=1))
    assert "No difference is reliable after correction" in html
    assert data_of(html)["lines"] == {"shares": [], "means": []}


def test_what_a_rule_says_never_becomes_markup(stored):
    evil = replace(stored.segment("fans"), label=Text.of("</script><script>alert(1)</script>"))
    html = page(compare([evil, stored.segment("half")], stored.tags, threshold=1))
    assert "<script>alert" not in html


def test_a_place_that_cant_be_written_to_is_told(stored, tmp_path):
    (tmp_path / "file").write_text("")
    found = compare([stored.segment("fans"), stored.segment("half")], stored.tags, threshold=1, wanted=["age"])
    with pytest.raises(StoreError, match="can't be written"):
        write(found, tmp_path / "file" / "page.html", "en", title=Text.of("x"), currency="CNY", snapshot="s1")
