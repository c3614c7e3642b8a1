"""Builds by the clock: once when they are due, whatever the clock, the server and other builds do."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from huaxiang.core.errors import ProjectError
from huaxiang.service.jobs.child import Ending
from huaxiang.service.jobs.scheduler import Scheduler, latest_due, next_due

DONE = Ending(snapshot="20260228T160000Z-20260301T180000000000Z")
NIGHTLY = 'schedule: {build: "0 3 * * *"}\n'


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_build_starts_when_it_is_due_and_once(serve, clock, children, running, ended):
    workspace = serve(NIGHTLY)
    scheduler = Scheduler(workspace)
    scheduler.look()
    assert scheduler.next() == at("2026-03-02T03:00+08:00")
    clock.goes_on(minutes=59)
    scheduler.look()
    assert children == []
    clock.goes_on(minutes=1, seconds=5)
    scheduler.look()
    running().ends(DONE)
    (run,) = workspace.jobs.rows.latest(9)
    assert ended(workspace, run).state == "done"
    assert (run.trigger, run.started_by, run.due, run.message) == (
        "schedule",
        "schedule",
        at("2026-03-02T03:00+08:00"),
        "",
    )
    scheduler.look()
    assert len(children) == 1
    assert scheduler.next() == at("2026-03-03T03:00+08:00")


def test_what_is_due_during_a_build_waits_and_is_caught_up_once(serve, clock, children, running, ended):
    workspace = serve('schedule: {build: ["0 3 * * *", "30 3 * * *"]}\n')
    scheduler = Scheduler(workspace)
    scheduler.look()
    by_hand = workspace.jobs.start("person", "li")
    running()
    clock.goes_on(hours=2)
    scheduler.look()
    scheduler.look()
    assert len(children) == 1
    running().ends(DONE)
    ended(workspace, by_hand)
    scheduler.look()
    running(2).ends(DONE)
    caught_up = workspace.jobs.rows.latest(1)[0]
    assert caught_up.due == at("2026-03-02T03:30+08:00")
    assert "when another build was running" in ended(workspace, caught_up).message
    scheduler.look()
    assert len(children) == 2


def test_what_was_missed_while_the_server_was_down_is_caught_up_once(serve, clock, children, running, ended):
    Scheduler(serve(NIGHTLY)).look()
    clock.goes_on(days=5)
    workspace = serve(NIGHTLY)
    scheduler = Scheduler(workspace)
    scheduler.look()
    running().ends(DONE)
    (run,) = workspace.jobs.rows.latest(9)
    # The server starts at 2:00 of 7 March: the last one that was missed is that of the 6th.
    assert run.due == at("2026-03-06T03:00+08:00")
    assert ended(workspace, run).message == "Due at 2026-03-05 19:00 UTC, when the server was not running."
    scheduler.look()
    assert len(children) == 1


def test_a_new_schedule_catches_nothing_up(serve, clock, children):
    Scheduler(serve(NIGHTLY)).look()
    clock.goes_on(days=5)
    Scheduler(serve('schedule: {build: "0 1 * * *"}\n')).look()
    assert children == []


def test_without_a_schedule_nothing_is_due(serve, children):
    scheduler = Scheduler(serve())
    scheduler.look()
    assert scheduler.next() is None
    assert children == []


def test_times_are_read_on_the_clocks_that_the_schedule_names(serve):
    scheduler = Scheduler(serve('schedule: {build: "0 3 * * *", time_zone: Europe/Berlin}\n'))
    assert scheduler.next() == at("2026-03-02T03:00+01:00")


@pytest.mark.parametrize(
    ("cron", "after", "dues"),
    [
        # On 29 March the clocks go from 2:00 to 3:00: what is skipped is due right after.
        ("30 2 * * *", "2026-03-28T12:00+01:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        # On 25 October 2:00 to 3:00 comes twice: it is due the first time only.
        ("30 2 * * *", "2026-10-24T12:00+02:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("0 4 * * *", "2026-03-28T12:00+01:00", ["2026-03-29T04:00+02:00", "2026-03-30T04:00+02:00"]),
    ],
)
def test_summer_time_skips_and_doubles_no_build(cron, after, dues):
    moment = at(after)
    for due in dues:
        moment = next_due(cron, "Europe/Berlin", moment)
        assert moment == at(due)


def test_a_build_in_the_doubled_hour_is_not_due_again(serve):
    due = at("2026-10-25T02:30+02:00")
    # Whatever the clock shows between both and after: the moment that was handled is that of the first.
    for until in ("2026-10-25T02:45+02:00", "2026-10-25T02:35+01:00", "2026-10-25T12:00+01:00"):
        assert latest_due("30 2 * * *", "Europe/Berlin", at("2026-10-24T12:00+02:00"), at(until)) == due
        assert latest_due("30 2 * * *", "Europe/Berlin", due, at(until)) is None


def test_after_a_long_absence_the_latest_moment_is_due(serve):
    now = at("2026-03-02T12:00+08:00")
    assert latest_due("* * * * *", "Asia/Shanghai", at("2020-01-01T00:00+08:00"), now) == now
    assert latest_due("0 0 1 1 *", "Asia/Shanghai", at("2025-06-01T00:00+08:00"), now) == at("2026-01-01T00:00+08:00")
    assert latest_due("0 0 1 4 *", "Asia/Shanghai", at("2025-06-01T00:00+08:00"), now) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('schedule: {build: "61 3 * * *"}', "bad minute"),
        ('schedule: {build: "3 * * *"}', "five fields"),
        ('schedule: {build: "@daily"}', "five fields"),
        ("schedule: {build: []}", "at least 1 item"),
        ('schedule: {build: "0 3 * * *", time_zone: Asia/Shanghia}', "did you mean 'Asia/Shanghai'"),
        ("notify: [{on: [failure]}]", "either a 'webhook' or addresses of 'mail'"),
        ("notify: [{webhook: http://example.com/x}]", "begins with https://"),
        ("notify: [{mail: data@example.com}]", "over the server that 'mail' names"),
        ("notify: [{mail: nobody}]", "no address of mail"),
        ("mail: {host: a, from: a@b.c}\nnotify: [{mail: a@b.c, secret: X}]", "signs the messages of a webhook"),
    ],
)
def test_a_mistake_in_the_settings_is_found_with_its_line(serve, text, message):
    with pytest.raises(ProjectError) as found:
        serve(text)
    (finding,) = found.value.findings
    assert message.lower() in finding.message.lower()
    assert finding.at.file == "huaxiang.yml"
    assert finding.at.line >= 3


def test_a_slip_does_not_end_the_schedule(serve, monkeypatch):
    monkeypatch.setattr("huaxiang.service.jobs.scheduler.OFTEN", 0.01)
    scheduler, looked = Scheduler(serve()), threading.Semaphore(0)

    def slip() -> None:
        looked.release()
        raise ValueError("a slip")

    monkeypatch.setattr(scheduler, "look", slip)
    scheduler.begin()
    assert [looked.acquire(timeout=10) for _ in range(3)] == [True] * 3
    scheduler.end()
