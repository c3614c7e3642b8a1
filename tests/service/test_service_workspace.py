"""A project that is served to many: who waits for whom, and who must not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from huaxiang.service.workspace import Workspace

WAIT = 10.0


class Slow:
    """What is told when it has begun, and goes on when it may."""

    def __init__(self) -> None:
        self.begun, self.may = threading.Semaphore(0), threading.Event()
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        self.begun.release()
        assert self.may.wait(WAIT)
        return "found"


class FakeBuild:
    """A build of which only the id is asked."""

    def __init__(self, snapshot: str, opening: Callable[[], Any] = lambda: None) -> None:
        self.snapshot, self.closed, self._opening = SimpleNamespace(id=snapshot), False, opening

    @property
    def stored_customers(self) -> None:
        self._opening()

    def close(self) -> None:
        self.closed = True


class Served(Workspace):
    """A project without data whose snapshots tests name."""

    serves = "one"
    opening: Callable[[], Any] = staticmethod(lambda: None)

    def _serving(self) -> str:
        return self.serves

    def project_of_snapshot(self) -> Any:
        return SimpleNamespace(open=lambda: FakeBuild(self.serves, self.opening))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "huaxiang.yml").write_text("name: tiny\n", encoding="utf-8")
    served = Served(tmp_path)
    yield served
    served.close()


def test_nobody_waits_for_a_new_build_to_be_opened_who_does_not_need_it(workspace: Served):
    with workspace.shared() as former, ThreadPoolExecutor(2) as pool:
        workspace.serves, workspace.opening = "two", (slow := Slow())

        def look() -> str:
            with workspace.shared() as build:
                return build.snapshot.id

        looks = [pool.submit(look) for _ in range(2)]
        assert slow.begun.acquire(timeout=WAIT)
        counting = threading.Thread(target=workspace.count, args=("anything",), daemon=True)
        counting.start()
        counting.join(WAIT / 4)
        waits = counting.is_alive()
        slow.may.set()
        assert [each.result(WAIT) for each in looks] == ["two", "two"]
        assert not waits
        assert slow.times == 1, "it is opened once"
        assert not former.closed, "somebody uses it"
    assert former.closed
