"""A project without data, served by a clock that tests set."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huaxiang.service.workspace import Workspace
from huaxiang.store.operational import Operational


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a database in which nothing is written yet: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "huaxiang.yml").write_text("name: tiny\nserver: {idle: 2h, longest: 1d}\n", encoding="utf-8")
    Operational.open(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, _empty: Path) -> Path:
    shutil.copytree(_empty, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def workspace(folder: Path, clock: Clock) -> Iterator[Workspace]:
    workspace = Workspace(folder)
    workspace.clock = clock
    yield workspace
    workspace.close()


@pytest.fixture
def elsewhere(workspace: Workspace, clock: Clock) -> Iterator[Workspace]:
    """The same project in another process: nothing is shared but the database."""
    other = Workspace(workspace.folder)
    other.clock = clock
    yield other
    other.close()


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes as long as it must in real life, not in tests."""
    from argon2 import PasswordHasher

    from huaxiang.access import passwords

    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._of_nobody.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
