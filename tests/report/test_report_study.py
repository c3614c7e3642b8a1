"""A study in four formats and two languages: every figure arrives, as numbers where the format has numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fastexcel
import pytest
from pptx import Presentation

from huaxiang.core.errors import StoreError, UsageError
from huaxiang.core.text import Language, Text
from huaxiang.report.study import paper, write
from huaxiang.report.study.story import story
from huaxiang.service.studies import Change, Group, Highlight, NumberFigure, Section, ShareFigure, ShareRow, Study

HOSTILE = "<b>=1+1 #set [x]"
GROUPS = (Group("y", Text("Young", "青年"), 20), Group("o", Text("Old", "中年"), 30))
SHARES = ShareFigure(
    1, "home", Text("Home", "居住地"), Text("Where they live.", "居住在哪里。"), (20, 30), 60,
    (
        ShareRow(Text("In town", "城市"), (0.8, 0.4), 0.5, (160.0, 80.0)),
        ShareRow(Text(HOSTILE, HOSTILE), (None, 0.6), 0.5, (None, 120.0)),
    ), False,
)  # fmt: skip
MEANS = NumberFigure(
    2, "spend", Text("Spend", "消费"), Text("A year's.", "一年。"), (20, 30), 50, "money", "currency",
    (10.0, 114.5), (9.0, 111.0), (11.0, 118.0), 72.7,
)  # fmt: skip
CHANGES = (
    Change("home", Text("Home", "居住地"), Text("In town", "城市"), "number", "share", 60, 0.4, 0.5, 0.02, 0.18),
    Change("spend", Text("Spend", "消费"), None, "money", "currency", 50, 70.0, 72.7, -1.0, 6.4),
)
STUDY = Study(
    "ages", Text("Shop", "店铺"), Text("Ages", "代际"), Text("", ""), Text("All customers", "全体客户"),
    Text("Generation", "世代"), "2026-07-01", "2025-07-01", 60, 10, GROUPS,
    (Section(Text("Basics", "基本属性"), (SHARES,)), Section(Text("Value", "价值"), (MEANS,))),
    CHANGES, 60, 3, (), 5, "CNY", "s1", (Highlight(2, 1, None, 1.2), Highlight(1, 0, 0, 0.9)), CHANGES[:1],
)  # fmt: skip


def test_the_page_holds_every_figure_and_no_markup_of_the_data(tmp_path: Path):
    page = write(STUDY, tmp_path / "a" / "ages.html", "en").read_text(encoding="utf-8")
    for told in (
        "Figure 1  Home",
        "80.0%",
        "160",
        "¥72.7",
        "Base: Young 20, Old 30; all 60",
        "+10.0 (+2.0 … +18.0) pp",
    ):
        assert told in page
    assert "&lt;b&gt;" in page
    assert "<script" not in page
    assert "within chance" in page


def test_the_story_is_told_in_both_languages():
    assert story(STUDY, "en") == [
        "60 people (All customers) are compared by Generation, in 2 groups; the largest is Old (50.0%).",
        "Old: “Spend” averages ¥114, more than all (¥72.7; figure 2).",
        "Young: “Home” is “In town” for 80.0%, against 50.0% of all (index 160, figure 1).",
        "Since July 1, 2025, the share of “In town” in “Home” rose from 40.0% to 50.0%, "
        "among the same people (figure 3).",
    ]
    assert story(STUDY, "zh")[1:] == [
        "中年：“消费”平均为 ¥114，高于全体（¥72.7，见图 2）。",
        "青年：“居住地”为“城市”的占 80.0%，全体为 50.0%（指数 160，见图 1）。",
        "自 2025年7月1日 以来，同一批客户的“居住地”为“城市”的占比由 40.0% 升至 50.0%（见图 3）。",
    ]
    assert "No group differs clearly" in story(replace(STUDY, highlights=()), "en")[1]


def test_every_document_begins_with_the_story(tmp_path: Path):
    sentence = story(STUDY, "zh")[2]
    assert sentence in write(STUDY, tmp_path / "ages.html", "zh").read_text(encoding="utf-8")
    cover = fastexcel.read_excel(write(STUDY, tmp_path / "ages.xlsx", "zh")).load_sheet(0, header_row=None)
    assert sentence in cover.to_arrow().column(0).to_pylist()
    slides = Presentation(str(write(STUDY, tmp_path / "ages.pptx", "zh"))).slides
    assert f"• {sentence}" in slides[1].shapes[1].text_frame.text


def test_the_page_is_chinese_where_that_is_asked(tmp_path: Path):
    page = write(STUDY, tmp_path / "ages.html", "zh").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    assert "样本量：青年 20，中年 30；全体 60" in page
    assert "与 2025年7月1日 相比的变化" in page


def test_the_workbook_holds_numbers_and_no_formulas(tmp_path: Path):
    book = fastexcel.read_excel(write(STUDY, tmp_path / "ages.xlsx", "en"))
    assert book.sheet_names == ["Contents", "1 Home", "2 Spend", "3 Difference"]
    rows = book.load_sheet("1 Home", header_row=2, n_rows=2).to_arrow().to_pylist()
    assert [row["All"] for row in rows] == [0.5, 0.5]
    assert [row["Old"] for row in rows] == [0.4, 0.6]
    assert rows[1]["Value"] == HOSTILE


def test_the_slides_hold_native_charts_with_their_data(tmp_path: Path):
    deck = Presentation(str(write(STUDY, tmp_path / "ages.pptx", "zh")))
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert [[*chart.plots[0].categories] for chart in charts] == [["城市", HOSTILE], ["青年", "中年", "全体"]]
    assert {series.name: [*series.values] for series in charts[0].plots[0].series} == {
        "青年": [0.8, None],
        "中年": [0.4, 0.6],
        "全体": [0.5, 0.5],
    }
    assert [*charts[1].plots[0].series[0].values] == [10.0, 114.5, 72.7]
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert [cell.text for cell in tables[0].rows[1].cells] == [
        "居住地 – 城市",
        "40.0%",
        "50.0%",
        "+10.0 (+2.0 … +18.0) 个百分点",
        "显著",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_paper_is_set_whatever_the_data_hold(language: Language, tmp_path: Path):
    assert write(STUDY, tmp_path / "ages.pdf", language).read_bytes().startswith(b"%PDF")


def test_a_paper_without_changes_is_set(tmp_path: Path):
    plain = replace(STUDY, changes=(), then=None, groups=(), sections=())
    assert write(plain, tmp_path / "ages.pdf", "en").stat().st_size > 1000


def test_without_a_chinese_font_a_paper_says_so_rather_than_showing_boxes(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(paper, "FONTS", ("No Such Font",))
    with pytest.raises(StoreError, match="fonts-noto-cjk"):
        write(STUDY, tmp_path / "ages.pdf", "zh")
    assert not (tmp_path / "ages.pdf").exists()


def test_another_suffix_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match=r"\.docx"):
        write(STUDY, tmp_path / "ages.docx", "en")
