"""Tags over simulated facts: the step of a build beside a plain scan of the columns, and beside other ways.

    python benchmarks/tags_pass.py [CUSTOMERS] [--tags N] [--memory SIZE] [--folder FOLDER] [--rivals [NAME ...]]

Prints seconds, processor seconds of all threads, and their ratios, of one run: machines are noisy, so trust the ratios
only, and those of processor seconds where others work beside. `profiles` is the whole step of a build: facts are read,
tags computed, and the wide table of profiles written. Facts are kept in FOLDER, where one is given, for the next run:
those of so many customers in a folder that is named by their number.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tags_rivals import RIVALS
from tags_shop import AS_OF, catalogue, write_facts

from huaxiang.core.engine import Engine
from huaxiang.core.sizes import memory_bytes
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.facts.files import FactFiles
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.atoms import Pass, passes
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.rows import RowColumns
from huaxiang.tags.run import TagRun, write_profiles
from huaxiang.tags.spec import CategorySpec, DimensionSpec

SAMPLE = 20
"""Of one query per tag so many are run and the rest reckoned from them: nobody waits for 200."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", nargs="?", type=int, default=200_000)
    parser.add_argument("--tags", type=int, default=200)
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--rivals", nargs="*", choices=[[], *RIVALS])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = stored_facts(options.folder or Path(scratch), options.customers)
        rivals = [] if options.rivals is None else options.rivals or list(RIVALS)
        measure(folder, Path(scratch), options.customers, options.tags, memory=options.memory, rivals=rivals)


def stored_facts(home: Path, customers: int) -> Path:
    """The folder with the facts of so many customers in `home`, written where there is none."""
    folder = home / str(customers)
    if not folder.exists():
        # What is broken off is not taken for facts by the next run.
        begun = folder.with_suffix(".begun")
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(parents=True)
        with DuckEngine.open(zone="UTC") as engine:
            write_facts(engine, begun, customers)
        begun.rename(folder)
    return folder


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of all processors together."""

    wall: float
    processor: float

    @classmethod
    def by(cls, work: Callable[[], object]) -> Spent:
        """What `work` takes."""
        wall, processor = time.perf_counter(), time.process_time()
        work()
        return cls(time.perf_counter() - wall, time.process_time() - processor)

    def plus(self, other: Spent, times: float) -> Spent:
        """This, and so many times the other."""
        return Spent(self.wall + times * other.wall, self.processor + times * other.processor)


def measure(folder: Path, scratch: Path, customers: int, tags: int, *, memory: str, rivals: list[str]) -> None:
    compiled = compile_tags(catalogue(tags), STANDARD)
    runs = passes(compiled)
    print(f"{customers:,} customers, {30 * customers:,} facts, {sum(len(run.atoms) for run in runs)} tags")
    with DuckEngine.open(scratch / "tags.duckdb", zone="UTC", threads=2, memory=memory) as engine:
        # The first few customers compile or load the kernel.
        _write_customers(engine, 1000)
        profiles(engine, compiled, folder, scratch, memory)
        _write_customers(engine, customers)
        spent = {"plain scan": Spent.by(lambda: _scan(engine, runs, folder))}
        spent["profiles"] = Spent.by(lambda: profiles(engine, compiled, folder, scratch, memory))
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MiB")
        for name in rivals:
            spent[name] = _rival(engine, name, RIVALS[name], runs, folder)
    ours = spent["profiles"]
    print(f"{'':22} {'seconds':>10} {'× profiles':>11} {'processor':>11} {'× profiles':>11}")
    for name, each in spent.items():
        ratios = each.wall / ours.wall, each.processor / ours.processor
        print(f"{name:22} {each.wall:10.2f} {ratios[0]:11.2f} {each.processor:11.2f} {ratios[1]:11.2f}")


def _rival(engine: DuckEngine, name: str, compute: Callable[..., int], runs: tuple[Pass, ...], folder: Path) -> Spent:
    total = Spent(0.0, 0.0)
    for run in runs:
        file, atoms = folder / run.table / "*.parquet", run.atoms
        share = 1.0
        if name == "one query per tag":
            share = len(atoms) / SAMPLE
            atoms = dict(list(atoms.items())[:: len(atoms) // SAMPLE][:SAMPLE])
        total = total.plus(Spent.by(lambda file=file, run=run, atoms=atoms: compute(engine, run, file, atoms)), share)
    return total


def _scan(engine: DuckEngine, runs: tuple[Pass, ...], folder: Path) -> None:
    """Hand over the columns that the tags need, as they are stored, in the engine's own way."""
    for run in runs:
        columns = RowColumns.of(run, engine, time="occurred_at", moment=AS_OF).stored
        name = f"scanned_{run.table}"
        engine.backend.con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM '{folder}/{run.table}/*.parquet'")
        for _ in engine.batches(engine.table(name).select("customer_no", "_day", *columns), step="scan"):
            pass


def profiles(engine: Engine, tags: tuple[Any, ...], folder: Path, scratch: Path, memory: str, threads: int = 2) -> None:
    """The step of a build, over the facts in `folder`."""
    category = CategorySpec(name="c", label=Text("c", "c"))
    dimension = DimensionSpec(name="d", label=Text("d", "d"), categories={"c": category})
    run = TagRun(
        Tags(tags),
        STANDARD,
        {"d": dimension},
        AS_OF,
        scratch / "scratch",
        _no_import,
        facts=lambda table: FactFiles(folder / table),
        threads=threads,
        memory=memory_bytes(memory),
    )
    write_profiles(engine, run)
    shutil.rmtree(scratch / "scratch", ignore_errors=True)


def _write_customers(engine: DuckEngine, customers: int) -> None:
    for name, columns in (
        ("customers", "i AS customer_no, 'c_' || i AS customer_id"),
        ("attributes", "i AS customer_no"),
    ):
        engine.backend.con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM range({customers}) t(i)")


def _no_import(*_: Any) -> Any:
    raise NotImplementedError("no tag of the benchmark comes from a file")


if __name__ == "__main__":
    main()
