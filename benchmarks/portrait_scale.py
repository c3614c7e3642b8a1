"""The portrait of a segment of a fifth of the customers, 30 tags with intervals, and two of them side by side.

    python benchmarks/portrait_scale.py 5000000

A synthetic wide table of profiles – texts, yes or no, amounts, days, gaps – in a file that is deleted afterwards.
`shelved` is writing the files that portraits are counted from, as a build does; `first` is the first portrait of an
open build, `further` are other segments there, `compared` are segments side by side. `anonymous_mib` is what the
process holds itself; `peak_mib` counts mapped files, too, and what writing the files took.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from huaxiang.core.moments import Moment
from huaxiang.personas.compare import compare
from huaxiang.personas.comparison.stored import StoredBuild
from huaxiang.personas.run import Portrayer
from huaxiang.personas.shelf import make_shelf
from huaxiang.store.engine import DuckEngine

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
SEGMENTS = 11
COMPARISONS = 5
TAGS = {
    **{f"city_{i}": ("text", f"'v' || (hash(n, {i}) % {5 * i + 5})") for i in range(8)},
    **{f"flag_{i}": ("boolean", f"hash(n, {i + 20}) % 100 < {10 + 9 * i}") for i in range(6)},
    **{f"count_{i}": ("integer", f"(hash(n, {i + 40}) % {4 + 20 * i})::BIGINT") for i in range(6)},
    **{
        f"amount_{i}": ("money", f"case when hash(n, {i + 60}) % 10 < 7 then (hash(n, {i + 80}) % 1000000) / 100 end")
        for i in range(8)
    },
    **{f"day_{i}": ("date", f"date '2026-06-30' - (hash(n, {i + 90}) % 900)::INTEGER") for i in range(2)},
}


CATALOGUE = ("name", "type", "label_en", "label_zh", "dimension", "category", "privacy", "unit", "definition", "values")


def create(engine: DuckEngine, customers: int) -> None:
    """Write the tables that portraits read. Segment i holds every fifth customer, chosen by a hash."""
    types = {"text": "VARCHAR", "boolean": "BOOLEAN", "integer": "BIGINT", "money": "DECIMAL(18,2)", "date": "DATE"}
    columns = ", ".join(f"({expression})::{types[kind]} as {name}" for name, (kind, expression) in TAGS.items())
    raw = engine.backend.raw_sql
    people = f"select 'c' || n as customer_id, n as customer_no, {columns} from range({customers}) t(n)"
    raw(f"create table profiles as {people}")
    raw(
        "create table segments as select 's' || s as segment, 'c' || n as customer_id, n as customer_no "
        f"from range({SEGMENTS}) u(s), range({customers}) t(n) where hash(n, s + 1000) % 5 = 0"
    )
    texts = dict.fromkeys(("label_en", "label_zh", "action_en", "action_zh", "rule"), "")
    rows = [{"name": f"s{i}", **texts} for i in range(SEGMENTS)]
    engine.create("segment_catalog", pa.Table.from_pylist(rows), step="segments")
    measured = ", ".join(f"count({name}) / count(*), approx_count_distinct({name})" for name in TAGS)
    figures = iter(engine.backend.con.execute(f"select {measured} from profiles").fetchone())
    tags = [
        dict(zip(CATALOGUE, (name, kind, name, name, "d", name, "L2", "", "{}", "{}"), strict=True))
        | {"coverage": next(figures), "distinct": next(figures)}
        for name, (kind, _) in TAGS.items()
    ]
    engine.create("tag_catalog", pa.Table.from_pylist(tags), step="tags")


def measure(engine: DuckEngine, customers: int, shelf: Path) -> dict[str, object]:
    """Seconds of the first portrait, of further ones, and of comparisons."""
    shelf.mkdir()
    begun = time.perf_counter()
    make_shelf(engine, shelf, AS_OF)
    shelved = time.perf_counter() - begun
    begun = time.perf_counter()
    portrayer = Portrayer(engine, moment=AS_OF, shelf=shelf)
    first = portrayer.portray("s0")
    seconds = [time.perf_counter() - begun]
    worked = time.process_time()
    for i in range(1, SEGMENTS):
        begun = time.perf_counter()
        portrayer.portray(f"s{i}")
        seconds.append(time.perf_counter() - begun)
    worked = (time.process_time() - worked) / (SEGMENTS - 1)
    further = sorted(seconds[1:])
    stored = StoredBuild(engine, AS_OF, portrayer)
    compared, worked_comparing = [], time.process_time()
    for i in range(COMPARISONS):
        begun = time.perf_counter()
        compare([stored.segment(f"s{i}"), stored.segment(f"s{i + 1}")], stored.tags, threshold=10)
        compared.append(time.perf_counter() - begun)
    worked_comparing = (time.process_time() - worked_comparing) / COMPARISONS
    return {
        "customers": customers,
        "members": first.figures.size,
        "tags": len(TAGS),
        "shelved": round(shelved, 2),
        "shelf_mb": sum(file.stat().st_size for file in shelf.iterdir()) // 1_000_000,
        "first": round(seconds[0], 2),
        "further_p50": round(statistics.median(further), 2),
        "further_p95": round(further[int(len(further) * 0.95) - 1], 2),
        "further_cpu": round(worked, 2),
        "compared_p50": round(statistics.median(compared), 2),
        "compared_max": round(max(compared), 2),
        "compared_cpu": round(worked_comparing, 2),
        "anonymous_mib": _anonymous() // 1024,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _anonymous() -> int:
    """Kilobytes of memory that are this process's own, without mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])


def main() -> None:
    """Write, measure, delete."""
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", type=int, nargs="?", default=1_000_000)
    customers = parser.parse_args().customers
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "wide.duckdb"
        with DuckEngine.open(file, zone="Asia/Shanghai") as engine:
            create(engine, customers)
        with DuckEngine.open(file, zone="Asia/Shanghai", read_only=True) as engine:
            print(json.dumps(measure(engine, customers, Path(folder) / "shelf")))


if __name__ == "__main__":
    main()
