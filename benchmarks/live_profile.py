"""How long one customer takes: the stored profile by an identifier, and the live one with a message that just came.

    python benchmarks/live_profile.py [CUSTOMERS] [--asks N] [--folder FOLDER]

The simulated shop with a live source on top. Before each live question a message about the customer is appended, so
that every answer begins with a message that nobody has read yet. Stored profiles are asked for one by one, many at once
and by eight threads, and a few hundred before that are not counted: then the tables that are asked for are in memory,
or in row files, which are written first where memory is too small for them.
`cpu` is what the process worked, which tells a slow way from a busy machine. The project is kept in FOLDER, where one
is given, and built there once.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import huaxiang as hx
from huaxiang.core.moments import Moment
from huaxiang.service.api import Project
from huaxiang.service.builds import Build
from huaxiang.service.examples import simulate_shop

LIVE = """sources:
  app_live:
    live: true
    key: message_id
    feeds:
      - table: events
        where: type = 'track'
        identifiers: {phone: phone, device_id: device_id, openid: openid, cookie: cookie, email: email}
        columns:
          event_id: message_id
          occurred_at: timestamp
          received_at: received_at
          name: event
          channel: "'app'"
          product_id: properties_product_id
      - table: orders
        where: type = 'order'
        duplicates: {by: [order_id], keep: last, order: received_at}
        identifiers: {phone: phone, email: email}
        columns:
          order_id: order_no
          occurred_at: timestamp
          received_at: received_at
          status: status
          amount: {value: amount, clean: [money]}
"""
WARM = 300
USED = ("phone", "device_id", "openid", "cookie", "email")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", nargs="?", type=int, default=5000)
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch) / "shop"
        project = built(folder, given.customers)
        with project.open() as build:
            print(f"{build.summary['customers']:,} customers, {sum(build.summary['facts'].values()):,} facts")
            measure(project, build, given.asks)


def built(folder: Path, customers: int) -> Project:
    if not (folder / "huaxiang.yml").is_file():
        simulate_shop(folder, customers=customers)
        (folder / "sources" / "live.yml").write_text(LIVE, encoding="utf-8")
    project = hx.load(folder)
    if not project.snapshots():
        project.build().close()
    return project


def measure(project: Project, build: Build, asks: int) -> None:
    chance = random.Random(1)
    known = build.engine.table("identifiers")
    rows = build.engine.rows(known.filter(known.type.isin(USED)).order_by("type", "value"), step="identifiers")
    asked = [chance.choice(rows) for _ in range(asks)]
    names = [f"{row['type']}:{row['value']}" for row in asked]
    begun, worked = time.perf_counter(), time.process_time()
    if build.stored_customers.row_sets and build.stored_customers.write_row_files():
        print(f"row files: {time.perf_counter() - begun:.1f} s, cpu {time.process_time() - worked:.1f} s")
    report("stored profile, the first ones", timed(lambda i: build.customer(names[i]), 20))
    begun = time.perf_counter()
    for i in range(WARM):
        build.customer(names[i % asks])
    print(f"{WARM} more: {time.perf_counter() - begun:.2f} s; memory {memory():.2f} GiB")
    report("stored profile, then", timed(lambda i: build.customer(names[i]), asks))
    together = [chance.choice(names) for _ in range(1000)]
    wall, cpu = timed(lambda _: build.customers_by(together), 1)
    print(f"1,000 at once: {wall[0]:.2f} s, cpu {cpu[0]:.2f} s")
    with ThreadPoolExecutor(8) as pool:
        wall, cpu = timed(lambda _: list(pool.map(build.customer, together)), 1)
    print(f"1,000 by eight threads: {wall[0]:.2f} s, cpu {cpu[0]:.2f} s")
    begun = time.perf_counter()
    later = Moment(build.moment.utc + timedelta(days=1), build.moment.zone)
    build.live_customer(names[0], later.utc)
    print(f"live profile, first: {time.perf_counter() - begun:.2f} s (compiles everything)")
    parts: dict[str, list[float]] = {}
    source = project.live("app_live")

    def ask(i: int) -> None:
        number = build.finder.find(names[i]).number
        profile = build.live_profiles.profile(number, later)
        for part, seconds in profile.seconds.items():
            parts.setdefault(part, []).append(seconds)

    def append(i: int) -> None:
        stamp = (build.moment.utc + timedelta(seconds=i)).isoformat()
        message = {"message_id": f"m{time.time_ns()}", asked[i]["type"]: asked[i]["value"], "timestamp": stamp}
        order = {"type": "order", "order_no": f"L{i % 50}", "status": "paid", "amount": "10"}
        event = {"type": "track", "event": "Product Viewed", "properties": {"product_id": "p1"}}
        source.append([{**message, "received_at": stamp, **chance.choice([order, event])}], keep_received_at=True)

    for i in range(10):
        append(i)
        ask(i)
    parts.clear()
    report("live profile", timed(ask, asks, before=append))
    for part, seconds in parts.items():
        print(f"    {part:8} p50 {quantile(seconds, 0.5):6.1f} ms  p95 {quantile(seconds, 0.95):6.1f} ms")


def timed(ask: Callable[[int], object], asks: int, before: Callable[[int], object] | None = None) -> list[list[float]]:
    """Wall and processor seconds of each question."""
    found = []
    for i in range(asks):
        if before is not None:
            before(i)
        wall, cpu = time.perf_counter(), time.process_time()
        ask(i)
        found.append([time.perf_counter() - wall, time.process_time() - cpu])
    return [list(each) for each in zip(*found, strict=True)]


def report(name: str, seconds: list[list[float]]) -> None:
    wall, cpu = seconds
    print(
        f"{name}: p50 {quantile(wall, 0.5):.1f} ms, p95 {quantile(wall, 0.95):.1f} ms; "
        f"cpu p50 {quantile(cpu, 0.5):.1f} ms, p95 {quantile(cpu, 0.95):.1f} ms"
    )


def memory() -> float:
    """The greatest memory of this process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def quantile(seconds: list[float], share: float) -> float:
    return 1000 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


if __name__ == "__main__":
    main()
