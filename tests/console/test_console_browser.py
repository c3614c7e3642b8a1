"""People can do their work in a real browser: every page in both languages, light and dark, wide and on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console_served import PASSWORD, PATIENCE, Served

PAGES = {
    "overview": "/",
    "customers": "/customers",
    "tags": "/tags",
    "tag": "/tags/value_tier",
    "define-tag": "/define/tag",
    "segments": "/segments",
    "segment": "/segments/tier_basic",
    "define-segment": "/define/segment",
    "personas": "/personas",
    "persona": "/personas/tier_basic",
    "sources": "/sources",
    "quality": "/quality",
    "identity": "/identity",
    "reports": "/reports",
    "builds": "/builds",
    "admin": "/admin",
    "account": "/account",
    "search": "/search?q=value",
}
LOOKS = {"en-light-wide": (1440, 900), "zh-dark-phone": (390, 844)}
SHOTS = os.environ.get("HUAXIANG_SCREENSHOTS")
"""A folder for the pictures, to be judged by eye."""

Open = Callable[..., Any]


@pytest.fixture
def opened(served: Served, browser: Any, session: list[Any]) -> Any:
    """Opens a page as a look asks for it: fails where the browser complains."""
    contexts = []

    def open_page(path: str, look: str = "en-light-wide") -> Any:
        language, mode, _ = look.split("-")
        width, height = LOOKS.get(look, (1440, 900))
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        chosen = {"huaxiang_language": language, "huaxiang_mode": mode}
        context.add_cookies([*session, *({"name": k, "value": v, "url": served.base} for k, v in chosen.items())])
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: page.complaints.append(asked.url) if _is_foreign(asked.url, served) else None)
        page.goto(served.base + path)
        page.wait_for_selector("main h1")
        page.wait_for_selector(".q-skeleton", state="detached")
        return page

    yield open_page
    for context in contexts:
        context.close()


def _is_foreign(url: str, served: Served) -> bool:
    return not url.startswith((served.base, served.base.replace("http", "ws"), "data:", "blob:"))


def told(words: str) -> int:
    """The count in `≈ 1,257 ± 5`."""
    found = re.search(r"[\d,]+", words)
    assert found, words
    return int(found[0].replace(",", ""))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_and_everybody_can_read_it(opened: Open, name: str, look: str):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(PAGES[name], look)
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}-{look}.png", full_page=True)
    assert page.complaints == []
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[look[:2]]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    wrong = {each["id"]: [node["html"][:200] for node in each["nodes"]][:3] for each in found.response["violations"]}
    assert not wrong


def test_a_marketer_builds_a_segment_and_sees_the_count_change(opened: Open, served: Served):
    page = opened("/define/segment")
    text = page.locator(".code textarea")
    text.fill("order_count >= 1")
    page.wait_for_function("document.querySelector('.builder .key').textContent.trim() != '–'")
    first = page.locator(".builder .key").inner_text()
    text.fill("order_count >= 3")
    page.wait_for_function(f"document.querySelector('.builder .key').textContent.trim() != '{first}'")
    assert told(page.locator(".builder .key").inner_text()) < told(first)
    page.get_by_role("button", name="Save as a segment").click()
    page.get_by_label("Name for readers").fill("Three orders")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/segments"))
    assert "order_count >= 3" in (served.folder / "segments" / "own.yml").read_text(encoding="utf-8")


def test_a_rule_is_put_together_by_choosing(opened: Open):
    page = opened("/define/segment")
    page.get_by_label("Tag or segment").fill("Value tier")
    page.get_by_role("option", name="Value tier", exact=True).click()
    page.get_by_label("Values").click()
    page.get_by_role("option", name="Basic").click()
    page.wait_for_function("document.querySelector('.code textarea').value.includes('basic')")
    assert page.locator(".code textarea").input_value() == "value_tier in ('basic')"
    page.wait_for_function("/\\d/.test(document.querySelector('.builder .key').textContent)")


def test_a_rule_with_a_mistake_says_what_would_be_right(opened: Open):
    page = opened("/define/segment")
    page.locator(".code textarea").fill("order_cont >= 3")
    page.wait_for_selector("text=Did you mean 'order_count'")
    assert page.get_by_role("button", name="Save as a segment").is_disabled()


def test_a_customer_is_found_and_asked_why(opened: Open):
    page = opened("/customers")
    page.wait_for_selector(".table tbody a")
    customer = page.locator(".table tbody a").first.inner_text()
    page.get_by_label("Find a customer").fill(customer)
    page.get_by_role("button", name="Find").click()
    page.locator(".hits a").first.click()
    page.wait_for_url(re.compile(customer))
    page.wait_for_selector(".tag-value")
    page.locator(".tag-value").first.click()
    page.wait_for_selector(".q-dialog .key")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector(".timeline li, .timeline .state")
    assert page.complaints == []


def test_two_segments_are_compared(opened: Open):
    page = opened("/compare?side=tier_basic&side=everyone")
    page.wait_for_selector(".lead")
    assert page.locator(".table").count() >= 2


def test_a_grey_pair_is_accepted(opened: Open):
    page = opened("/identity?tab=review")
    page.wait_for_selector(".pair, .state")
    pairs = page.locator(".pair").count()
    assert pairs, "the simulated shop has grey pairs"
    page.get_by_role("button", name="Same person").first.click()
    page.wait_for_selector("text=It counts from the next build on")
    page.get_by_role("tab", name="Decisions").click()
    page.wait_for_selector("td:has-text('one person')")


def test_a_table_is_downloaded_as_csv_and_excel(opened: Open, tmp_path: Path):
    page = opened("/segments")
    for suffix in ("CSV", "XLSX"):
        with page.expect_download() as waiting:
            page.get_by_role(
                "button", name=re.compile(f"Download {'CSV' if suffix == 'CSV' else 'Excel'}")
            ).first.click()
        waiting.value.save_as(tmp_path / suffix)
        assert (tmp_path / suffix).stat().st_size > 500


def test_a_chart_is_saved_as_a_picture(opened: Open, tmp_path: Path):
    page = opened("/")
    page.wait_for_selector("figure canvas")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as PNG").first.click(force=True)
    waiting.value.save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes()[:4] == b"\x89PNG"


def test_keys_lead_to_places_and_to_the_search(opened: Open):
    page = opened("/")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url(re.compile("/segments$"))
    page.wait_for_selector("main h1")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.closest('.search') !== null")
    page.keyboard.type("champions")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=champions"))


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(served: Served, browser: Any, session: list[Any]):
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(served.base + "/segments")
    assert "/sign-in?next=" in page.url
    assert page.evaluate("document.documentElement.lang").startswith("zh")
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/segments$"))
    page.wait_for_selector("main h1")
    assert page.locator("main h1").inner_text() == "分群"
    page.get_by_role("button", name=re.compile("admin")).click()
    page.get_by_text("退出登录").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.goto(served.base + "/segments")
    assert "/sign-in" in page.url
    context.close()
