from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from huaxiang.core.errors import StoreError
from huaxiang.core.text import Text
from huaxiang.report import formats, write
from huaxiang.report.echarts import echarts_script
from huaxiang.report.findings import findings
from huaxiang.report.page import render
from huaxiang.report.shell import both
from huaxiang.report.texts import PARTS, TEXTS, text
from huaxiang.service.figures import Figures

PACKAGE = Path(formats.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ASCII_BESIDE_CHINESE = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")
LATIN_ONLY = {"、", "：", "AUC {auc}（{low}–{high}）", "TGI", "RFM", "SQL", "EN", "{count}×", "<{threshold}"}


def test_every_text_exists_in_both_languages() -> None:
    for key, found in TEXTS.items():
        assert found.en.strip(), key
        assert CHINESE.search(found.zh) or found.zh in LATIN_ONLY, key
        names = [set(re.findall(r"\{(\w+)\}", language)) for language in (found.en, found.zh)]
        assert names[0] == names[1], key


def test_no_key_is_defined_twice() -> None:
    assert len(TEXTS) == sum(len(part.TEXTS) for part in PARTS)


def test_chinese_texts_have_chinese_punctuation() -> None:
    assert not [key for key, found in TEXTS.items() if ASCII_BESIDE_CHINESE.search(found.zh)]


def test_every_text_that_templates_and_scripts_ask_for_exists_and_none_is_left_over() -> None:
    asked = set()
    files = [*PACKAGE.glob("templates/**/*.html"), *PACKAGE.glob("templates/js/*.js"), *PACKAGE.glob("*.py")]
    for file in files:
        content = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r"\b(?:t|text)\(\s*\"([\w.]+)\"[,)]", content))
        asked |= set(re.findall(r"\"((?:quality|chart|tags)\.[a-z_.]+)\"", content))
        # What follows is put together from a name: t("nav." ~ name).
    prefixes = (
        *("nav.", "mode.", "language.", "method.", "glossary.", "kind.", "group.", "metric.", "finding."),
        *("rule.", "severity.", "level.", "bridge.", "issue.", "match.", "fate.", "groups.", "type.", "unit."),
        *("facet.", "sureness.", "day.", "verdict.", "flag."),
    )
    asked -= {"tags.js"}
    assert not {key for key in asked if key not in TEXTS}
    unused = [key for key in TEXTS if key not in asked and not key.startswith(prefixes)]
    assert not unused


def test_a_text_with_figures_speaks_each_language() -> None:
    found = text("overview.per_buyer", amount=Text("¥1.2K", "¥1,200"))
    assert found == Text("¥1.2K per buyer", "购买客户人均 ¥1,200")


def test_both_languages_are_in_the_page_and_equal_ones_only_once() -> None:
    assert both(Text("a<b", "甲")) == '<span lang="en">a&lt;b</span><span lang="zh-CN">甲</span>'
    assert both(Text.of("42")) == "42"


@pytest.mark.parametrize(
    ("shown", "english", "chinese"),
    [
        (formats.number(1234.5, 1), "1,234.5", "1,234.5"),
        (formats.compact(9_999), "9,999", "9,999"),
        (formats.compact(123_456), "123.5K", "12.3万"),
        (formats.percent(0.1234), "12.3%", "12.3%"),
        (formats.percent(0.00001), "<0.1%", "<0.1%"),
        (formats.percent(0), "0.0%", "0.0%"),
        (formats.points(-0.031), "−3.1", "−3.1"),
        (formats.money(1234, "CNY"), "¥1,234", "¥1,234"),
        (formats.compact_money(1_234_567, "CNY"), "¥1.2M", "¥123.5万"),
        (formats.compact_money(1_234_567, "USD"), "$1.2M", "$123.5万"),
        (formats.day("2026-06-30T12:00:00+08:00"), "June 30, 2026", "2026年6月30日"),
        (formats.number(None), "–", "–"),
    ],
)
def test_numbers_are_written_as_readers_of_each_language_write_them(shown: Text, english: str, chinese: str) -> None:
    assert (shown.en, shown.zh) == (english, chinese)


def test_the_file_allows_no_request_and_only_its_own_scripts(report: Path) -> None:
    html = report.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    allowed = set(re.findall(r"sha256-([\w+/=]+)", policy[1].replace("&#43;", "+")))
    scripts = re.findall(r'<script(?: type="module")?>(.*?)</script>', html, flags=re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert hashes == allowed
    assert "default-src &#39;none&#39;" in policy[1]
    assert not re.search(r'(?:src|href)="(?!#)', _markup(html))
    assert "sourceMappingURL" not in html
    assert "url(" not in (PACKAGE / "templates/report.css").read_text(encoding="utf-8")


def test_what_data_say_never_becomes_markup(figures: Figures) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    persona = replace(figures.personas[0], label=Text.of(evil), text=Text.of(evil))
    segment = replace(figures.segments[0], label=Text.of(evil), rule=evil)
    reason = replace(figures.reasons[0], reason=Text.of(evil))
    html = render(
        replace(figures, title=Text.of(evil), personas=(persona,), segments=(segment,), reasons=(reason,)), "en"
    )
    assert "<script>alert" not in html
    assert "<img" not in _markup(html)
    embedded = re.search(r'id="report-data">(.*?)</script>', html, flags=re.DOTALL)
    assert embedded
    assert json.loads(embedded[1])["personas"][0]["label"] == [evil]


def test_the_findings_say_what_the_figures_say(figures: Figures) -> None:
    found = {finding.title.en: finding.statement for finding in findings(figures)}
    share = next(revenue for customers, revenue in figures.concentration if customers >= 0.2)
    assert found["Revenue is carried by few"].en == f"The best 20% of customers bring {share:.0%} of revenue."
    assert found["Revenue is carried by few"].zh == f"消费最高的 20% 客户贡献了 {share:.0%} 的销售额。"


def test_a_report_of_nothing_is_written_with_a_word_about_each_empty_section(figures: Figures) -> None:
    nothing = replace(
        figures,
        **dict.fromkeys(
            (
                *("feeds", "metrics", "reasons", "dimensions", "left_out", "concentration", "months", "rfm_cells"),
                *("rfm_groups", "value_tiers", "lifecycle", "segments", "overlaps", "personas"),
            ),
            (),
        ),
        quality=None,
        identity=None,
        revenue=None,
        orders=None,
        buyers=None,
        build=replace(figures.build, customers=0, facts=(), steps=(), seconds=None, peak_memory_mib=None),
    )
    html = render(nothing, "en")
    assert 'id="identity"' not in html
    for key in ("data.empty", "quality.empty", "tags.empty", "rfm.empty", "tiers.empty", "segments.empty"):
        assert TEXTS[key].en in html


def test_the_same_figures_make_the_same_bytes(figures: Figures, report: Path) -> None:
    assert render(figures, "zh") == report.read_text(encoding="utf-8")


def test_a_former_report_stays_where_the_new_one_can_not_be_written(figures: Figures, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    with pytest.raises(StoreError, match="can't be written"):
        write(figures, blocked / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_half_written_file_is_left_behind(report: Path) -> None:
    assert [path.name for path in report.parent.iterdir()] == ["report.html"]
    assert report.stat().st_size < 4_000_000


def test_echarts_is_taken_out_of_nicegui_without_importing_it() -> None:
    script = echarts_script()
    assert script.endswith(";")
    assert "globalThis.echarts=" in script
    assert not re.search(r"\bexport\s*\{", script)


def _markup(html: str) -> str:
    """The page without what is inside its scripts."""
    return re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", html, flags=re.DOTALL)
