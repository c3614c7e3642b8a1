"""Building again: a whole build of the simulated shop beside builds that take over what has not changed.

    python benchmarks/build_again.py [CUSTOMERS] [--folder FOLDER]

Prints seconds and processor seconds (on a machine that others use, trust these) of a whole build; one after new files
with the orders and app events of 1 % of the customers; a whole build of the same, whose profiles must be equal; one
after more such files, a day later; one after a tag was edited.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

import huaxiang as hx
from huaxiang.service.examples import simulate_shop

SHARE = 100
"""One customer in so many is touched."""

LATER = "2026-07-02"
"""A day after the moment at which the shop is built."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", nargs="?", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch) / "shop"
        if not (folder / "data" / "products.csv").exists():
            simulate_shop(folder, customers=options.customers)
        whole = _timed("whole build", lambda: hx.load(folder).build(full=True))
        _add_files(folder, 900)
        _timed("1 % of the customers touched", lambda: hx.load(folder).build(), whole)
        before = _profiles(hx.load(folder).open())
        _timed("the same, whole", lambda: hx.load(folder).build(full=True), whole)
        print("profiles are equal:", _profiles(hx.load(folder).open()) == before)
        _add_files(folder, 901)
        _timed("1 % again, a day later", lambda: hx.load(folder).build(as_of=LATER), whole)
        _edit_tag(folder)
        _timed("a tag edited", lambda: hx.load(folder).build(as_of=LATER), whole)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MiB")


def _timed(name: str, build: Callable[[], Any], whole: tuple[float, float] | None = None) -> tuple[float, float]:
    begun, used = time.perf_counter(), time.process_time()
    with build() as built:
        slow = sorted(built.summary["steps"], key=lambda step: -step["seconds"])[:6]
    seconds = time.perf_counter() - begun, time.process_time() - used
    shares = "" if whole is None else f"   {seconds[1] / whole[1]:6.1%} of the whole build's"
    print(f"{name:30} {seconds[0]:8.1f} s  {seconds[1]:8.1f} processor s{shares}", flush=True)
    print("   ", ", ".join(f"{step['step']} {step['seconds']:.1f}" for step in slow), flush=True)
    return seconds


def _add_files(folder: Path, number: int) -> None:
    """New files with orders and app events, under new keys, of one customer in a hundred."""
    events = pq.read_table(folder / "data" / "events" / "app-000.parquet")
    devices = pc.unique(events["device_id"])
    chosen = devices.take(list(range(0, len(devices), SHARE)))
    some = events.filter(pc.is_in(events["device_id"], chosen))
    keys = pc.add(some["event_id"], number * 10**12)
    place = some.column_names.index("event_id")
    pq.write_table(some.set_column(place, "event_id", keys), folder / "data" / "events" / f"app-{number}.parquet")
    lines = (folder / "data" / "orders" / "orders-000.csv").read_text(encoding="utf-8-sig").splitlines()
    key = lines[0].split(",")[0]
    again = [f"again-{number}-{line}" for line in lines[1::SHARE] if line and not line.startswith('"')]
    assert key  # the first column is the order's number
    path = folder / "data" / "orders" / f"orders-{number}.csv"
    path.write_text("\n".join([lines[0], *again, ""]), encoding="utf-8")


def _edit_tag(folder: Path) -> None:
    path = folder / "tags" / "zz_again.yml"
    path.write_text(
        "tags:\n  again_tag:\n    dimension: shop\n    category: habits\n    label: {en: Again, zh: 再次}\n"
        "    table: orders\n    where: paid\n    window: 17d\n    value: count()\n",
        encoding="utf-8",
    )


def _profiles(build: Any) -> dict[str, Any]:
    with build as opened:
        rows = opened.engine.arrow(opened.profiles.order_by("customer_id"), step="profiles")
    return {name: rows[name].to_pylist() for name in rows.column_names}


if __name__ == "__main__":
    main()
