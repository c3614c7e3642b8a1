"""A project that is served to many at once: its definitions as they are now, and the build that serves, held open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huaxiang.service.api import Project, load
from huaxiang.service.builds import Build

IDLE_BUILDS = 4
"""Opened builds that wait for the next question; what they compiled is used again."""


class Workspace:
    """The project in one folder, for a server. Safe for use by several threads."""

    def __init__(self, folder: Path) -> None:
        self.project: Project = load(folder)
        self._idle: list[Build] = []
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.project.folder

    @contextmanager
    def build(self) -> Iterator[Build]:
        """The build that serves, for the use of one thread until the block ends; a newer one is found by itself.

        Raises:
            NotFoundError: nothing was built yet.
            StoreError: the snapshot can't be read.
        """
        build = self._taken() or self.project.open()
        try:
            yield build
        finally:
            self._give_back(build)

    def close(self) -> None:
        """Let all snapshots go."""
        with self._lock:
            idle, self._idle = self._idle, []
        for build in idle:
            build.close()

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
            if len(self._idle) < IDLE_BUILDS and build.snapshot.id == self._serving():
                self._idle.append(build)
                return
        build.close()

    def _serving(self) -> str | None:
        current = self.project.serving()
        return None if current is None else current.id
