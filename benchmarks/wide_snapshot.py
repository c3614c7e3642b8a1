"""A build of millions of synthetic customers with 191 tags and 30 segments, as what is asked over HTTP reads it.

    python benchmarks/wide_snapshot.py /path/to/shop 5000000

The folder is a project with a build; the synthetic one is published after it, so that it serves. Values hang on a hash
of the customer's number, so that all columns are independent. Definitions stay those of the project: tags and segments
of the build are in its catalogs alone. Of 30 tags these say that people have them, so that portraits are of 30.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from huaxiang.core.moments import Moment
from huaxiang.store.derived import FOLDER as DERIVED
from huaxiang.store.engine import DuckEngine
from huaxiang.store.snapshots import FACTS, FIGURES, Store

NUMBERS, SEGMENTS = 40, [f"seg_{k:02d}" for k in range(30)]
PORTRAYED = 6
"""Tags of each kind that portraits tell about."""

TAGS: dict[str, tuple[str, str]] = {
    **{f"int_{k}": ("integer", f"(hash(i, {k}) % {10 ** (1 + k % 4)})::bigint") for k in range(NUMBERS)},
    **{
        f"money_{k}": ("money", f"(pow((hash(i, {100 + k}) % 100000) / 1e5, 3) * {100 * (1 + k % 5)})::decimal(18, 2)")
        for k in range(NUMBERS)
    },
    **{
        f"num_{k}": (
            "number",
            f"CASE WHEN hash(i, {200 + k}) % 10 < 7 THEN (hash(i, {300 + k}) % 1000000) / 1e6 END",
        )
        for k in range(NUMBERS)
    },
    **{f"flag_{k}": ("boolean", f"(hash(i, {400 + k}) % {2 + k % 9} = 0)") for k in range(30)},
    **{f"text_{k}": ("text", f"'v' || (hash(i, {500 + k}) % {3 + k * 3})::varchar") for k in range(41)},
}
"""Tag → its type, and its value of the customer with number i."""

_FILLED = (
    "profiles", "customers", "identity", "identifiers", "attributes", "segments", "segment_flags", "segment_catalog",
    "tag_catalog",
)  # fmt: skip
"""Tables that are written; all others about people are emptied."""

_ABOUT_PEOPLE = ("persona", "portrait", "validation", "household", "cluster", "segment", "attribute", "identity")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("customers", type=int, nargs="?", default=5_000_000)
    given = parser.parse_args()
    publish(given.project, given.customers)


def publish(folder: Path, customers: int) -> None:
    """Let a synthetic build of so many customers serve in the project of this folder, which has a build already."""
    store = Store(folder)
    former = store.current()
    if former is None:
        raise SystemExit(f"{folder} has no build yet: run 'huaxiang build' there.")
    figures: dict[str, Any] = former.figures
    zone = figures["time_zone"]
    with store.building(Moment.parse(figures["moment"], zone)) as building:
        for path in former.folder.iterdir():
            if path.name not in (FACTS, FIGURES, DERIVED):
                (shutil.copytree if path.is_dir() else shutil.copyfile)(path, building.folder / path.name)
        shutil.copytree(former.folder / FACTS, building.facts, dirs_exist_ok=True)
        engine = building.open_engine(zone=zone, memory="6GB")
        for name, kind in engine.backend.kinds().items():
            if kind == "BASE TABLE" and name.startswith(_ABOUT_PEOPLE) and name not in _FILLED:
                engine.backend.con.execute(f"DELETE FROM {name}").fetchall()
        write(engine, customers)
        told = {"snapshot": building.id, "customers": customers, "tags_built": len(TAGS), "segments": len(SEGMENTS)}
        building.publish(figures | told | {"personas": 0})


def write(engine: DuckEngine, customers: int) -> None:
    """Write what is read of customers, tags and segments."""
    run = engine.backend.con.execute
    columns = ", ".join(f"{value} AS {name}" for name, (_, value) in TAGS.items())
    flags = ", ".join(f"hash(customer_no, {900 + k}) % 1000 < {20 + 18 * k} AS {s}" for k, s in enumerate(SEGMENTS))
    members = " UNION ALL ".join(
        f"SELECT '{s}' AS segment, 'c' || customer_no AS customer_id, customer_no FROM segment_flags WHERE {s}"
        for s in SEGMENTS
    )
    everyone, key = f"range({customers}) t(i)", "i::bigint AS customer_no, 'c' || i AS customer_id"
    contents = {
        "profiles": f"SELECT {key}, {columns} FROM {everyone}",
        "segment_flags": f"SELECT customer_no, {flags} FROM profiles",
        "segments": f"FROM ({members}) ORDER BY segment, customer_no",
        "customers": f"SELECT {key}, 1::bigint AS records FROM {everyone}",
        "identity": f"SELECT {key}, 'crm' AS source, 'r' || i AS record_key FROM {everyone}",
        "identifiers": "SELECT i::bigint AS customer_no, 'phone' AS type, '' AS scope, "
        f"'139' || lpad(i::varchar, 8, '0') AS value FROM {everyone}",
        "attributes": f"SELECT i::bigint AS customer_no, NULL::timestamptz AS recorded_at, NULL::varchar AS name "
        f"FROM {everyone}",
    }
    for name, content in contents.items():
        run(f"CREATE OR REPLACE TABLE {name} AS {content}").fetchall()
    counted = run(f"SELECT {', '.join(f'count_if({s})' for s in SEGMENTS)} FROM segment_flags").fetchone()
    segments = [_segment(name, size, customers) for name, size in zip(SEGMENTS, counted, strict=True)]
    engine.create("segment_catalog", pa.Table.from_pylist(segments), step="segments")
    tags = [_tag(name, kind) for name, (kind, _) in TAGS.items()]
    engine.create("tag_catalog", pa.Table.from_pylist(tags), step="tags")


def _segment(name: str, size: int, customers: int) -> dict[str, Any]:
    texts = {"label_en": name, "label_zh": name}
    nothing = dict.fromkeys(("description_en", "description_zh", "action_en", "action_zh", "rule", "group"), "")
    return {"name": name, **texts, **nothing, "size": size, "share": size / customers}


def _tag(name: str, kind: str) -> dict[str, Any]:
    labels = {f"{what}_{language}": name for what in ("label", "dimension", "category") for language in ("en", "zh")}
    portrayed = int(name.rpartition("_")[2]) < PORTRAYED
    return {
        "name": name,
        "dimension": kind,
        "category": kind,
        "kind": "aggregate",
        "type": kind,
        **labels,
        **dict.fromkeys(("description_en", "description_zh", "unit", "owner", "calibration", "origin"), ""),
        "privacy": "L1",
        "coverage": (0.7 if kind == "number" else 1.0) if portrayed else 0.0,
        "distinct": 50 if portrayed else 0,
        "definition": "{}",
        "values": "{}",
    }


if __name__ == "__main__":
    main()
