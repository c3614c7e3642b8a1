"""A small shop that is built once, served by a real process, and looked at with a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from console_served import PASSWORD, PATIENCE, Served, cookies_for, go, new_page, plant, serving

Cookies = list[Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker serves the shop to all tests that look at it."""
    for item in items:
        if "served" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("console"))
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The shop's folder, and the id of a customer with an evil name."""
    from huaxiang.service.api import load
    from huaxiang.service.examples import prepare

    folder = prepare("shop", tmp_path_factory.mktemp("console"), customers=600)
    phone = plant(folder)
    with load(folder).build() as build:
        return folder, build.customer(f"phone:{phone}")["customer_id"]


@pytest.fixture(scope="session")
def served(shop: tuple[Path, str]) -> Iterator[Served]:
    folder, customer = shop
    with serving(folder, customer) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def session(served: Served, browser: Any) -> Cookies:
    """The cookies of an administrator who is signed in."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(served.link)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("main h1")
    cookies: Cookies = [each for each in context.cookies() if each["name"] == "huaxiang_session"]
    context.close()
    return cookies


@pytest.fixture(scope="session")
def cookies_of(served: Served) -> Callable[[str], Cookies]:
    """Role → the cookies of a new session of somebody with that role."""
    return lambda role: cookies_for(served, role)


@pytest.fixture
def opened(served: Served, browser: Any, session: Cookies) -> Iterator[Callable[..., Any]]:
    """Opens a page in a browser of its own, of the administrator where no other `cookies` are given."""
    contexts = []

    def open_page(path: str, look: str = "en-light-wide", cookies: Cookies | None = None) -> Any:
        page = new_page(browser, served, cookies or session, look)
        contexts.append(page.context)
        go(page, served.base + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
