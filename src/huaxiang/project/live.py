"""Live sources in a build: the log is sealed, and its segments are read like any files of JSON lines.

A live profile goes on where the build stopped. For that the snapshot keeps, besides its facts:

    live_rows_<source>_<n>      mapped rows of the source's n-th feed that did not count yet: later than the build's
                                moment, or of nobody known; with `_same` and `_order`, by which duplicates are found
    live_kept_<source>_<n>      of feeds with `duplicates`: `_same`, `_order`, `_file`, `_row` of each row that counts
    lookup_<table>_<column>     of tables that others look up: the row of each key that fills them
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.tables import Lookup, Table
from huaxiang.facts.build import FIRST, KEY, ORDER, Owned, first_rows
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import Plan, ReadSource
from huaxiang.sources.live import expected_columns
from huaxiang.sources.readers import RawSource, open_source
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.live_log import SEALED, LiveLog
from huaxiang.store.snapshots import Store

if TYPE_CHECKING:
    import ibis

RECORDS = "records"


def live_log(folder: Path, source: SourceSpec) -> LiveLog:
    """The log of a live source of the project in `folder`."""
    return LiveLog(Store(folder).folder / "live" / source.name, source.key[0])


def open_live(engine: Engine, source: SourceSpec, folder: Path, scratch: Path) -> RawSource:
    """Open the messages that a live source has now; those that come later are not seen.

    Columns that the definition speaks of and that no message has had yet are null.
    """
    segments = live_log(folder, source).seal()
    if segments:
        place = segments[0].parent.relative_to(folder).as_posix()
        raw = open_source(engine, source.model_copy(update=_files(f"{place}/*{SEALED}")), folder, scratch)
        assert raw is not None  # noqa: S101 - the log that was sealed is there
    else:
        raw = _nothing(source)
    missing = [name for name in expected_columns(source) if name not in raw.columns]
    columns = (*raw.columns, *missing)
    table = raw.table.mutate(**dict.fromkeys(missing, _null())).select(*columns, "_file", "_row")
    # That messages differ in their keys is how messages are.
    findings = tuple(finding for finding in raw.findings if finding.code != "schema_drift")
    return replace(raw, table=table, columns=columns, findings=findings)


def last_segment(raw: RawSource) -> int:
    """The number of the last segment that was read; 0 where the log is empty."""
    return max((int(Path(file).stem) for file in raw.files), default=0)


def live_feeds(project: LoadedProject) -> Iterator[tuple[SourceSpec, int, Table]]:
    """The feeds of live sources whose rows count at once: source, number of the feed, and table. Records wait."""
    for source in project.sources.values():
        if source.live:
            for number, feed in enumerate(source.feeds):
                if feed.table != RECORDS:
                    yield source, number, project.tables[feed.table]


def touched_tables(project: LoadedProject) -> frozenset[str]:
    """The tables whose rows live messages add to or complete: fed by a live source, or looking up one that is."""
    fed = {table.name for _, _, table in live_feeds(project)}
    looking = (table for table in project.tables.values() if any(lookup.table in fed for lookup in table.lookups))
    return frozenset(fed | {table.name for table in looking})


def live_lookups(project: LoadedProject) -> dict[tuple[str, str], tuple[Lookup, ...]]:
    """What the rows of these tables are completed from: table and column → the look-ups that go there."""
    found: dict[tuple[str, str], tuple[Lookup, ...]] = {}
    for table in sorted(touched_tables(project)):
        for lookup in project.tables[table].lookups:
            key = (lookup.table, lookup.on)
            found[key] = (*found.get(key, ()), lookup)
    return found


def write_live(engine: Engine, project: LoadedProject, plan: Plan, owned: Owned) -> None:
    """Write what live profiles need of this build. Mapped and accepted tables are still there, and so are facts."""
    read = {step.source.name for step in plan.steps if isinstance(step, ReadSource)}
    for source, number, table in live_feeds(project):
        if source.name in read:
            _write_rows(engine, source, number, table)
    for (table_name, on), lookups in live_lookups(project).items():
        if engine.has(f"accepted_{table_name}"):
            content = _lookup(engine.table(f"accepted_{table_name}"), lookups, owned)
            engine.create(f"lookup_{table_name}_{on}", content.order_by(on), step=f"look-ups of {table_name}")


def _write_rows(engine: Engine, source: SourceSpec, number: int, table: Table) -> None:
    name = f"{source.name}_{number}"
    mapped, duplicates = engine.table(f"mapped_{name}"), engine.table(f"duplicates_{name}")
    usable = mapped.filter(mapped["_problems"].isnull())
    known = usable.filter(usable["_aside"].isnull()).anti_join(duplicates, list(PLACE))
    if table.is_fact:
        facts = engine.table(f"fact_{table.name}")
        known = known.semi_join(facts.filter(facts["_source"] == source.name).select(*PLACE), list(PLACE))
    wanted = usable.filter(usable["_aside"].isnull() | (usable["_aside"] != "filtered"))
    waiting = wanted.anti_join(duplicates, list(PLACE)).anti_join(known, list(PLACE))
    waiting = waiting.drop("_problems", "_aside", "_invalid").order_by(*PLACE)
    engine.create(f"live_rows_{name}", waiting, step=f"rows of {source.name} that wait")
    if source.feeds[number].duplicates is not None:
        kept = known.filter(known["_same"].notnull()).select("_same", "_order", *PLACE)
        engine.create(f"live_kept_{name}", kept.order_by("_same"), step=f"duplicates of {source.name}")


def _lookup(accepted: ibis.Table, lookups: tuple[Lookup, ...], owned: Owned) -> ibis.Table:
    whose = any(lookup.customer for lookup in lookups)
    first = first_rows(lookups[0], owned(accepted) if whose else accepted)
    names = [lookups[0].on, *(name for lookup in lookups for name in lookup.fill), *ORDER]
    names += [KEY] if whose else []
    names += [FIRST] if FIRST in first.columns else []
    return first.select(*dict.fromkeys(names))


PLACE = ("_file", "_row")
"""Where a row stands in its source."""


def _files(pattern: str) -> dict[str, object]:
    return {"live": False, "path": pattern, "format": "jsonl"}


def _nothing(source: SourceSpec) -> RawSource:
    import ibis
    import pyarrow as pa

    empty = pa.table({"_file": pa.array([], pa.string()), "_row": pa.array([], pa.int64())})
    return RawSource(source.name, ibis.memtable(empty), None, (), ())


def _null() -> object:
    import ibis

    return ibis.null("string")
