"""Builds that are asked for here: started, watched, cancelled."""

from __future__ import annotations

from dataclasses import asdict

from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row
from huaxiang.service.jobs.jobs import KEPT
from huaxiang.service.jobs.scheduler import Scheduler
from huaxiang.store.operational import BuildRun
from huaxiang.store.operational.build_runs import Trigger


@allowed("builds.start")
def start(desk: Desk, as_of: str | None = None, *, full: bool = False) -> Row:
    """Start a build at `as_of` (default: the project's moment, else now); it goes on by itself.

    `full` computes everything anew, also what has not changed. The answer is the run, as `runs` has it.

    Raises:
        ConflictError: a build is running already, here or elsewhere.
        UsageError: `as_of` is no moment.
    """
    trigger: Trigger = "key" if desk.actor.via == "api" else "person"
    return _row(desk.workspace.jobs.start(trigger, desk.actor.name, as_of or None, full=full))


@allowed("builds.read")
def runs(desk: Desk) -> Row:
    """The builds that were started here, the latest first, at most 100.

    `items`: `number`, `trigger` (person, key, schedule), `started_by`, `asked`, `state` (waiting, running, done,
    failed, cancelled, lost), `as_of`, `full`, `due`, `started`, `ended`, `snapshot`, `code`, `message`. `elsewhere`
    names the process that builds this project without the server; `next` is when the schedule asks for a build.
    """
    jobs = desk.workspace.jobs
    return {
        "items": [_row(run) for run in jobs.rows.latest(KEPT)],
        "elsewhere": jobs.elsewhere(),
        "next": Scheduler(desk.workspace).next(),
    }


@allowed("builds.read")
def one(desk: Desk, run: int) -> Row:
    """A build that was started here: what `runs` has of it, how far it is, and its log.

    `step` is under way; `share` of the work is done after `seconds`; `remaining` seconds are a guess from both, None
    while there is too little to guess from. `log`: `at`, `step`, the beginning of each step.

    Raises:
        NotFoundError: there is no such run.
    """
    jobs = desk.workspace.jobs
    found = jobs.rows.get(run)
    told = jobs.told(found)
    progress = {"step": told.step, "share": told.share, "seconds": told.seconds, "log": list(told.log)}
    return _row(found) | progress | {"remaining": told.remaining if found.is_open else None}


@allowed("builds.start")
def cancel(desk: Desk, run: int) -> Row:
    """Stop a build that was started here; what served before goes on serving. It has ended a moment later.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it has ended already.
    """
    return _row(desk.workspace.jobs.cancel(run))


def _row(run: BuildRun) -> Row:
    return asdict(run)
