"""Every page and every tab opens in both languages, light and dark, wide and on a phone, and everybody can read it.

What people do on them is in `test_console_work.py`.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from console_served import EVIL, LOOKS, Served, go, new_page, settled

from huaxiang.console import pages

PAGES = {
    "overview": "/",
    "customers": "/customers",
    "customer": "/customers/{customer}",
    "tags": "/tags",
    "tag": "/tags/value_tier",
    "evil-tag": "/tags/evil_tags",
    "define-tag": "/define/tag",
    "edit-tag": "/define/tag?edit=till_spend",
    "segments": "/segments",
    "segment": "/segments/evil_segments",
    "define-segment": "/define/segment",
    "edit-segment": "/define/segment?edit=valuable_and_leaving",
    "personas": "/personas",
    "persona": "/personas/tier_basic",
    "compare": "/compare?side=evil_segments&side=everyone",
    "sources": "/sources",
    "quality": "/quality",
    "identity": "/identity",
    "reports": "/reports",
    "builds": "/builds",
    "build": "/builds/current",
    "run": "/builds/runs/1",
    "admin": "/admin",
    "account": "/account",
    "search": "/search?q=value",
}
SHOTS = os.environ.get("HUAXIANG_SCREENSHOTS")
"""A folder for the pictures, to be judged by eye."""

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}

SAME = {"AUC", "CSV", "XLSX", "HTML", "PDF", "PPTX", "English", "LOGO"}
"""What Chinese readers call the same."""

Look = Callable[[str], Any]


@pytest.fixture(scope="module")
def looking(served: Served, browser: Any, session: list[Any]) -> Iterator[Look]:
    """Look → the one page in which all that is looked at this way is opened."""
    kept: dict[str, Any] = {}

    def page_of(look: str) -> Any:
        if look not in kept:
            kept[look] = new_page(browser, served, session, look)
        return kept[look]

    yield page_of
    for page in kept.values():
        page.context.close()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_and_everybody_can_read_it(looking: Look, served: Served, name: str, look: str):
    page = looking(look)
    page.complaints.clear()
    go(page, served.base + PAGES[name].format(customer=served.customer))
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[look[:2]]
    judged(page, f"{name}-{look}", "body" if name == "overview" else "main")
    for number, tab in enumerate(page.get_by_role("tab").all()[1:], 2):
        tab.click()
        settled(page)
        # Dark is the harder one to read, and axe takes its time.
        judged(page, f"{name}-{number}-{look}", "main .q-tab-panel" if "dark" in look else "")


def judged(page: Any, name: str, part: str) -> None:
    """See that a page is sound, fits and is in its language, and that a `part` of it can be read by everybody."""
    from axe_playwright_python.sync_playwright import Axe

    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert page.complaints == []
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    if part:
        found = Axe().run(page, context=part, options=RULES).response["violations"]
        wrong = {each["id"]: [node["html"][:200] for node in each["nodes"]][:3] for each in found}
        assert not wrong
    if "-zh-" in name:
        assert english(page) == []


def english(page: Any) -> list[str]:
    """Headings, buttons, columns, tabs and labels that are in English."""
    texts = page.eval_on_selector_all(
        "main :is(h1, h2, h3, th, dt, .q-btn:not(.tag-value) .q-btn__content > span, .q-tab__label, .q-field__label)",
        "all => all.map(each => [...each.childNodes].filter(n => n.nodeType === 3 || n.tagName === 'SPAN')"
        ".map(n => n.textContent).join('').trim())",
    )
    own = re.compile(r"[a-z0-9_.@/:-]+")  # names of definitions, ids, addresses
    return sorted(
        {
            text
            for text in texts
            if re.search("[A-Za-z]{2}", text) and not re.search("[一-鿿]", text) and text not in SAME
            and not own.fullmatch(text) and EVIL not in text
        }
    )  # fmt: skip


def test_no_page_of_the_console_is_left_out():
    """Each address of the console's code is one that the test above opens."""
    code = "".join(
        Path(str(importlib.import_module(f"{pages.__name__}.{module.name}").__file__)).read_text(encoding="utf-8")
        for module in iter_modules(pages.__path__)
    )
    addresses = set(re.findall(r'^@page\("([^"]+)"', code, re.MULTILINE))
    assert len(addresses) > 15
    for address in addresses:
        shape = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(address)))
        assert any(shape.fullmatch(path.partition("?")[0]) for path in PAGES.values()), address


def test_an_address_that_leads_nowhere_says_so_in_both_languages(looking: Look, served: Served):
    for look, words in (("en-light-wide", "This is not there."), ("zh-dark-phone", "内容不存在")):
        page = looking(look)
        go(page, f"{served.base}/tags/nothing_of_this_name")
        assert words in page.locator(".state-failed").inner_text()
