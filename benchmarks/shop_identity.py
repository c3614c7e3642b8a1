"""How well the customers of the simulated shop are found, against its truth, without and with fuzzy matching.

    python benchmarks/shop_identity.py [CUSTOMERS] [--keep FOLDER]

The truth is read here, after everybody was found, to score; nothing of the product sees it. The unit is the record
(source, record key) of those that the build accepted. Figures of pairs: of two records in one customer, how many are
of one person (precision); of two records of one person, how many are in one customer (recall). *Reachable* is the
recall of somebody who never errs and joins all records that have any evidence in common: an identifier's value, or
a name or birthday that both have.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import ibis
import numpy as np
import pyarrow.parquet as pq

from huaxiang.core.moments import Moment
from huaxiang.identity import resolve_identity
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.graph import resolve
from huaxiang.identity.spec import IdentitySpec
from huaxiang.project.intake import Intake
from huaxiang.project.load import load
from huaxiang.project.plan import ReadSource, Unite, make_plan
from huaxiang.service.examples import simulate_shop
from huaxiang.store.engine import DuckEngine


def main(customers: int, folder: Path) -> None:
    shop = folder / f"shop_{customers}"
    if not (shop / "truth" / "identity.parquet").exists():
        simulate_shop(shop, customers=customers)
    truth = pq.read_table(shop / "truth" / "identity.parquet").to_pydict()
    whose = dict(zip(zip(truth["source"], truth["record_key"], strict=True), truth["person_id"], strict=True))
    with accepted(shop) as (engine, tables, spec):
        print(f"{customers} customers")
        reachable(engine, tables, spec, whose)
        for mode in ("off", "on"):
            begun = time.perf_counter()
            result = resolve_identity(engine, tables, spec.model_copy(update={"fuzzy": with_mode(spec, mode)}))
            seconds = time.perf_counter() - begun
            rows = engine.arrow(result.identity, step="read").to_pydict()
            score(f"fuzzy {mode}", rows, whose)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
            print(f"    {seconds:.1f} s, peak so far {peak:.2f} GiB")


def with_mode(spec: IdentitySpec, mode: str) -> object:
    return spec.fuzzy.model_copy(update={"mode": mode})


@contextmanager
def accepted(shop: Path) -> Iterator[tuple[DuckEngine, dict[str, ibis.Table], IdentitySpec]]:
    """The accepted tables of a shop, read as a build reads them."""
    project = load(shop)
    plan = make_plan(project, Moment.parse("2026-07-01", project.spec.time_zone))
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        with DuckEngine.open(
            place / "a.duckdb", zone=project.spec.time_zone, threads=2, memory="6GB", temporary=place / "spill"
        ) as engine:

            def stored(name: str, content: ibis.Table, *, step: str) -> ibis.Table:
                return engine.create(name, content, step=step)

            types = identifier_types(project.identity, project.identifier_names)
            intake = Intake(project, plan, engine, place / "scratch", stored, types)
            names = []
            for step in plan.steps:
                match step:
                    case ReadSource():
                        intake.read(step)
                    case Unite():
                        intake.unite(step)
                        names.append(step.subject)
            yield engine, {name: engine.table(f"accepted_{name}") for name in names}, project.identity


def score(name: str, found: dict[str, list], whose: dict[tuple[str, str], str]) -> None:
    keys = list(zip(found["source"], found["record_key"], strict=True))
    customers, people = found["customer_id"], [whose[key] for key in keys]
    right = pairs(zip(customers, people, strict=True))
    precision, recall = right / max(pairs(customers), 1), right / max(pairs(people), 1)
    inside: dict[Hashable, set[str]] = {}
    for customer, person in zip(customers, people, strict=True):
        inside.setdefault(customer, set()).add(person)
    most = max(map(len, inside.values()))
    sizes = Counter(customers)
    print(
        f"  {name:9} precision {precision:.4f}  recall {recall:.4f}  customers {len(sizes)} of {len(set(people))}"
        f" people  largest {max(sizes.values())} records, {most} people"
    )


def pairs(labels: Iterable[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def reachable(
    engine: DuckEngine, tables: dict[str, ibis.Table], spec: IdentitySpec, whose: dict[tuple[str, str], str]
) -> None:
    """The recall of a matcher that never errs: true pairs between which some path of shared evidence leads."""
    records = engine.arrow(tables["records"], step="read")
    keys = list(zip(records["_source"].to_pylist(), records["_record_key"].to_pylist(), strict=True))
    people = [whose[key] for key in keys]
    types = identifier_types(
        spec, {name[3:] for table in tables.values() for name in table.columns if name[:3] == "id_"}
    )
    junk = {value for type_ in types.values() for value in type_.junk}
    held: dict[str, dict[Hashable, list[tuple[int, str]]]] = {}
    for name in (*(f"id_{type_}" for type_ in types), "name", "birthday"):
        if name in records.column_names:
            for at, value in enumerate(records[name].to_pylist()):
                if value not in (None, "") and value not in junk:
                    held.setdefault(name, {}).setdefault(str(value), []).append((at, people[at]))
    shared = {name: [edge for holders in values.values() for edge in of_one(holders)] for name, values in held.items()}
    by_key: dict[Hashable, list[tuple[int, str]]] = {}
    for at, key in enumerate(keys):
        by_key.setdefault(key, []).append((at, people[at]))
    same = [edge for holders in by_key.values() for edge in of_one(holders)]
    by_facts = [edge for name, table in tables.items() if name != "records" for edge in of_facts(engine, table, held)]
    known = [edge for name, edges in shared.items() if name[:3] == "id_" for edge in edges] + same + by_facts
    likely = [edge for name, edges in shared.items() if name[:3] != "id_" for edge in edges]
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    true = [whose[key] for key in first]
    for what, edges in (("an identifier", known), ("an identifier, a name or a birthday", known + likely)):
        ends = np.array(edges, np.int64).reshape(-1, 2).T
        labels = resolve(len(keys), ends[0], ends[1])[list(first.values())].tolist()
        print(f"  reachable by {what}: recall {pairs(zip(labels, true, strict=True)) / pairs(true):.4f}")


def of_one(holders: list[tuple[int, str]]) -> list[tuple[int, int]]:
    """The holders of a value who are one person, as a chain."""
    ordered = sorted(holders, key=lambda holder: holder[1])
    return [(a, b) for (a, one), (b, other) in pairwise(ordered) if one == other]


def of_facts(
    engine: DuckEngine, table: ibis.Table, held: dict[str, dict[Hashable, list[tuple[int, str]]]]
) -> list[tuple[int, int]]:
    """Records of one person whose identifiers a fact names together."""
    own = [name for name in table.columns if name in held]
    if len(own) < 2:
        return []
    seen = engine.arrow(table.select(own).distinct(), step="read").to_pylist()
    return [
        edge for row in seen for edge in of_one([holder for name in own for holder in held[name].get(row[name], ())])
    ]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("customers", nargs="?", type=int, default=5000)
    arguments.add_argument("--keep", type=Path)
    given = arguments.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        main(given.customers, given.keep)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(given.customers, Path(scratch))
