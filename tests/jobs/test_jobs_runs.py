"""Builds that the server runs: one at a time, told of, cancelled, and not forgotten when the server dies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huaxiang.access.people import Actor
from huaxiang.core.errors import ConflictError, ForbiddenError, NotFoundError, StoreError, UsageError
from huaxiang.service.desk import Desk, jobs
from huaxiang.service.jobs import jobs as running_jobs
from huaxiang.service.jobs.child import Ending, _ending, scrubbed
from huaxiang.service.jobs.jobs import LOST
from huaxiang.service.jobs.progress import MOST_LINES, ProgressFile, read_progress, shorten, step_in
from huaxiang.store.locks import only_build
from huaxiang.store.operational import BuildRun

SNAPSHOT = "20260228T160000Z-20260301T180000000000Z"


def desk(workspace: Any, role: Any = "analyst") -> Desk:
    return Desk(workspace, Actor("li", role))


def test_a_run_is_told_of_from_its_start_to_its_end(serve, running, ended):
    workspace = serve()
    run = jobs.start(desk(workspace), "2026-03-01", full=True)
    assert (run["trigger"], run["started_by"], run["state"], run["as_of"], run["full"]) == (
        "person", "li", "waiting", "2026-03-01", True,
    )  # fmt: skip
    child = running()
    assert child.asked == ("2026-03-01", True)
    child.ends(Ending(snapshot=SNAPSHOT))
    found = ended(workspace, workspace.jobs.rows.get(run["number"]))
    assert (found.state, found.snapshot, found.code, found.message) == ("done", SNAPSHOT, None, "")
    assert found.started == found.ended == workspace.now()
    assert workspace.counted == {"builds_done": 1}
    (entry,) = jobs.runs(desk(workspace))["items"]
    assert entry["state"] == "done"


def test_a_program_s_run_says_that_it_is_one(serve, running, ended):
    workspace = serve()
    run = jobs.start(Desk(workspace, Actor("key:abc", "steward", "api")))
    running().ends(Ending(snapshot=SNAPSHOT))
    assert run["trigger"] == "key"
    ended(workspace, workspace.jobs.rows.get(run["number"]))


def test_a_second_build_is_refused_while_one_runs_and_welcome_after_it(serve, running, ended):
    workspace = serve()
    first = workspace.jobs.start("person", "li")
    running()
    with pytest.raises(ConflictError, match="running already"):
        jobs.start(desk(workspace))
    running().ends(Ending(code="source", message="gone"))
    assert ended(workspace, first).message == "gone"
    second = workspace.jobs.start("person", "li")
    running(2).ends(Ending(snapshot=SNAPSHOT))
    assert ended(workspace, second).state == "done"


def test_a_build_by_hand_is_seen_and_refuses_others(serve):
    workspace = serve()
    with only_build(workspace.folder / ".huaxiang" / "lock"):
        assert "process" in jobs.runs(desk(workspace))["elsewhere"]
        with pytest.raises(ConflictError, match="elsewhere"):
            jobs.start(desk(workspace))
    assert jobs.runs(desk(workspace))["elsewhere"] is None
    assert jobs.runs(desk(workspace))["items"] == []


def test_who_only_looks_at_the_lock_lets_builds_begin(serve):
    folder = serve().folder / ".huaxiang"
    import fcntl
    import os
    import threading

    (folder / "lock").touch()
    looking = os.open(folder / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.03, os.close, [looking]).start()
    with only_build(folder / "lock"):
        pass


def test_a_cancelled_run_leaves_nothing_behind(serve, running, ended):
    workspace = serve()
    run = workspace.jobs.start("person", "li")
    running()
    leftover = workspace.folder / ".huaxiang" / f"building-{SNAPSHOT}"
    leftover.mkdir()
    jobs.cancel(desk(workspace), run.number)
    assert ended(workspace, run).state == "cancelled"
    assert not leftover.exists()
    with pytest.raises(ConflictError, match="ended already"):
        jobs.cancel(desk(workspace), run.number)
    with pytest.raises(NotFoundError, match="no run 99"):
        jobs.cancel(desk(workspace), 99)


def test_what_ran_when_the_server_died_is_lost_and_the_next_may_start(serve, running, ended):
    dead = serve()
    run = dead.jobs.start("person", "li")
    running()
    again = serve()
    assert again.jobs.recover() == [], "its server lives"
    dead.jobs._marks[run.number].close()  # as the system does when a process ends
    assert [lost.number for lost in again.jobs.recover()] == [run.number]
    found = again.jobs.rows.get(run.number)
    assert (found.state, found.message) == ("lost", LOST)
    assert again.jobs.recover() == []
    running().ends(Ending(snapshot=SNAPSHOT))
    assert ended(dead, run).state == "lost", "what was lost stays lost"


def test_stopping_the_server_stops_the_build(serve, running):
    workspace = serve()
    run = workspace.jobs.start("person", "li")
    running()
    workspace.jobs.stop()
    assert workspace.jobs.rows.get(run.number).state == "cancelled"


def test_a_moment_that_is_none_starts_nothing(serve, children):
    workspace = serve()
    with pytest.raises(UsageError):
        jobs.start(desk(workspace), "tomorrow")
    assert jobs.runs(desk(workspace))["items"] == []
    assert children == []


def test_who_may_only_look_starts_and_cancels_nothing(serve):
    workspace = serve()
    with pytest.raises(ForbiddenError):
        jobs.start(desk(workspace, "viewer"))
    with pytest.raises(ForbiddenError):
        jobs.cancel(desk(workspace, "marketer"), 1)
    assert jobs.runs(desk(workspace, "viewer"))["items"] == []


def test_progress_is_read_as_it_was_told(tmp_path: Path):
    path = tmp_path / "1.jsonl"
    assert read_progress(path).share == 0
    with ProgressFile(path) as told:
        told("read orders", 0, 400)
        told("read orders", 10, 400)  # a moment later: not worth a line
        told("write profiles", 100, 400)
    with path.open("a") as file:
        file.write('{"at": "half a li')
    found = read_progress(path)
    assert (found.step, found.share) == ("write profiles", 0.25)
    assert [line["step"] for line in found.log] == ["read orders", "write profiles"]


def test_what_remains_is_guessed_from_what_is_done(tmp_path: Path):
    path = tmp_path / "1.jsonl"
    lines = [("12:00:00", 0), ("12:00:10", 4), ("12:01:00", 50)]
    told = [{"at": f"2026-03-01T{at}+00:00", "step": "s", "done": done, "total": 200} for at, done in lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in told[:2]))
    assert read_progress(path).remaining is None, "of 2 % nobody can tell"
    path.write_text("".join(json.dumps(line) + "\n" for line in told))
    # A quarter took a minute; at 12:01:30 the rest takes three times the 90 seconds.
    assert read_progress(path).remaining == 180
    assert read_progress(path, datetime(2026, 3, 1, 12, 1, 30, tzinfo=UTC)).remaining == 270


def test_a_log_keeps_its_beginning_and_its_last_lines(tmp_path: Path):
    path = tmp_path / "1.jsonl"
    told = [{"at": "2026-03-01T12:00:00+00:00", "step": f"s{n}", "done": n, "total": 3000} for n in range(3000)]
    path.write_text("".join(json.dumps(line) + "\n" for line in told))
    shorten(path)
    steps = [line["step"] for line in read_progress(path).log]
    assert len(steps) == MOST_LINES
    assert steps[-1] == "s2999"
    assert len(path.read_text().splitlines()) == MOST_LINES + 1


@pytest.mark.parametrize(
    ("out", "status", "code", "message"),
    [
        (b'{"error": {"code": "source", "message": "orders.csv is gone"}}', 1, "source", "orders.csv is gone"),
        (b'{"error": {"code": "engine", "message": "13900000001"}}', 1, "engine", "--debug"),
        (b"", -9, "ended", "'memory'"),
        (b"", -15, "ended", "signal 15"),
        (b"not json", 1, "internal", "--debug"),
    ],
)
def test_how_a_build_ended_is_told_without_data(out, status, code, message):
    ending = _ending(out, status)
    assert (ending.snapshot, ending.code) == (None, code)
    assert message in ending.message
    assert "139" not in ending.message


def test_messages_hold_no_numbers_and_addresses_of_people():
    assert scrubbed("row 12: '139 0000 0001' and li@x.cn") == "row 12: '****' and ****"


def test_runs_of_a_server_with_another_folder_are_left_alone_until_somebody_gives_them_up(serve, running, ended):
    workspace = serve()
    far = workspace.jobs.rows.add(BuildRun(0, "person", "wang", workspace.now(), state="running"))
    assert workspace.jobs.recover() == []
    with pytest.raises(ConflictError, match="running already"):
        workspace.jobs.start("person", "li")
    jobs.cancel(desk(workspace), far.number)
    assert workspace.jobs.rows.get(far.number).state == "lost"
    run = workspace.jobs.start("person", "li")
    running().ends(Ending(snapshot=SNAPSHOT))
    assert ended(workspace, run).state == "done"


def test_who_can_not_be_told_keeps_no_run_open(serve, running, ended):
    def broken(_: BuildRun) -> None:
        raise ValueError("a slip")

    workspace = serve()
    workspace.jobs.on_start = workspace.jobs.on_end = (broken,)
    run = workspace.jobs.start("person", "li")
    running().ends(Ending(snapshot=SNAPSHOT))
    assert ended(workspace, run).state == "done"


def test_a_build_that_can_not_be_watched_is_stopped(serve, running, ended, monkeypatch):
    workspace = serve()
    change = workspace.jobs.rows.change

    def away(number: int, **values: Any) -> bool:
        if values["state"] == "running":
            raise StoreError("away")
        return change(number, **values)

    monkeypatch.setattr(workspace.jobs.rows, "change", away)
    stopped: list[Any] = []
    monkeypatch.setattr(running_jobs.Child, "stop", lambda child: child.ends(Ending()) or stopped.append(child))
    run = workspace.jobs.start("person", "li")
    found = ended(workspace, run)
    assert (found.state, found.code) == ("failed", "store")
    assert workspace.counted == {"builds_failed": 1}
    assert stopped == [running()]


@pytest.mark.parametrize(("failures", "state"), [(2, "done"), (99, "lost")])
def test_the_end_of_a_run_is_written_down_once_the_database_is_back(
    failures, state, serve, running, ended, monkeypatch
):
    monkeypatch.setattr(running_jobs, "RETRIES", (0.0, 0.0, 0.0))
    workspace = serve()
    change, tries = workspace.jobs.rows.change, []

    def away(number: int, **values: Any) -> bool:
        tries.append(values["state"])
        if values["state"] == "done" and tries.count("done") <= failures:
            raise StoreError("away")
        return change(number, **values)

    monkeypatch.setattr(workspace.jobs.rows, "change", away)
    run = workspace.jobs.start("person", "li")
    running().ends(Ending(snapshot=SNAPSHOT))
    assert ended(workspace, run).is_open is (state == "lost")
    second = workspace.jobs.start("person", "li")
    assert workspace.jobs.rows.get(run.number).state == state
    running(2).ends(Ending(code="data"))
    assert ended(workspace, second).state == "failed"


def test_a_step_is_called_in_the_language_of_who_reads_of_it():
    assert [step_in("zh", name) for name in ("read crm", "resolve identity", "unknown")] == [
        "读取 crm", "识别客户", "unknown",
    ]  # fmt: skip
    assert step_in("en", "read crm") == "read crm"
