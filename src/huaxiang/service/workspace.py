"""A project that is served to many at once: its definitions as they are now, and the build that serves, held open."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding
from huaxiang.service.access.access import Access
from huaxiang.service.api import Project, load
from huaxiang.service.builds import Build
from huaxiang.service.file_state import file_state
from huaxiang.service.live.writer import LiveWriter
from huaxiang.service.patience import Turns, patiently
from huaxiang.service.projects import check
from huaxiang.service.shared_build import SharedBuild
from huaxiang.service.trail import Trail
from huaxiang.store.operational import BuildRuns

if TYPE_CHECKING:
    from huaxiang.service.jobs.jobs import Jobs

T = TypeVar("T")

MOST_BUILDS = 4
"""Threads that a build is opened for at once; what they compiled is kept for those that come after them."""

MOST_SLOW = MOST_BUILDS - 2
"""Of these, what slow questions may take: quick ones always have some left."""


class Workspace:
    """The project in one folder, for a server. Safe for use by several threads.

    `secret` is what only this process knows, for signing what it hands out and takes back.
    """

    def __init__(self, folder: Path) -> None:
        self.project: Project = _served(folder)
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.secret = secrets.token_bytes(32)
        self.closing = threading.Event()
        """Set once nobody is served any more: what works on by itself ends."""
        self._turns = Turns(MOST_BUILDS)
        self._slow = Turns(MOST_SLOW)
        self._lock = threading.Lock()
        """Held for moments only: everybody needs it."""
        self._reading = threading.Lock()
        self._idle: list[Build] = []
        self._served: tuple[str | None, Project] = (None, self.project)
        self._remembered: dict[str, Any] = {}
        self._alone = threading.Lock()
        self._shared = SharedBuild(self._serving, lambda: self.project_of_snapshot().open())
        self._checking = threading.Lock()
        self._checked: tuple[Hashable, list[Finding]] | None = None
        self._making: dict[str, threading.Lock] = {}
        self._writers: dict[str, LiveWriter] = {}
        self.counted: Counter[str] = Counter()

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.project.folder

    def now(self) -> datetime:
        """The present moment, by `clock`."""
        return self.clock()

    @cached_property
    def access(self) -> Access:
        """Who may sign in.

        Raises:
            StoreError: the operational database can't be reached.
        """
        from huaxiang.project.decisions import operational

        loaded = self.project.loaded
        return Access(operational(loaded), loaded.spec.server, self.now)

    @cached_property
    def trail(self) -> Trail:
        """The audit trail.

        Raises:
            StoreError: the operational database can't be reached.
        """
        from huaxiang.project.decisions import operational

        return Trail(operational(self.project.loaded), self.folder, self.now)

    @cached_property
    def jobs(self) -> Jobs:
        """The builds that the server runs.

        Raises:
            StoreError: the operational database can't be reached.
        """
        from huaxiang.project.decisions import operational
        from huaxiang.service.jobs.jobs import Jobs

        return Jobs(self, BuildRuns(operational(self.project.loaded)))

    def reload(self) -> Project:
        """Read the definitions again. Builds that are open keep those that they were opened with.

        Raises:
            ProjectError: the folder is no project any more; then the former definitions stay.
        """
        self.project = _served(self.folder)
        return self.project

    def findings(self) -> list[Finding]:
        """What can be said about the definitions as they are on disk: looked at again once a file has changed.

        Raises:
            ProjectError: the folder is no project any more.
            BusyError: others look, for too long.
        """
        with patiently(self._checking):
            state = file_state(self.folder)
            if self._checked is None or self._checked[0] != state:
                self._checked = state, check(self.folder)
            return self._checked[1]

    @contextmanager
    def build(self) -> Iterator[Build]:
        """The build that serves, for the use of one thread until the block ends; a newer one is found by itself.

        A block must not ask for a second one: two that wait for each other would wait for good.

        Raises:
            NotFoundError: nothing was built yet.
            StoreError: the snapshot can't be read.
            BusyError: all are taken, and stay so.
        """
        with self.turn():
            build = self._taken() or self.project_of_snapshot().open()
            try:
                yield build
            finally:
                self._give_back(build)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One of the turns of `build`, for what opens builds itself; as there, a block must not ask for a second one.

        Raises:
            BusyError: all are taken, and stay so.
        """
        with patiently(self._turns):
            yield

    @contextmanager
    def shared(self) -> Iterator[Build]:
        """The build that serves, opened once for all threads: only for what any thread may ask (`Build.customer`).

        Raises:
            NotFoundError: nothing was built yet.
            StoreError: the snapshot can't be read.
        """
        with self._shared.used() as build:
            yield build

    def at_hand(self, identifier: str) -> AbstractContextManager[bool]:
        """Whether what is told of a customer is in memory: then it takes less time than to wake another thread.

        Until the block ends, `shared` is the build of which that is true.
        """
        return self._shared.at_hand(identifier)

    @contextmanager
    def lone_build(self) -> Iterator[Build]:
        """As `shared`, but for one thread after the other: for live profiles, which take turns anyway.

        Raises:
            BusyError: too many wait for it.
        """
        with patiently(self._alone), self.shared() as build:
            yield build

    def remembered(self, snapshot: str, name: str, make: Callable[[], T]) -> T:
        """What `make` finds out about the build of this id, found out once: a snapshot never changes.

        Raises:
            BusyError: another one finds it out, for too long.
        """
        known, key = self._remembered, f"{snapshot} {name}"
        if key not in known:
            with patiently(self._making.setdefault(key, threading.Lock())):
                try:
                    if key not in known:
                        known[key] = make()
                finally:
                    self._making.pop(key, None)
        found: T = known[key]
        return found

    def worked_out(self, name: str, make: Callable[[], T]) -> T:
        """As `remembered`, of the build that serves, for what takes seconds; `make` takes a `build` or `turn` itself.

        Who waits for it holds no build, and must not hold one before.

        Raises:
            BusyError: too much of this kind is asked for, or for too long.
        """

        def slowly() -> T:
            with patiently(self._slow):
                return make()

        return self.remembered(self._serving() or "", name, slowly)

    def writer(self, source: str) -> LiveWriter:
        """What appends to the live source `source`.

        Raises:
            NotFoundError: there is none of this name.
        """
        project = self.project_of_snapshot()
        with self._lock:
            if source not in self._writers:
                self._writers[source] = LiveWriter(project.live(source))
            return self._writers[source]

    def count(self, what: str, number: int = 1) -> None:
        """Count something for the server's measures: a key of `server.metrics.COUNTED`."""
        with self._lock:
            self.counted[what] += number

    def close(self) -> None:
        """Stop the build that runs, write what live messages and entries of the audit trail wait, let snapshots go."""
        self.closing.set()
        if "jobs" in self.__dict__:
            self.jobs.stop()
        with self._lock:
            idle, self._idle = self._idle, []
            writers, self._writers = self._writers, {}
        for writer in writers.values():
            writer.close()
        for build in idle:
            build.close()
        self._shared.close()
        if "trail" in self.__dict__:
            self.trail.close()

    def project_of_snapshot(self) -> Project:
        """The definitions as they were when the snapshot that serves was met first: what it is opened with.

        Edits wait for the next build; until then they would only not fit what was built.
        """
        with self._reading:
            serving = self._serving()
            if self._served[0] != serving:
                if self._served[0] is not None:
                    self._reload_if_sound()
                self._served = (serving, self.project)
                self._remembered = {}
            return self._served[1]

    def _reload_if_sound(self) -> None:
        """A new snapshot may come from definitions that somebody edited elsewhere."""
        try:
            self.reload()
        except ProjectError:
            return

    def _taken(self) -> Build | None:
        serving = self._serving()
        with self._lock:
            stale = [build for build in self._idle if build.snapshot.id != serving]
            fresh = [build for build in self._idle if build.snapshot.id == serving]
            taken = fresh.pop() if fresh else None
            self._idle = fresh
        for build in stale:
            build.close()
        return taken

    def _give_back(self, build: Build) -> None:
        with self._lock:
            if build.snapshot.id == self._serving():
                self._idle.append(build)
                return
        build.close()

    def _serving(self) -> str | None:
        current = self.project.serving()
        return None if current is None else current.id


def _served(folder: Path) -> Project:
    """The project in a folder, which leaves memory to what else a server does."""
    project = load(folder)
    project.reading = project.loaded.spec.server.memory
    return project
