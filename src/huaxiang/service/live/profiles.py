"""Live profiles: the tags of one customer now, over what the snapshot holds and what came since.

Everything is compiled once, when a build is opened for it. A question then reads the customer's facts, adds the live
rows that count at the moment, and puts both through the tag kernel and the layers of the profile that builds use.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import UsageError
from huaxiang.core.moments import Moment
from huaxiang.core.tables import Table
from huaxiang.identity.defaults import identifier_types
from huaxiang.project.live import live_feeds, touched_tables
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import make_plan
from huaxiang.service.live.base import Base
from huaxiang.service.live.facts import TableFacts
from huaxiang.service.live.known import Known, Stock
from huaxiang.service.live.layers import Layers, Segments
from huaxiang.service.live.mapped import FeedMapper
from huaxiang.service.live.owners import Owners
from huaxiang.service.live.tail import LiveRows, Tail
from huaxiang.service.moments import applied_calibrations
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery
from huaxiang.store.standing import StandingEngine
from huaxiang.tags.atoms import passes
from huaxiang.tags.catalog import definition_of
from huaxiang.tags.compiled import Tags
from huaxiang.tags.spec import AttributeTag, ImportTag, SqlTag

if TYPE_CHECKING:
    import pyarrow as pa

KEY = "customer_no"
_READERS = 2
"""Threads that read the facts of one customer."""


@dataclass(frozen=True)
class LiveProfile:
    """The tags and segments of a customer at a moment.

    `live` is the number of live rows that count. `as_of_snapshot` are tags whose value is the snapshot's.
    `seconds` is how long each part took.
    """

    tags: dict[str, Any]
    segments: list[str]
    live: int
    as_of_snapshot: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict, compare=False)


class LiveProfiles:
    """Answers for one opened build. Threads may share it; they take turns."""

    def __init__(
        self, project: LoadedProject, engine: DuckEngine, moment: Moment, seen: Mapping[str, int] | None
    ) -> None:
        """`moment` is that of the build, `seen` says how far it read the log of each live source.

        Raises:
            UsageError: the snapshot does not fit the definitions: it was built by an older version, or before they
                were changed.
        """
        plan = make_plan(project, moment, lambda _: applied_calibrations(engine))
        feeds = list(live_feeds(project))
        _check_snapshot(project, engine, plan.tags, {source.name for source, _, _ in feeds}, seen)
        self._moment, self._project, self._lock = moment, project, Lock()
        self._engine = StandingEngine.start(project.spec.time_zone)
        self._rows = _live_rows(project, self._engine)
        types = identifier_types(project.identity, project.identifier_names)
        owners = Owners(engine, {name: type_ for name, type_ in types.items() if type_.links})
        self._tail = Tail(project, self._rows, owners, seen or {})
        self._tail.remember(engine)
        self._stock = Stock(project, engine, self._rows)
        runs = passes(plan.tags.built)
        touched = touched_tables(project)
        self._facts = [
            TableFacts(engine, self._engine, run, project.tables[run.table], moment.zone, live=run.table in touched)
            for run in runs
        ]
        self._layers = Layers(self._engine, plan.tags, runs, moment.zone, Base(engine, moment))
        # A build may have refused some of the plan.
        built = engine.rows(engine.table("segment_catalog").select("name"), step="segments that were built")
        formed = plan.segments.only([row["name"] for row in built])
        self._segments = Segments(self._engine, formed, plan.tags.types, moment.zone)
        self._given = tuple(tag.name for tag in plan.tags.built if isinstance(tag.spec, SqlTag | ImportTag))
        self._names = tuple(tag.name for tag in plan.tags.built)
        attributes = {tag.spec.attribute for tag in plan.tags.built if isinstance(tag.spec, AttributeTag)}
        self._attributes = PointQuery(engine, "attributes", [KEY], [KEY, *sorted(attributes)])
        self._profile = PointQuery(engine, "profiles", [KEY], ["customer_id", *self._given])
        self._lists = PointQuery(engine, "segments", [KEY], ["segment"])
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="huaxiang-live")

    def close(self) -> None:
        """End what stands. Closing twice does nothing."""
        self._pool.shutdown()
        self._engine.close()

    def profile(self, customer: int, at: Moment) -> LiveProfile:
        """The customer with this number at `at`.

        Raises:
            UsageError: `at` lies before the moment of the build.
        """
        if at.utc < self._moment.utc:
            raise UsageError(
                f"{at} lies before the moment of the snapshot ({self._moment}). Open an earlier snapshot, or ask "
                "history for the past."
            )
        clock = _Clock()
        with self._lock:
            with clock("log"):
                self._tail.catch_up()
                self._stock.learn()
            with clock("facts"):
                reading = [self._pool.submit(table.stored, customer) for table in self._facts]
                person = self._pool.submit(self._person, customer)
                known = Known(self._stock, at)
                stored = [future.result() for future in reading]
                facts = [
                    table.with_live(rows, known, customer, at) for table, rows in zip(self._facts, stored, strict=True)
                ]
            with clock("kernel"):
                values: dict[str, Any] = {}
                for table, (rows, _) in zip(self._facts, facts, strict=True):
                    values |= table.atoms(rows, customer, at)
            with clock("layers"):
                customer_id, given, listed = person.result()
                values = self._layers(customer, customer_id, at, {**values, **given})
                segments = self._segments(values, listed)
        tags = {name: values[name] for name in self._names}
        return LiveProfile(tags, segments, sum(live for _, live in facts), self._given, clock.seconds)

    def facts(self, customer: int, at: Moment) -> dict[str, pa.Table]:
        """The facts of the customer at `at` of each table that live messages add to, by its name, in order of time."""
        with self._lock:
            self._tail.catch_up()
            self._stock.learn()
            known = Known(self._stock, at)
            return {
                table.table.name: table.with_live(table.stored(customer), known, customer, at)[0]
                for table in self._facts
                if table.live
            }

    def naming(self, type_: str, value: str) -> int:
        """How many live rows carry an identifier (cleaned), whoever they belong to."""
        with self._lock:
            self._tail.catch_up()
            return sum(feed.naming(type_, value) for feed in self._rows)

    def _person(self, customer: int) -> tuple[str, dict[str, Any], list[str]]:
        """The id, what is given – attributes, tags of the snapshot – and the segments of a customer."""
        (attributes,) = self._attributes.rows(customer)
        (profile,) = self._profile.rows(customer)
        given = {f"attribute_{name}": value for name, value in attributes.items() if name != KEY}
        listed = [row["segment"] for row in self._lists.rows(customer)] if self._segments.lists else []
        return profile["customer_id"], {**given, **{name: profile[name] for name in self._given}}, listed


class _Clock:
    """Takes the time of named parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[part] = time.perf_counter() - begun


def _live_rows(project: LoadedProject, engine: StandingEngine) -> list[LiveRows]:
    types = identifier_types(project.identity, project.identifier_names)
    zone = project.spec.time_zone
    return [
        LiveRows(FeedMapper(engine, source, number, table, types, zone), table.lookups, _looked_up(project, table))
        for source, number, table in live_feeds(project)
    ]


def _looked_up(project: LoadedProject, table: Table) -> list[str]:
    """The columns by which other tables look up rows of `table`."""
    return [lookup.on for each in project.tables.values() for lookup in each.lookups if lookup.table == table.name]


def _check_snapshot(
    project: LoadedProject, engine: DuckEngine, tags: Tags, sources: set[str], seen: Mapping[str, int] | None
) -> None:
    """See that the snapshot holds what live profiles go on from.

    Raises:
        UsageError: it does not.
    """
    missing = sorted(sources - (seen or {}).keys())
    if seen is None or missing:
        what = "was built by an older version" if seen is None else f"knows nothing of the live source '{missing[0]}'"
        raise UsageError(f"This snapshot {what}. Run 'huaxiang build' once; live profiles go on from there.")
    catalog = engine.table("tag_catalog").select("name", "definition")
    stored = {row["name"]: json.loads(row["definition"]) for row in engine.rows(catalog, step="definitions")}
    for tag in tags.built:
        if stored.get(tag.name) != json.loads(json.dumps(definition_of(tag))):
            word = "has changed" if tag.name in stored else "is new"
            raise UsageError(f"The tag '{tag.name}' {word} since this snapshot was built. Run 'huaxiang build' first.")
