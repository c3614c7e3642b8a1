from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    """The report in a new page of 1,280 pixels; the test fails on any console error or request."""
    yield from _opened(browser, report, 1280)


@pytest.fixture
def phone(browser: Any, report: Path) -> Iterator[Any]:
    yield from _opened(browser, report, 390)


def _opened(browser: Any, report: Path, width: int) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url == report.as_uri() else complaints.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_selector("[data-chart] svg")
    yield page
    context.close()
    assert complaints == []


def test_the_report_opens_in_the_language_it_was_written_in(page: Any) -> None:
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.inner_text("#overview h2").endswith("概览")
    assert page.title() == "禾盛优选 · 客户画像报告"


def test_the_language_switches_without_a_reload_in_texts_and_charts(page: Any) -> None:
    page.evaluate("globalThis.here = true")
    page.click("[data-set-language=en]")
    assert page.inner_text("#overview h2").endswith("Overview")
    assert "Champions" in page.text_content("[data-chart=rfm_groups] svg")
    assert page.inner_text("#compare-a option >> nth=0") == "Champions"
    assert page.get_attribute("#tag-search", "placeholder") == "Name, label or description"
    page.click("[data-set-language=zh-CN]")
    assert "重要价值客户" in page.text_content("[data-chart=rfm_groups] svg")
    assert page.evaluate("globalThis.here")


def test_the_appearance_switches_and_charts_follow(page: Any) -> None:
    def colours() -> tuple[str, str]:
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return back, page.inner_html("[data-chart=lifecycle]")

    page.click("[data-set-mode=light]")
    light = colours()
    page.click("[data-set-mode=dark]")
    dark = colours()
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    assert page.get_attribute("[data-set-mode=dark]", "aria-pressed") == "true"


def test_the_appearance_follows_the_system_until_the_reader_chooses(page: Any) -> None:
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-mode=dark]")
    page.click("[data-set-mode=light]")
    assert page.evaluate("document.documentElement.dataset.mode") == "light"


def test_every_chart_is_drawn_and_has_something_in_it(page: Any) -> None:
    tabs = page.locator("#persona-tabs [role=tab]")
    for index in range(tabs.count()):
        tabs.nth(index).click()
    empty = page.evaluate(
        "[...document.querySelectorAll('[data-chart]')]"
        ".filter((host) => host.querySelectorAll('svg path, svg rect, svg circle').length < 4"
        " || !host.querySelector('svg text'))"
        ".map((host) => host.dataset.chart + ' ' + host.dataset.key)"
    )
    assert empty == []


def test_every_chart_has_its_figures_in_a_table_and_a_caption(page: Any) -> None:
    lacking = page.evaluate(
        "[...document.querySelectorAll('[data-chart]')].filter((host) => {"
        " const figure = host.closest('figure');"
        " return !figure.querySelector('table tbody tr') || !figure.querySelector('figcaption').textContent.trim(); })"
        ".map((host) => host.dataset.chart)"
    )
    assert lacking == []


def test_nothing_is_wider_than_a_phone_in_either_language(phone: Any) -> None:
    for language in ("en", "zh-CN"):
        phone.click(f"[data-set-language={language}]")
        assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_labels_of_charts_stay_inside_their_picture(phone: Any) -> None:
    outside = phone.evaluate(
        """[...document.querySelectorAll("[data-chart] svg")].flatMap((svg) => {
          const frame = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter((text) => {
            const box = text.getBoundingClientRect();
            return box.width && (box.left < frame.left - 2 || box.right > frame.right + 2
              || box.bottom > frame.bottom + 2);
          }).map((text) => svg.closest("[data-chart]").dataset.chart + ": " + text.textContent);
        })"""
    )
    assert outside == []


def test_a_state_is_told_by_a_word_and_not_by_colour_alone(page: Any) -> None:
    assert page.inner_text(".worry-red .mark") == "处理"
    page.click("[data-set-language=en]")
    assert page.inner_text(".worry-red .mark") == "Act"
    assert page.locator("#identity .mark-amber:visible").count() == 2


def test_a_search_shows_the_tags_that_match_and_says_how_many(page: Any) -> None:
    page.fill("#tag-search", "night_owl")
    assert page.locator(".tag:visible").count() == 1
    assert page.inner_text("#tag-found") == "1 / 38 个标签"
    page.fill("#tag-search", "there is no such tag")
    assert page.locator("#tag-none").is_visible()
    page.fill("#tag-search", "")
    assert page.locator(".tag:not([hidden])").count() == 38


def test_the_reader_chooses_the_two_personas_to_compare(page: Any) -> None:
    page.select_option("#compare-a", "newcomers")
    page.select_option("#compare-b", "night_owls")
    assert page.inner_text("#compare-numbers thead").split() == ["一般发展客户", "夜猫子"]
    page.click("#compare-swap")
    assert page.inner_text("#compare-numbers thead").split() == ["夜猫子", "一般发展客户"]
    page.select_option("#compare-b", "night_owls")
    assert page.locator("#compare-same").is_visible()
    assert not page.locator("#compare-result").is_visible()
    page.select_option("#compare-b", "champions")
    assert page.locator("[data-chart=compare] svg").is_visible()


def test_personas_are_chosen_with_the_arrow_keys(page: Any) -> None:
    page.focus("#persona-tabs [role=tab] >> nth=0")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#persona-tab-cannot_lose", "aria-selected") == "true"
    assert page.locator("#persona-cannot_lose [data-chart=telling] svg").is_visible()
    assert not page.locator("#persona-champions").is_visible()


def test_paper_shows_every_persona_and_is_light(page: Any, tmp_path: Path) -> None:
    page.click("[data-set-mode=dark]")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.dataset.mode") == "light"
    assert page.locator(".persona:visible").count() == 6
    assert page.locator("[data-chart]:visible svg").count() == page.locator("figure:visible [data-chart]").count()
    assert not page.locator(".bar").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.mode") == "dark"
    assert page.locator(".persona:visible").count() == 1


def test_text_contrasts_enough_with_its_ground_in_both_appearances(page: Any) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text of normal size."""
    for mode in ("light", "dark"):
        page.click(f"[data-set-mode={mode}]")
        weak = page.evaluate(
            """() => {
              const style = getComputedStyle(document.documentElement);
              const colour = (name) => style.getPropertyValue(`--${name}`).trim();
              const light = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
                .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
              const contrast = (one, other) => {
                const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
                return (high + 0.05) / (low + 0.05);
              };
              const texts = ["ink", "muted", "accent", "ochre", "jade", "indigo"];
              return texts.flatMap((text) => ["paper", "surface"].map((ground) =>
                [text, ground, contrast(colour(text), colour(ground))])).filter(([, , ratio]) => ratio < 4.5);
            }"""
        )
        assert weak == []
