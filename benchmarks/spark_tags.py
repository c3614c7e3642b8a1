"""Tags on Spark beside DuckDB: what a bucket of customers costs, and what a second worker brings.

    python benchmarks/spark_tags.py [CUSTOMERS] [--tags N] [--folder FOLDER]

The same facts, tags and kernel, on this machine: DuckDB with one thread and with two, Spark with one worker process and
with two. Prints seconds of one run, per bucket of 65,536 customers, and ratios. Of Spark it is the step that hands
buckets to workers, which read facts, compute tags and write them; of DuckDB the same. Each has done it once before for
a few customers, so that starting and compiling are not counted. `processor` is what all processes worked meanwhile,
also for what comes before and after that step; `java` is the part of it that the machine of Spark took, and not the
tags. Facts are kept in FOLDER, where one is given, as by tags_pass.py.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from tags_pass import profiles, stored_facts
from tags_shop import catalogue

from huaxiang.core.buckets import BUCKET
from huaxiang.core.tables import STANDARD
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.compile import compile_tags

STEPS = ("profiles", "tags of buckets")
"""The step that computes the tags, on DuckDB and on Spark."""

OPTIONS = {"spark.driver.memory": "4g", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", nargs="?", type=int, default=4 * BUCKET)
    parser.add_argument("--tags", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--engine", choices=("duckdb", "spark"), help="measure this one alone, and print its seconds")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        home = options.folder or Path(scratch)
        folder = stored_facts(home, options.customers)
        if options.engine:
            print(*spent(options.engine, options.workers, folder, Path(scratch), options.customers, options.tags))
        else:
            compare(home, options.customers, options.tags)


def compare(home: Path, customers: int, tags: int) -> None:
    """Measure each in a process of its own, over the facts in `home`: a process has one Spark."""
    buckets = -(-customers // BUCKET)
    print(f"{customers:,} customers in {buckets} buckets, {30 * customers:,} facts, {os.cpu_count()} cores")
    found = {
        (engine, workers): _aside(engine, workers, home, customers, tags)
        for engine in ("duckdb", "spark")
        for workers in (1, 2)
    }
    print(
        f"{'':20} {'seconds':>9} {'per bucket':>11} {'× duckdb':>9} {'× one worker':>13} {'processor':>10} {'java':>7}"
    )
    for (engine, workers), (seconds, processor, java) in found.items():
        ratios = seconds / found["duckdb", workers][0], found[engine, 1][0] / seconds
        print(
            f"{engine + ', ' + str(workers):20} {seconds:9.2f} {seconds / buckets:11.2f} {ratios[0]:9.2f} "
            f"{ratios[1]:13.2f} {processor:10.2f} {java:7.2f}"
        )


def _aside(engine: str, workers: int, home: Path, customers: int, tags: int) -> list[float]:
    command = [sys.executable, __file__, str(customers), "--tags", str(tags), "--folder", str(home)]
    # S603: the command is ours.
    done = subprocess.run(
        [*command, "--engine", engine, "--workers", str(workers)], check=True, stdout=subprocess.PIPE, text=True
    )
    return [float(each) for each in done.stdout.splitlines()[-1].split()]


def spent(engine: str, workers: int, folder: Path, scratch: Path, customers: int, tags: int) -> list[float]:
    """How long the tags of all customers take, after those of a few; processor seconds of all, and of Java."""
    compiled = compile_tags(catalogue(tags), STANDARD)
    with _opened(engine, workers, scratch) as opened:
        for some in (1000, customers):
            numbers = pa.array(range(some), pa.int64())
            people = {"customer_no": numbers, "customer_id": pa.array([f"c_{i}" for i in range(some)])}
            opened.create("customers", pa.table(people), step="customers")
            opened.create("attributes", pa.table({"customer_no": numbers}), step="attributes")
            opened.log.clear()
            before = processor_seconds()
            profiles(opened, compiled, folder, scratch, "8GB", workers)
        after = processor_seconds()
        seconds = sum(each.seconds for each in opened.log if each.step in STEPS)
        worked = {name: after[name] - before.get(name, 0) for name in after}
        return [seconds, sum(worked.values()), worked.get("java", 0)]


def processor_seconds() -> dict[str, float]:
    """What this process and all that it has begun have worked so far, by the name of the program."""
    found: dict[str, float] = {}
    begun = {os.getpid()}
    lines = [text.rpartition(")") for text in _running()]
    processes = [(head.partition(" (")[0], head.partition(" (")[2], rest.split()) for head, _, rest in lines]
    # Whoever was begun later has the greater number, but for a turn of the numbers.
    for number, name, fields in sorted(processes, key=lambda each: int(each[0])):
        if int(number) in begun or int(fields[1]) in begun:
            begun.add(int(number))
            # Time in the program and in the system, of it and of those that it began and that are gone.
            ticks = sum(map(int, fields[11:15]))
            found[name] = found.get(name, 0) + ticks / os.sysconf("SC_CLK_TCK")
    return found


def _running() -> Iterator[str]:
    """What the system says of each process, but of those that end meanwhile."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield path.read_text(encoding="utf-8", errors="replace")


def _opened(engine: str, workers: int, scratch: Path) -> Any:
    if engine == "duckdb":
        return DuckEngine.open(scratch / "tags.duckdb", zone="UTC", threads=workers)
    from huaxiang.store.spark.engine import SparkEngine

    return SparkEngine.open(scratch / "engine", master=f"local[{workers}]", options=OPTIONS, zone="UTC")


if __name__ == "__main__":
    main()
