"""What the persona page shows beside tags: from the snapshot's tables to charts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from huaxiang.core.errors import SourceError
from huaxiang.core.provinces import ENGLISH
from huaxiang.core.text import Text
from huaxiang.personas.aspects.borders import BorderRow
from huaxiang.personas.aspects.dimensions import DimensionRow
from huaxiang.personas.aspects.history import HistoryRow
from huaxiang.personas.aspects.hours import HourRow
from huaxiang.personas.aspects.preferences import PreferenceRow
from huaxiang.personas.aspects.scores import ScoreRow
from huaxiang.personas.aspects.siblings import SiblingRow
from huaxiang.personas.aspects.tables import write_aspects
from huaxiang.personas.aspects.warnings import PersonaWarningRow, SegmentWarningRow
from huaxiang.report import write
from huaxiang.report.page import render
from huaxiang.report.tiles import TILES
from huaxiang.service.figures import Figures
from huaxiang.service.figures.areas import read_areas
from huaxiang.service.figures.aspects import gather_aspects, gather_segment_warnings
from huaxiang.service.figures.aspects_model import AspectFigures
from huaxiang.store.engine import DuckEngine

T = Text("Something", "某事")
_SIBLING, _FEW = Text("Sets apart.", "差别。"), Text("Too few.", "太少。")
_CELLS = [(day, hour) for day in range(1, 8) for hour in range(0, 24, 3)]


def preference(facet: str, value: str, position: int, count: int | None, volume: float | None = None) -> PreferenceRow:
    shares = (None,) * 3 if count is None else (0.4, 0.2, 200.0)
    tested = (None,) * 4 if count is None else (0.25, 0.2, 0.3, 0.001)
    label = Text(value, value)
    return PreferenceRow(
        "p", facet, value, label, position, count, *shares, *tested, count is not None, volume, volume, count is None
    )


ROWS: dict[Any, list[Any]] = {
    ScoreRow: [ScoreRow("p", f"d{i}", T, 3, 60.0 + i, 55.0, 70.0, False) for i in range(3)]
    + [ScoreRow("p", "few", T, 0, None, None, None, True)],
    DimensionRow: [
        DimensionRow("p", "value", T, "t", 0.2, 0.9, 1, True),
        DimensionRow("p", "x", T, "u", 0.0, 0.1, 2, False),
    ],
    HourRow: [HourRow("p", "events", day, hour, 3, 20, 0.02, 0.01, 200.0, False) for day, hour in _CELLS],
    PreferenceRow: [
        *(preference("province", name, i, 20) for i, name in enumerate(("广东", "上海"))),
        preference("province", "西藏", 2, None),
        *(preference("category", f"category {i}", i, 20) for i in range(3)),
        preference("order_channel", "app", 0, 20, 0.7),
        preference("visit_channel", "web", 0, 4, 0.3),
        preference("journey_stage", "active", 0, 20),
    ],
    SiblingRow: [SiblingRow("p", "q", Text("Q", "丘"), 0.2, 1, "t", "v", T, 0.5, 0.1, 0.4, 0.3, 0.5, _SIBLING)],
    BorderRow: [
        BorderRow("p", 1, "t", ">=", "5", 7.0, 2.0, False, Text("Falls below.", "低于。")),
        BorderRow("p", 2, "u", "is", "True", None, None, True, Text("Or that.", "或者。")),
    ],
    HistoryRow: [
        HistoryRow("p", "one", "2026-05-01", "2026-05-02", 9, None, None, None),
        HistoryRow("p", "two", "2026-06-01", "2026-06-02", 30, 0.8, 0.12, "t"),
    ],
    PersonaWarningRow: [PersonaWarningRow("p", "small", "warning", 30, 50, _FEW, T)],
    SegmentWarningRow: [SegmentWarningRow("s", None, "small", "warning", 30, 50, T, T)],
}


@pytest.fixture(scope="module")
def aspects() -> Iterator[AspectFigures]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        write_aspects(engine, ROWS)
        assert gather_segment_warnings(engine)["s"][0].code == "small"
        yield gather_aspects(engine, {"t": {"label_en": "Tag", "label_zh": "标签"}}, 10)["p"]


@pytest.fixture(scope="module")
def told(figures: Figures, aspects: AspectFigures) -> Figures:
    return replace(figures, personas=(replace(figures.personas[0], aspects=aspects), *figures.personas[1:]))


def test_small_groups_stay_hidden_whatever_a_table_says(aspects: AspectFigures) -> None:
    (visits,) = aspects.facet("visit_channel")
    assert (visits.hidden, visits.share, visits.volume, visits.count) == (True, None, None, None)
    assert [past.size for past in aspects.past] == [None, 30]
    assert len(aspects.scores) == 3


def test_only_tags_of_dimensions_that_matter_are_in_front(told: Figures) -> None:
    persona = told.personas[0]
    assert persona.aspects.front == {"value"}
    front = [tag for tag in persona.tags if persona.is_front(tag)]
    assert front
    assert all(tag.category.startswith("value.") for tag in front)
    assert all(told.personas[1].is_front(tag) for tag in told.personas[1].tags)


def test_a_snapshot_without_aspects_has_none_and_its_page_opens(figures: Figures) -> None:
    assert figures.personas[0].aspects == AspectFigures()
    assert 'data-chart="places"' not in render(figures, "zh")


def test_the_page_tells_every_aspect_in_both_languages(told: Figures) -> None:
    html = render(told, "zh")
    for chart in ("scores", "places", "hours", "preferences", "mix", "stages"):
        assert f'data-chart="{chart}"' in html
    for word in (
        "Sets apart.",
        "差别。",
        "Falls below.",
        "低于。",
        "Or that.",
        "或者。",
        "Too few.",
        "太少。",
        "Shanghai",
    ):
        assert word in html, word


def test_all_34_provinces_have_a_tile_of_their_own() -> None:
    assert len({(tile.column, tile.row) for tile in TILES}) == len({tile.code for tile in TILES}) == 34
    assert {tile.name for tile in TILES} == set(ENGLISH)


def area(name: str, x: int) -> dict[str, Any]:
    ring = [[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]
    return {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_areas_are_known_by_any_spelling_of_their_province(tmp_path: Path) -> None:
    file = tmp_path / "map.geojson"
    file.write_text(
        json.dumps({"features": [area("广东省", 0), area("Shanghai", 1), area("Elsewhere", 2)]}), encoding="utf-8"
    )
    names = [feature["properties"]["name"] for feature in read_areas(file)["features"]]
    assert names == ["广东", "上海", "Elsewhere"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"features": []}', '{"features": [{"properties": {}}]}', "\x00"])
def test_what_is_no_map_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    file = tmp_path / "map.geojson"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match="Name a GeoJSON file under 'map'"):
        read_areas(file)
    with pytest.raises(SourceError, match="can't be read"):
        read_areas(tmp_path / "nowhere.geojson")


@pytest.mark.browser
@pytest.mark.parametrize("areas", [False, True])
def test_every_chart_is_drawn(browser: Any, told: Figures, tmp_path: Path, areas: bool) -> None:
    shown = (
        told
        if not areas
        else replace(told, areas={"type": "FeatureCollection", "features": [area("广东", 0), area("上海", 1)]})
    )
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(write(shown, tmp_path / "report.html", "zh").as_uri())
    page.wait_for_selector("[data-chart=places] svg")
    drawn = page.eval_on_selector_all(
        ".persona [data-chart] svg", "all => all.map(one => one.parentNode.parentNode.dataset.chart)"
    )
    assert {"scores", "places", "hours", "preferences", "mix", "stages"} <= set(drawn)
    page.click("[data-set-language=en]")
    words = page.text_content("[data-chart=places] svg")
    assert ("dong" in words) is True
    page.context.close()
    assert complaints == []


def test_a_rewritten_text_stands_beside_the_computed_one_and_names_the_model(figures: Figures) -> None:
    first = figures.personas[0]
    said = replace(first, rewritten=Text("Said so.", "如是说。"), rewritten_by="qwen<b>")
    html = render(replace(figures, personas=(said, *figures.personas[1:])), "zh")
    for text in ("Said so.", "如是说。", "language model qwen&lt;b&gt;", first.text.zh):
        assert text in html
    assert "Said so." not in render(figures, "zh")
