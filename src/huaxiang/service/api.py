"""The Python API: a project, and what its builds found.

import huaxiang as hx

project = hx.load("shop")
build = project.build(as_of="2026-06-30")
build.segment("champions").count()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import Finding
from huaxiang.core.moments import Moment
from huaxiang.project.load import load as load_project
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import Plan, Step, make_plan
from huaxiang.service.builds import Build
from huaxiang.service.identities import Identities
from huaxiang.store.snapshots import Snapshot, Store

if TYPE_CHECKING:
    import pyarrow as pa

    from huaxiang.service.comparisons import Compared
    from huaxiang.service.live.source import LiveSource

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, how much of it is done, and how much there is."""

AsOf = str | date | datetime | None


def load(folder: str | Path) -> Project:
    """Read the project in `folder`.

    Raises:
        ProjectError: `folder` is no project, or its definitions hold mistakes.
    """
    return Project(load_project(Path(folder)))


class Project:
    """A project whose definitions were read."""

    def __init__(self, loaded: LoadedProject) -> None:
        self.loaded = loaded
        self.folder = loaded.folder
        self.reading = loaded.spec.memory
        """What the engine may take to read a snapshot, such as `4GB`; None: what the machine has."""
        self._store = Store(loaded.folder)

    def __repr__(self) -> str:
        return f"Project('{self.folder}')"

    def check(self) -> list[Finding]:
        """Everything that can be said about the definitions without building."""
        from huaxiang.project.check import check

        return check(self.loaded)

    def moment(self, as_of: AsOf = None) -> Moment:
        """The moment that a build evaluates at: `as_of`, else the project's own, else now.

        Raises:
            UsageError: `as_of` is no moment.
        """
        from huaxiang.core.errors import UsageError

        if as_of is None:
            own = self.loaded.spec.moment
            return own or Moment(datetime.now(UTC), self.loaded.spec.time_zone)
        try:
            return Moment.parse(as_of, self.loaded.spec.time_zone)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def plan(self, as_of: AsOf = None) -> Plan:
        """The steps that a build would take. Touches nothing."""
        from huaxiang.service.backtests import calibrations

        return make_plan(self.loaded, self.moment(as_of), partial(calibrations, self._store.folder))

    def sql(self, plan: Plan, step: Step) -> str:
        """The SQL of one step of `plan`; empty where the step asks the engine nothing by itself."""
        from huaxiang.project.sql import sql_of

        return sql_of(self.loaded, plan, step)

    def build(
        self,
        as_of: AsOf = None,
        *,
        threads: int | None = None,
        memory: str | None = None,
        full: bool = False,
        progress: Progress | None = None,
    ) -> Build:
        """Build everything at one moment and return the new snapshot, opened.

        `threads` and `memory` (such as `4GB`) limit the engine. What former builds computed and nothing has changed is
        taken over, unless the build is to be `full`; the values are the same.

        Raises:
            ProjectError: the definitions hold mistakes.
            SourceError: a source can't be read.
            DataError: the data break a promise.
            StoreError: the disk is full, or another build is running.
            UsageError: `as_of` is no moment, or `memory` no amount.
        """
        from huaxiang.core.errors import ProjectError, UsageError
        from huaxiang.core.sizes import memory_size
        from huaxiang.project.run import run_build

        try:
            memory = memory_size(memory) if memory else None
        except ValueError as error:
            raise UsageError(str(error)) from None

        errors = [finding for finding in self.check() if finding.severity == "error"]
        if errors:
            raise ProjectError(errors)
        plan = self.plan(as_of)
        run_build(self.loaded, plan, self._store, threads=threads, memory=memory, full=full, progress=progress)
        return self.open()

    @property
    def identity(self) -> Identities:
        """Who is who and why, and what people decide about it."""
        return Identities(self.loaded, self.open)

    def open(self, snapshot: str | None = None) -> Build:
        """The snapshot that serves, or the one named.

        Raises:
            NotFoundError: nothing was built yet, or there is no such snapshot.
        """
        options = {"zone": self.loaded.spec.time_zone, "memory": self.reading}
        if snapshot is None:
            return Build(self.loaded, self._store.open_current(**options))
        return Build(self.loaded, self._store.open_snapshot(snapshot, **options))

    def tags_at(self, customers_and_moments: Any, tags: Sequence[str] | None = None) -> pa.Table:
        """`Build.tags_at` of the snapshot that serves: tags of customers, each as of its own moment."""
        with self.open() as build:
            return build.tags_at(customers_and_moments, tags)

    def history(
        self, identifier: str, tag: str, *, every: str = "month", start: AsOf = None, end: AsOf = None
    ) -> dict[str, Any]:
        """A customer's tag over time: at the beginning of each period and at the end, computed from the facts.

        `every` is day, week, month, quarter or year. `end` is the snapshot's own moment by default, `start` a year
        before. `points` hold `moment` and `value` as a build at that moment would give it; `snapshots` the values that
        kept snapshots hold, whatever the definition was then.

        Raises:
            NotFoundError: there is no such customer or tag.
            UsageError: the moments make no sense.
        """
        from huaxiang.service.history import history

        bounds = [None if each is None else self.moment(each) for each in (start, end)]
        with self.open() as build:
            kept = (self.open(snapshot.id) for snapshot in self.snapshots())
            return history(build, kept, identifier, tag, every=every, start=bounds[0], end=bounds[1])

    def diff(self, before: str = "previous", after: str = "current", *, segment: str | None = None) -> dict[str, Any]:
        """What changed between two snapshots, each named by its id, a beginning of it, `current` or `previous`.

        `customers`: how many stayed, are new, merged into others, or are gone. `segments`: how many entered and left
        each, ids followed through merges. `tags`: the population stability index of each (`psi`, less what chance
        gives; `level` stable, shifted from 0.1, changed from 0.25). `definitions`: tags added, removed, changed. With
        `segment`, `members` lists who entered and left it.

        Raises:
            NotFoundError: there is no such snapshot or segment.
        """
        from huaxiang.service.differences import difference, snapshot_named

        known, current = self.snapshots(), self._store.current()
        ids = [snapshot_named(known, current, name) for name in (before, after)]
        with self.open(ids[0]) as one, self.open(ids[1]) as other:
            return difference(one, other, segment)

    def compare(
        self,
        *sides: str,
        before: str | None = None,
        at: AsOf = None,
        tags: Sequence[str] = (),
        family_wise: bool = False,
        exact: bool = False,
    ) -> Compared:
        """`Build.compare` of the snapshot that serves; `before` names a snapshot as `diff` does.

        Raises:
            NotFoundError: there is no such segment, tag or snapshot.
            ProjectError: a rule holds a mistake.
            UsageError: there are fewer than two sides or more than six, or moments make no sense.
        """
        from huaxiang.service.differences import snapshot_named

        with ExitStack() as opened:
            build = opened.enter_context(self.open())
            builds = []
            if before is not None:
                named = snapshot_named(self.snapshots(), self._store.current(), before)
                builds.append(opened.enter_context(self.open(named)))
            return build.compare(*sides, *builds, at=at, tags=tags, family_wise=family_wise, exact=exact)

    def live(self, source: str) -> LiveSource:
        """The live source `source`, to append messages to.

        Raises:
            NotFoundError: there is none of this name.
        """
        from huaxiang.service.live.source import live_source

        return live_source(self.loaded, source)

    def backtest(
        self,
        *tags: str,
        moments: int = 6,
        every: str = "month",
        start: AsOf = None,
        end: AsOf = None,
        progress: Progress | None = None,
    ) -> list[dict[str, Any]]:
        """Measure what `tags` (default: all that claim something) said at past moments against what then happened.

        Tags that hang on a file have no past: they are left out, and refused where they are named.
        The moments are the beginnings of the last `moments` periods (`every`: day, week, month, quarter or year) whose
        outcome is known in the snapshot, or all from `start` to `end`. Results are kept in `.huaxiang/backtests/`; a
        recalibration that helps is applied by the next build.

        Raises:
            NotFoundError: a tag is not there.
            UsageError: a tag claims nothing, or the moments make no sense.
            ProjectError: a claim holds mistakes.
        """
        from huaxiang.service.backtests import run_backtests

        bounds = [None if each is None else self.moment(each) for each in (start, end)]
        with self.open() as build:
            return run_backtests(
                build,
                self._store.folder,
                tags,
                moments=moments,
                every=every,
                start=bounds[0],
                end=bounds[1],
                progress=progress,
            )

    def backtests(self) -> dict[str, dict[str, Any]]:
        """The kept result of each tag that was measured; `stale` where its definition has changed since."""
        from huaxiang.service.backtests import kept_backtests

        return kept_backtests(self._store.folder, self.plan().tags)

    def health(self) -> list[dict[str, Any]]:
        """How each tag of the snapshot that serves is: a row per tag, in the order of the catalog.

        `coverage`, `distinct`; `newest_fact`, `fact_age_days`, `ttl`; `psi` and `drift` against the snapshot before,
        where it is kept; `copies`: tags that say the same; `used_by`: tags, segments and personas; `cost_share` of the
        pass over the facts and `cost_seconds`, measured on a sample (aggregate tags only: others cost next to
        nothing); `reliability`: the figures of its backtest; `privacy`, `owner`; `flags`: what a person should look at.
        """
        from huaxiang.service.health import health

        with self.open() as build, self._former() as former:
            return health(build, former)

    def tag(self, name: str) -> dict[str, Any]:
        """Everything about one tag: its health, definition, distribution, lineage both ways, and its backtest.

        Raises:
            NotFoundError: there is none of this name.
        """
        from huaxiang.service.health import health, tag_health

        with self.open() as build, self._former() as former:
            return tag_health(build, health(build, former), name)

    def validate(self, persona: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Hold the personas of the snapshot that serves against the evidence of the definitions as they are now.

        `personas`: name, grade (A to E; – never validated), reason, next review, drift, flags (`overdue`, `drifted`).
        `validations`: what each says of each persona, in words, with verdict and score. `figures`: every figure behind.
        Nothing is written; the next build keeps what it finds itself (`Build.validations`).

        Raises:
            NotFoundError: there is no snapshot, or no persona of this name.
            ProjectError: a definition or the file of a validation holds mistakes.
            SourceError: a file can't be read.
        """
        from huaxiang.core.errors import ProjectError
        from huaxiang.project.check import check_evidence
        from huaxiang.service.validations import found_now

        wrong = list(check_evidence(self.loaded))
        if wrong:
            raise ProjectError(wrong)
        with self.open() as build, self._former() as former:
            before = None if former is None else former.snapshot
            return found_now(build.engine, self.loaded, build.moment, before, persona)

    @contextmanager
    def _former(self) -> Iterator[Build | None]:
        """The snapshot before the one that serves, opened."""
        before = self.former()
        if before is None:
            yield None
            return
        with self.open(before.id) as former:
            yield former

    def serving(self) -> Snapshot | None:
        """The snapshot that serves; None before the first build."""
        return self._store.current()

    def former(self) -> Snapshot | None:
        """The snapshot before the one that serves; None where it is not kept."""
        kept, current = self.snapshots(), self._store.current()
        place = kept.index(current) if current in kept else 0
        return kept[place - 1] if place else None

    def snapshots(self) -> list[Snapshot]:
        """All snapshots that are kept, the oldest first."""
        return self._store.list_snapshots()
