"""How long Chromium waits for the pages of the console: the first one after a start, and later ones.

    python benchmarks/console_pages.py /path/to/shop [--looks 3]

The folder is a project with a build; a copy of it is served by `huaxiang serve`. `there` is from the click on a link
until the page has its heading and its frame, `whole` until nothing of it is loading any more; `cpu` is what the server
worked for it. `first` is the first look of anybody since the server began; `later` the median of further looks, by the
same browser, which then has the files of the console. Before the first page is asked for, the server may prepare for
`--after` seconds, as it does wherever nobody waits in front of it.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from shutil import copytree
from typing import Any

from users import processor_seconds

from huaxiang.access.accounts import User
from huaxiang.service.access import sessions
from huaxiang.service.workspace import Workspace

SERVER = "from huaxiang.cli import main; main()"
FIRST, LATER = 1.5, 0.5
"""Seconds that the first and later pages are to take, at most."""

PAGES = {
    "overview": "/",
    "customers": "/customers",
    "a customer": "/customers/{customer}",
    "tags": "/tags",
    "a tag": "/tags/{tag}",
    "segments": "/segments",
    "a segment": "/segments/{segment}",
    "another segment": "/segments/{other}",
    "define a segment": "/define/segment",
    "personas": "/personas",
    "a persona": "/personas/{persona}",
    "sources": "/sources",
    "quality": "/quality",
    "identity": "/identity",
    "builds": "/builds",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--looks", type=int, default=3, help="further looks at each page")
    parser.add_argument("--after", type=float, default=0.0, help="seconds between the start and the first page")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(copytree(asked.project, Path(scratch) / "shop"))
        token, names = _prepare(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        base, begun = f"http://127.0.0.1:{port}", time.perf_counter()
        with (Path(scratch) / "log").open("wb") as log:
            command = [sys.executable, "-W", "ignore", "-c", SERVER, "serve", str(folder), "--port", str(port)]
            server = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                _until_live(base)
                print("load average: " + " ".join(f"{each:.1f}" for each in os.getloadavg()))
                worked = processor_seconds(server.pid)
                print(f"ready after {time.perf_counter() - begun:.1f} s, {worked:.1f} of processors")
                time.sleep(asked.after)
                _look(base, token, names, server.pid, asked.looks)
            finally:
                server.terminate()
                server.wait()


def _prepare(folder: Path) -> tuple[str, dict[str, str]]:
    """The token of an analyst's session, and what pages are about."""
    workspace = Workspace(folder)
    user = workspace.access.users.add(User(0, "bench.analyst", "analyst", workspace.access.now()))
    token = sessions.begin(workspace, user, "127.0.0.1")
    with workspace.build() as build:
        segments = [row["name"] for row in build.segments() if row["size"]]
        names = {
            "customer": build.profiles.limit(1).customer_id.execute()[0],
            "tag": build.tags()[0]["name"],
            "segment": segments[0],
            "other": segments[-1],
            "persona": build.personas()[0]["name"],
        }
    workspace.close()
    return token, names


def _look(base: str, token: str, names: dict[str, str], pid: int, looks: int) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "huaxiang_session", "value": token, "url": base}])
        page = context.new_page()
        page.goto("about:blank")
        shown = "".join(f"{name:>9}" for name in ("there", "whole", "cpu", "there", "whole", "cpu"))
        print(f"{'seconds':18}{'first:':>9}{'':18}{'later:':>9}\n{'page':18}{shown}   goal")
        for i, (name, path) in enumerate(PAGES.items()):
            address = base + path.format(**names)
            first = _opened(page, address, pid)
            later = [_opened(page, address, pid) for _ in range(looks)]
            medians = [statistics.median(column) for column in zip(*later, strict=True)]
            goal = LATER if i else FIRST
            reached = (first if not i else medians)[0] <= goal
            figures = "".join(f"{each:9.2f}" for each in (*first, *medians))
            print(f"{name:18}{figures}   {goal:g} {'yes' if reached else 'no'}", flush=True)
        browser.close()


def _opened(page: Any, address: str, pid: int) -> tuple[float, float, float]:
    """Seconds until the heading of a page is there and until all of it is, and seconds that the server worked."""
    page.goto("about:blank")
    begun, worked = time.perf_counter(), processor_seconds(pid)
    page.goto(address, wait_until="commit")
    page.wait_for_selector("main h1")
    there = time.perf_counter() - begun
    page.wait_for_function("document.querySelector('.q-skeleton, .q-table__progress') === null")
    return there, time.perf_counter() - begun, processor_seconds(pid) - worked


def _until_live(base: str) -> None:
    for _ in range(3000):
        try:
            with urllib.request.urlopen(f"{base}/health/live"):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("The server does not answer.")


if __name__ == "__main__":
    main()
