"""Twenty users at once against a real server: seconds per route, requests a second, and the memory of the server.

    python benchmarks/server_load.py /path/to/shop --users 20 --seconds 10

The folder is a project with a build; its segments, tags and customers are asked about as they are. A live source named
`bench` is added to a copy of its definitions for the events. What is measured is the API as uvicorn serves it, over
real connections of this machine: the users take their share of the cores too. Each request brings a key, which is
looked up in the operational database and believed for three seconds, and what the audit trail keeps is written to it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from huaxiang.service.access import keys
from huaxiang.service.workspace import Workspace

SERVER = """
import sys, uvicorn
from pathlib import Path
from huaxiang.api.app import create_api
from huaxiang.service.workspace import Workspace
from fastapi import FastAPI

workspace = Workspace(Path(sys.argv[1]))
app = FastAPI(openapi_url=None)
app.mount("/v1", create_api(workspace))
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""

LIVE = """sources:
  bench:
    live: true
    key: message_id
    feeds:
      - table: events
        where: type = 'track'
        identifiers: {phone: user_id}
        columns: {event_id: message_id, occurred_at: timestamp, received_at: received_at, name: event}
"""

BATCH, LOOKUPS = 200, 100
WARMING = 3.0
"""Seconds of the same load before it is measured."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("project", type=Path)
    options.add_argument("--users", type=int, default=20)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--keep", action="store_true", help="serve the folder itself, not a copy of it")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.project if asked.keep else Path(shutil.copytree(asked.project, Path(scratch) / "shop"))
        (folder / "sources" / "bench_live.yml").write_text(LIVE, encoding="utf-8")
        port = _free_port()
        server = subprocess.Popen([sys.executable, "-W", "ignore", "-c", SERVER, str(folder), str(port)])
        try:
            secrets = _keys(folder)
            asyncio.run(_measure(f"http://127.0.0.1:{port}/v1", secrets, asked.users, asked.seconds, server.pid))
        finally:
            server.terminate()
            server.wait()


def _keys(folder: Path) -> dict[str, str]:
    """A key of an analyst, and one that sends messages."""
    workspace = Workspace(folder)
    made = {role: keys.add(workspace, f"bench {role}", role, "bench", days=1)[1] for role in ("analyst", "admin")}
    workspace.close()
    return made


async def _measure(url: str, secrets: dict[str, str], users: int, seconds: float, pid: int) -> None:
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users)
    bearer = {role: {"Authorization": f"Bearer {secret}"} for role, secret in secrets.items()}
    async with httpx.AsyncClient(base_url=url, headers=bearer["analyst"], timeout=60, limits=limits) as client:
        await _until_ready(client)
        questions = await _questions(client, bearer["admin"])
        print("load average before: " + " ".join(f"{each:.1f}" for each in os.getloadavg()))
        print(f"{'route':<28}{'requests/s':>12}{'things/s':>12}{'p50 ms':>10}{'p95 ms':>10}{'errors':>8}")
        for name, (ask, things) in questions.items():
            await _load(ask, users, WARMING)  # what is compiled or read into memory once is not measured
            found = await _load(ask, users, seconds)
            _show(name, found, seconds, things)
        print("load average after: " + " ".join(f"{each:.1f}" for each in os.getloadavg()))
        print(f"memory of the server: {_memory(pid):,.0f} MiB now, {_memory(pid, 'VmHWM'):,.0f} MiB at most")


Ask = Callable[[], Any]


async def _questions(client: httpx.AsyncClient, sender: dict[str, str]) -> dict[str, tuple[Ask, int]]:
    """Route → how it is asked, and of how many things at once."""
    rows = (await client.get("/profiles", params={"limit": 1000})).json()["items"]
    ids = [row["customer_id"] for row in rows]
    segments = [row["name"] for row in (await client.get("/segments")).json()["items"] if row["size"]]
    numbers = [
        row["name"]
        for row in (await client.get("/tags")).json()["items"]
        if row["type"] in ("integer", "number", "money") and row["privacy"] < "L3"
    ]
    draw, few = random.Random(7), numbers[:3]

    def rule() -> str:
        parts = [f"{draw.choice(numbers)} > {draw.randint(0, 50)}" for _ in range(3)]
        return f"({parts[0]} or {parts[1]}) and {parts[2]} and not in_segment('{draw.choice(segments)}')"

    def messages() -> dict[str, Any]:
        one = {"type": "track", "userId": "13900000000", "event": "Product Viewed", "properties": {"price": 9.5}}
        return {"batch": [one | {"messageId": uuid.uuid4().hex} for _ in range(BATCH)]}

    def get(path: Callable[[], str], **more: Any) -> Ask:
        return lambda: client.get(path(), **more)

    def post(path: str, body: Callable[[], Any], **more: Any) -> Ask:
        return lambda: client.post(path, json=body(), **more)

    one = draw.choice
    return {
        "GET profile": (get(lambda: f"/profiles/{one(ids)}"), 1),
        "GET traits (3 tags)": (get(lambda: f"/profiles/{one(ids)}/traits", params={"tags": few}), 1),
        f"POST lookup of {LOOKUPS}": (
            post("/profiles/lookup", lambda: {"identifiers": draw.sample(ids, LOOKUPS)}),
            LOOKUPS,
        ),
        "  same, 3 tags each": (
            post("/profiles/lookup", lambda: {"identifiers": draw.sample(ids, LOOKUPS), "tags": few}),
            LOOKUPS,
        ),
        "GET events": (get(lambda: f"/profiles/{one(ids)}/events"), 1),
        "GET a page of customers": (
            get(lambda: "/profiles", params={"tags": numbers[:5], "sort": f"-{numbers[0]}"}),
            1,
        ),
        "GET segments": (get(lambda: "/segments"), 1),
        "POST count": (post("/counts", lambda: {"rule": rule()}), 1),
        "GET persona": (get(lambda: f"/personas/{one(segments)}"), 1),
        f"POST batch of {BATCH}": (
            post("/batch", messages, params={"source": "bench"}, headers=sender),
            BATCH,
        ),
    }


async def _load(ask: Ask, users: int, seconds: float) -> dict[int, list[float]]:
    """Seconds of each request by its status, with so many users who ask again as soon as they are answered."""
    found: dict[int, list[float]] = defaultdict(list)
    end = time.perf_counter() + seconds

    async def user() -> None:
        while (begun := time.perf_counter()) < end:
            answer = await ask()
            found[answer.status_code].append(time.perf_counter() - begun)

    await asyncio.gather(*(user() for _ in range(users)))
    return found


def _show(name: str, found: dict[int, list[float]], seconds: float, things: int) -> None:
    fine = found.get(200, [])
    wrong = sum(len(times) for status, times in found.items() if status != 200)
    if len(fine) < 2:
        statuses = {status: len(times) for status, times in found.items()}
        print(f"{name:<28} answered {statuses}")
        return
    cuts = statistics.quantiles(fine, n=20)
    rate = len(fine) / seconds
    print(
        f"{name:<28}{rate:>12,.0f}{rate * things:>12,.0f}{1000 * cuts[9]:>10,.0f}{1000 * cuts[18]:>10,.0f}{wrong:>8}",
        flush=True,
    )


async def _until_ready(client: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            if (await client.get("/segments")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise SystemExit("The server does not answer.")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _memory(pid: int, name: str = "VmRSS") -> float:
    """MiB of a process, now or at most."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"Nothing says how much memory process {pid} has.")


if __name__ == "__main__":
    main()
