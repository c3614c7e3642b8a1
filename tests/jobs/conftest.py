"""A tiny project that is served by a clock that tests set, and builds that end when tests say so."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from huaxiang.service.jobs import jobs
from huaxiang.service.jobs.child import Ending
from huaxiang.service.workspace import Workspace
from huaxiang.store.operational import BuildRun

NIGHT = datetime(2026, 3, 1, 18, tzinfo=UTC)
"""2:00 of 2 March in Shanghai: an hour before the build of the night."""


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.at = NIGHT

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, **by: float) -> None:
        self.at += timedelta(**by)


class FakeChild:
    """A build that computes nothing and ends as it is told."""

    begun: ClassVar[list[FakeChild]] = []

    def __init__(
        self, folder: Path, progress: Path, as_of: str | None, *, full: bool, environment: Mapping[str, str]
    ) -> None:
        self.asked = as_of, full
        self._endings: queue.SimpleQueue[Ending] = queue.SimpleQueue()
        FakeChild.begun.append(self)

    def ends(self, ending: Ending) -> None:
        self._endings.put(ending)

    def stop(self) -> None:
        self.ends(Ending(code="ended"))

    def wait(self) -> Ending:
        return self._endings.get(timeout=20)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[FakeChild]:
    monkeypatch.setattr(jobs, "Child", FakeChild)
    monkeypatch.setattr(FakeChild, "begun", [])
    return FakeChild.begun


@pytest.fixture(scope="session")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from huaxiang.store.operational import Operational

    folder = tmp_path_factory.mktemp("empty")
    Operational.open(folder)
    return folder / ".huaxiang" / "operational.db"


@pytest.fixture
def serve(tmp_path: Path, _database: Path, clock: Clock) -> Iterator[Callable[..., Workspace]]:
    """Serves a project with these settings; a second call is another server of the same project."""
    served: list[Workspace] = []

    def start(settings: str = "") -> Workspace:
        home = tmp_path / ".huaxiang"
        if not home.exists():
            home.mkdir()
            (home / "operational.db").write_bytes(_database.read_bytes())
        (tmp_path / "huaxiang.yml").write_text(f"name: tiny\nlanguages: [en]\n{settings}", encoding="utf-8")
        workspace = Workspace(tmp_path)
        workspace.clock = clock
        served.append(workspace)
        return workspace

    yield start
    for workspace in served:
        workspace.close()


@pytest.fixture
def ended() -> Callable[[Workspace, BuildRun], BuildRun]:
    """Waits until a run has ended, and returns it."""

    def wait(workspace: Workspace, run: BuildRun) -> BuildRun:
        import threading

        for thread in threading.enumerate():
            if thread.name == f"build {run.number}":
                thread.join(timeout=60)
        return workspace.jobs.rows.get(run.number)

    return wait


@pytest.fixture
def running(children: list[FakeChild]) -> Callable[[int], FakeChild]:
    """Waits until so many builds have begun, and returns the last."""

    def wait(count: int = 1) -> FakeChild:
        import time

        for _ in range(2000):
            if len(children) >= count:
                return children[count - 1]
            time.sleep(0.005)
        raise AssertionError(f"only {len(children)} builds began")

    return wait
