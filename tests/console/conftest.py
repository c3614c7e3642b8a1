"""A small shop that is built once, served by a real process, and looked at with a real browser."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from console_served import PASSWORD, PATIENCE, Served, go, new_page, plant

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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "huaxiang", "serve", str(folder), "--port", str(port), "--language", "en"]
    log = folder / "serve.log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            yield Served(f"http://127.0.0.1:{port}", _link(log, process), folder, customer)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, -signal.SIGTERM), log.read_text()
    shutil.rmtree(folder, ignore_errors=True)


def _link(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(900):
        found = re.search(r"http\S+/link/\S+", log.read_text())
        if found:
            return found[0]
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"the server does not answer: {log.read_text()}")


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
    from huaxiang.access.accounts import User
    from huaxiang.service.access import sessions
    from huaxiang.service.workspace import Workspace

    def begin(role: str) -> Cookies:
        workspace = Workspace(served.folder)
        try:
            users = workspace.access.users
            user = users.find(f"a.{role}") or users.add(User(0, f"a.{role}", role, workspace.access.now()))  # type: ignore[arg-type]
            token = sessions.begin(workspace, user, "127.0.0.1")
        finally:
            workspace.close()
        return [{"name": "huaxiang_session", "value": token, "url": served.base}]

    return begin


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
