"""A build is started in the browser and watched until what it found is there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_served import Served, cookies_for, go, new_page, serving

sys.path.append(str(Path(__file__).parents[1] / "build"))
from tiny import AS_OF, write_tiny

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.browser, pytest.mark.slow]

BUILD = 300_000
"""Milliseconds that a build may take."""


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A tiny project that was never built."""
    with serving(write_tiny(tmp_path_factory.mktemp("new") / "shop")) as running:
        yield running


def test_a_build_is_started_and_watched_until_it_is_in_the_list(new: Served, browser: Any):
    page = new_page(browser, new, cookies_for(new, "analyst"))
    go(page, new.base)
    page.wait_for_selector("text=Nothing is built yet.")
    go(page, new.base + "/builds")
    assert page.locator("[aria-label=Snapshots] tbody tr").count() == 0
    page.get_by_role("button", name="Start a build").click()
    page.get_by_label("As of").fill(AS_OF)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_selector(".run .run-log li", timeout=BUILD)
    assert page.locator(".run [role=progressbar]").count() == 1
    run = page.locator(".run .card-title")
    address = str(run.get_attribute("href"))
    page.wait_for_selector(".run .badge.good", timeout=BUILD)
    page.wait_for_function("document.querySelectorAll('[aria-label=Snapshots] tbody tr').length === 1")
    assert page.complaints == []
    run.click()
    page.wait_for_url(re.compile(address))
    page.wait_for_selector("text=compute tags")
    page.get_by_role("link", name="To the snapshot").click()
    page.wait_for_selector("text=Where the time went")
    page.context.close()
