"""What tests of the console know of the server that they look at, and how they look."""

from __future__ import annotations

import csv
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "correct horse battery staple"
PATIENCE = 90_000
"""Milliseconds that a page may take on a machine that does other things too."""

LOOKS = {"en-light-wide": (1440, 900), "zh-dark-phone": (390, 844)}

EVIL = '<img src=x onerror="window.hacked=1">'
"""A text that is a script where it is taken for markup: in labels, names and products of the shop that is looked at."""

EVIL_DEFINITIONS = """{section}:
  evil_{section}:
    label: {{en: '{evil} evil', zh: '{evil} 恶意'}}
    description: {{en: '{evil}', zh: '{evil}'}}
    {more}
"""


@dataclass(frozen=True)
class Served:
    """A server that runs, where the first administrator sets a password, and a customer whose name is `EVIL`."""

    base: str
    link: str
    folder: Path
    customer: str


@contextmanager
def serving(folder: Path, customer: str = "") -> Iterator[Served]:
    """`huaxiang serve` in a process of its own, which ends in peace after the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "huaxiang", "serve", str(folder), "--port", str(port), "--language", "en"]
    log = folder / "serve.log"
    # In the project's folder: whatever a text might make it write is found there.
    there: Any = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}}
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **there) as process:
        try:
            yield Served(f"http://127.0.0.1:{port}", _link(log, process), folder, customer)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, -signal.SIGTERM), log.read_text()


def _link(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(900):
        found = re.search(r"http\S+/link/\S+", log.read_text())
        if found:
            return found[0]
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"the server does not answer: {log.read_text()}")


def cookies_for(served: Served, role: str) -> list[Any]:
    """The cookies of a new session of somebody with a role."""
    from huaxiang.access.accounts import User
    from huaxiang.service.access import sessions
    from huaxiang.service.workspace import Workspace

    workspace = Workspace(served.folder)
    try:
        users = workspace.access.users
        user = users.find(f"a.{role}") or users.add(User(0, f"a.{role}", role, workspace.access.now()))  # type: ignore[arg-type]
        token = sessions.begin(workspace, user, "127.0.0.1")
    finally:
        workspace.close()
    return [{"name": "huaxiang_session", "value": token, "url": served.base}]


def plant(folder: Path) -> str:
    """Write `EVIL` wherever people or definitions can bring texts into the shop; the phone of a customer so named."""
    for section, more in (
        ("tags", "dimension: shop\n    category: care\n    expression: order_count + 1"),
        ("segments", "where: order_count >= 1\n    action: {en: '" + EVIL + "', zh: '" + EVIL + "'}"),
    ):
        text = EVIL_DEFINITIONS.format(section=section, evil=EVIL, more=more)
        (folder / section / "evil.yml").write_text(text, encoding="utf-8")
    products = _rows(folder / "data" / "products.csv")
    brands = [row["brand"] for row in products]
    most = max(set(brands), key=brands.count)
    _write(
        folder / "data" / "products.csv", [{**r, "brand": EVIL if r["brand"] == most else r["brand"]} for r in products]
    )
    (file,) = (folder / "data" / "crm").glob("*.csv")
    people = _rows(file)
    victim = next(row for row in people if row["mobile"] and row["name"])
    _write(file, [{**row, "name": EVIL, "address": EVIL} if row is victim else row for row in people])
    return victim["mobile"]


def new_page(browser: Any, served: Served, cookies: list[Any], look: str = "en-light-wide") -> Any:
    """An empty page in a browser of its own, read as a look asks for it; its `complaints` are the browser's."""
    language, mode, _ = look.split("-")
    width, height = LOOKS.get(look, (1440, 900))
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    chosen = {"huaxiang_language": language, "huaxiang_mode": mode}
    context.add_cookies([*cookies, *({"name": k, "value": v, "url": served.base} for k, v in chosen.items())])
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: page.complaints.append(asked.url) if _is_foreign(asked.url, served) else None)
    return page


def go(page: Any, address: str) -> None:
    """Open an address, and wait until all of it is there."""
    page.goto(address)
    page.wait_for_selector("main h1")
    settled(page)


def settled(page: Any) -> None:
    """Wait until nothing of the page is loading."""
    page.wait_for_function("document.querySelector('.q-skeleton, .q-inner-loading') === null")


def _is_foreign(url: str, served: Served) -> bool:
    return not url.startswith((served.base, served.base.replace("http", "ws"), "data:", "blob:"))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
