"""A project that is served to many: who waits for whom, and who must not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.access.people import Actor
from huaxiang.core.errors import BusyError, StoreError
from huaxiang.core.findings import Finding
from huaxiang.core.moments import Moment
from huaxiang.service.api import load
from huaxiang.service.desk import Desk
from huaxiang.service.desk.builds import findings
from huaxiang.service.projects import check
from huaxiang.service.workspace import MOST_BUILDS, MOST_SLOW, Workspace
from huaxiang.store.snapshots import Store

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


def test_slow_questions_leave_builds_for_quick_ones(workspace: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huaxiang.service.patience.PATIENCE", 1.0)
    slow = Slow()

    def portrait() -> str:
        with workspace.build():
            return slow()

    with ThreadPoolExecutor(2 * MOST_BUILDS) as pool:
        same = [pool.submit(workspace.worked_out, "persona a", portrait) for _ in range(MOST_BUILDS)]
        others = [pool.submit(workspace.worked_out, f"persona {name}", portrait) for name in "bcde"]
        for _ in range(MOST_SLOW):
            assert slow.begun.acquire(timeout=WAIT)
        with workspace.build() as build:
            assert build.snapshot.id == "one"
        slow.may.set()
        assert [each.result(WAIT) for each in (*same, *others)] == ["found"] * 8
    assert slow.times == 5, "each is found out once"
    assert not workspace._making, "nothing stays of who made what"


def test_who_waits_too_long_is_told_to_come_back(workspace: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huaxiang.service.patience.PATIENCE", 0.05)
    slow = Slow()
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(workspace.worked_out, "diff", slow)
        assert slow.begun.acquire(timeout=WAIT)
        with pytest.raises(BusyError):
            workspace.worked_out("diff", slow)
        slow.may.set()
        assert made.result(WAIT) == workspace.worked_out("diff", slow) == "found"


def test_what_could_not_be_found_out_is_tried_again(workspace: Served):
    def wrong() -> str:
        raise StoreError("gone")

    with pytest.raises(StoreError):
        workspace.remembered("one", "tags", wrong)
    assert workspace.remembered("one", "tags", lambda: "found") == "found"
    assert not workspace._making


def test_who_reads_the_findings_changes_the_definitions_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    looked: list[Path] = []

    def counted(folder: Path) -> list[Finding]:
        looked.append(folder)
        return check(folder)

    monkeypatch.setattr("huaxiang.service.workspace.check", counted)
    monkeypatch.setattr("huaxiang.service.file_state.time.monotonic", lambda: 30.0)
    (tmp_path / "huaxiang.yml").write_text("name: tiny\n", encoding="utf-8")
    workspace = Workspace(tmp_path)
    definitions, desk = workspace.project, Desk(workspace, Actor("li", "viewer"))
    before = findings(desk)
    assert findings(desk) == before
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "own.yml").write_text("segments: {a: {rule: nothing > 1}}\n", encoding="utf-8")
    found = findings(desk)
    assert {row["severity"] for row in found if row["file"] == "segments/own.yml"} == {"error"}
    assert len(looked) == 2, "only once a file has changed"
    assert workspace.project is definitions
    workspace.close()


def test_the_engine_of_a_server_takes_no_more_than_is_meant_for_it_whoever_has_the_build_open(tmp_path: Path):
    (tmp_path / "huaxiang.yml").write_text("name: tiny\nmemory: 8GB\nserver: {memory: 256MiB}\n", encoding="utf-8")
    project = load(tmp_path)
    with Store(tmp_path).building(Moment.parse("2026-01-01", "UTC")) as building:
        building.open_engine(zone="UTC").create("things", pa.table({"a": [1]}), step="things")
        building.publish({})
    workspace = Workspace(tmp_path)
    with project.open(), workspace.project.open() as served:
        assert "256" in served.engine.backend.con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    workspace.close()
