"""Twenty users at once against a real server: requests a second, milliseconds and processor time by route, memory.

    python benchmarks/server_load.py /path/to/shop --users 20 --seconds 10
    python benchmarks/server_load.py /path/to/shop --during-build
    python benchmarks/server_load.py /path/to/shop --customers 5000000 --think 5

The folder is a project with a build; its segments, tags and customers are asked about as they are. A live source named
`bench` is added to a copy of it for the events. What is measured is `huaxiang serve`, over real connections of this
machine: the users take their share of the cores too. Each request brings a key, which is looked up in the operational
database and believed for three seconds; the audit trail keeps what it always keeps, and the log is written.

With `--during-build` the server builds the same project all the while, as the console starts it; with `--beside FOLDER`
a copy of that project is built all the while by processes like those of the server. With `--customers`
the build that serves is one of so many synthetic customers (`wide_snapshot.py`); of the folder only definitions and
operational data stay. A folder that `wide_snapshot.py` has written is served as it is, without the option. `--think` is
how long a user pauses between two questions: without it all of them ask again at once, which says how much the server
can do, not how long somebody waits. Nothing is asked before the server has prepared itself after its start.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from users import WARMING, Ask, Connection, Found, Memory, load, processor_seconds, request
from wide_snapshot import SEGMENTS, publish

from huaxiang.service.access import keys
from huaxiang.service.jobs.child import Child
from huaxiang.service.surroundings import plain_environment
from huaxiang.service.workspace import Workspace

SERVER = "from huaxiang.cli import main; main()"

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


@dataclass(frozen=True)
class Route:
    """What is asked, of how many things at once, and what it is to reach: things a second, or a p95 in ms.

    `users` are those who ask at once, where they are not all.
    """

    name: str
    ask: Ask
    things: int = 1
    least: float | None = None
    most: float | None = None
    users: int | None = None

    def goal(self, found: Found) -> str:
        """The goal, and whether it was reached."""
        if self.least is not None:
            return f"{self.least:,.0f}/s {'yes' if found.rate * self.things >= self.least else 'no'}"
        if self.most is not None:
            return f"p95 {self.most:,.0f} {'yes' if found.at(95) <= self.most else 'no'}"
        return ""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("project", type=Path)
    options.add_argument("--users", type=int, default=20)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--think", type=float, default=0.0, help="seconds that a user pauses between two questions")
    options.add_argument("--during-build", action="store_true", help="let the server build meanwhile")
    options.add_argument("--beside", type=Path, help="build a copy of this project meanwhile")
    options.add_argument("--customers", type=int, help="serve a synthetic build of so many customers")
    options.add_argument("--only", default="", help="routes whose name holds this")
    options.add_argument("--scratch", type=Path, help="where the copy is made")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        folder = Path(scratch) / "shop"
        shutil.copytree(asked.project, folder)
        (folder / "sources" / "bench_live.yml").write_text(LIVE, encoding="utf-8")
        if asked.customers:
            publish(folder, asked.customers)
        if asked.beside:
            shutil.copytree(asked.beside, Path(scratch) / "beside")
        secrets = _keys(folder)
        port = _free_port()
        command = [sys.executable, "-W", "ignore", "-c", SERVER, "serve", str(folder), "--port", str(port)]
        with (Path(scratch) / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                asyncio.run(_measure(port, server.pid, secrets, asked, Path(scratch) / "beside"))
            finally:
                server.terminate()
                server.wait()


def _keys(folder: Path) -> dict[str, str]:
    """A key of an analyst, and one that sends messages and starts builds."""
    workspace = Workspace(folder)
    made = {role: keys.add(workspace, f"bench {role}", role, "bench", days=1)[1] for role in ("analyst", "admin")}
    workspace.close()
    return made


async def _measure(port: int, pid: int, secrets: dict[str, str], asked: argparse.Namespace, beside: Path) -> None:
    client = await _ready(port, secrets["analyst"])
    routes = [route for route in await _routes(client, secrets) if asked.only in route.name]
    await _settled(pid)
    print("load average before: " + " ".join(f"{each:.1f}" for each in os.getloadavg()))
    print(
        f"{'route':<28}{'requests/s':>11}{'things/s':>10}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}{'errors':>8}{'MiB':>7}"
        "   goal"
    )
    building = asyncio.create_task(_building(port, secrets["admin"])) if asked.during_build else None
    neighbour = Neighbour(beside) if asked.beside else None
    for route in routes:
        users = route.users or asked.users
        await load(port, pid, route.ask, users=users, seconds=WARMING, think=asked.think and 0.5)
        found = await load(port, pid, route.ask, users=users, seconds=asked.seconds, think=asked.think)
        print(
            f"{route.name:<28}{found.rate:>11,.0f}{found.rate * route.things:>10,.0f}{found.at(50):>9,.0f}"
            f"{found.at(95):>9,.0f}{found.cpu_each:>9,.2f}{found.errors:>8}"
            f"{Memory.of(pid).resident:>7,.0f}   {route.goal(found)}",
            flush=True,
        )
    if building is not None:
        building.cancel()
        await asyncio.gather(building, return_exceptions=True)
        # The server has hung up on who has not asked for a while.
        runs = await _asked(await Connection.to(port), request("GET", "/builds/runs", secrets["admin"]))
        print(f"builds meanwhile: {_runs(runs)}")
    if neighbour is not None:
        print(f"builds beside: {neighbour.end()}")
    print("load average after: " + " ".join(f"{each:.1f}" for each in os.getloadavg()))
    taken = Memory.of(pid)
    print(f"memory of the server: {taken.most:,.0f} MiB at most; goal 1,536: {_yes(taken.most < 1536)}")
    print(
        f"now {taken.resident:,.0f} MiB: {taken.own:,.0f} its own, {taken.mapped:,.0f} pages of files; "
        f"{taken.share:,.0f} where pages of several processes are shared out among them"
    )


class Neighbour:
    """Builds the project in a folder whole, again and again, as a server would, until it is told to end."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ended, self._wanted = folder, 0, True
        self._child = self._begun()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def end(self) -> str:
        """Stop what runs; how many builds were done."""
        self._wanted = False
        self._child.stop()
        self._thread.join()
        return f"{self._ended} done, 1 running"

    def _begun(self) -> Child:
        progress = self._folder / "progress.json"
        return Child(self._folder, progress, None, full=True, environment=plain_environment())

    def _go_on(self) -> None:
        while (ending := self._child.wait()).snapshot is not None:
            self._ended += 1
            self._child = self._begun()
            if not self._wanted:
                self._child.stop()
        if self._wanted:
            print(f"the build beside ended: {ending.code} {ending.message}")


async def _building(port: int, key: str) -> None:
    """One build after the other."""
    client = await Connection.to(port)
    while True:
        await client.ask(request("POST", "/builds/runs", key, content={"full": True}))
        await asyncio.sleep(1)


def _runs(answer: dict[str, Any]) -> str:
    states = [row["state"] for row in answer["items"]]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "none"


async def _routes(client: Connection, secrets: dict[str, str]) -> list[Route]:
    """What is asked; of a synthetic build what its goals are about, of customers from all over it."""
    analyst, admin = secrets["analyst"], secrets["admin"]

    async def get(path: str, **query: Any) -> Any:
        return await _asked(client, request("GET", path, analyst, query=query))

    ids = [row["customer_id"] for row in (await get("/profiles", limit=1000))["items"]]
    segments = [row["name"] for row in (await get("/segments"))["items"] if row["size"]]
    numbers = [
        row["name"]
        for row in (await get("/tags"))["items"]
        if row["type"] in ("integer", "number", "money") and row["privacy"] < "L3"
    ]
    draw, few = random.Random(7), numbers[:3]
    one = draw.choice
    wide = SEGMENTS[0] in segments
    if wide:
        customers = (await get("/overview"))["build"]["customers"]
        ids = [f"c{draw.randrange(customers)}" for _ in range(20_000)]

    def above() -> str:
        return f"{one(numbers)} > {draw.randint(0, 50)}"

    def mixed() -> str:
        return f"({above()} or {above()}) and {above()} and not in_segment('{one(segments)}')"

    def algebra() -> str:
        a, b, c = (f"in_segment('{name}')" for name in draw.sample(segments, 3))
        return f"({a} or {b}) and not {c}"

    def asks(path: Callable[[], str], **query: Any) -> Ask:
        return lambda: request("GET", path(), analyst, query=query)

    def posts(path: str, content: Callable[[], Any]) -> Ask:
        return lambda: request("POST", path, analyst, content=content())

    def messages() -> bytes:
        one = {"type": "track", "userId": "13900000000", "event": "Product Viewed", "properties": {"price": 9.5}}
        batch = {"batch": [one | {"messageId": uuid.uuid4().hex} for _ in range(BATCH)]}
        return request("POST", "/batch", admin, query={"source": "bench"}, content=batch)

    profile = Route("GET profile", asks(lambda: f"/profiles/{one(ids)}"), least=1000)
    five = Route(
        "count of five predicates",
        posts("/counts", lambda: {"rule": " and ".join(above() for _ in range(5))}),
        most=150,
    )
    sets = Route("count of three segments", posts("/counts", lambda: {"rule": algebra()}), most=300)
    persona = Route("GET persona of any segment", asks(lambda: f"/personas/{one(segments)}"), most=1500)
    traits = Route("GET traits (3 tags)", asks(lambda: f"/profiles/{one(ids)}/traits", tags=few), least=1000)
    looked_up = posts("/profiles/lookup", lambda: {"identifiers": draw.sample(ids, LOOKUPS)})
    lookup = Route(f"POST lookup of {LOOKUPS}", looked_up, LOOKUPS, least=1000)
    page = Route("GET a page of customers", asks(lambda: "/profiles", tags=numbers[:5], sort=f"-{numbers[0]}"))
    if wide:
        lone = Route("GET profile, one user alone", profile.ask, most=15, users=1)
        return [lone, profile, traits, lookup, five, sets, persona, page]
    lookup_few = Route(
        "  same, 3 tags each",
        posts("/profiles/lookup", lambda: {"identifiers": draw.sample(ids, LOOKUPS), "tags": few}),
        LOOKUPS,
    )
    return [
        profile,
        traits,
        lookup,
        lookup_few,
        Route("GET events", asks(lambda: f"/profiles/{one(ids)}/events")),
        page,
        Route("GET segments", asks(lambda: "/segments")),
        Route("count of a mixed rule", posts("/counts", lambda: {"rule": mixed()})),
        five,
        sets,
        persona,
        Route(f"POST batch of {BATCH}", messages, BATCH, least=5000),
    ]


async def _asked(client: Connection, wire: bytes) -> Any:
    status, body = await client.ask(wire)
    if status != 200:
        raise SystemExit(f"{wire.splitlines()[0]!r} was answered with {status}: {body[:300]!r}")
    return json.loads(body)


async def _ready(port: int, key: str) -> Connection:
    """A connection to the server as soon as it answers for the build."""
    for _ in range(1200):
        try:
            client = await Connection.to(port)
            if (await client.ask(request("GET", "/segments", key)))[0] == 200:
                return client
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("The server does not answer.")


async def _settled(pid: int) -> None:
    """Wait until neither the server nor a process that it has started has anything to do, four minutes at most."""
    for _ in range(120):
        worked = processor_seconds(pid)
        await asyncio.sleep(2)
        started = Path(f"/proc/{pid}/task").glob("*/children")
        if processor_seconds(pid) - worked < 0.1 and not any(path.read_text() for path in started):
            return


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _yes(reached: bool) -> str:
    return "yes" if reached else "no"


if __name__ == "__main__":
    main()
