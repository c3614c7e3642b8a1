"""Builds by the clock: when they are due, and starting them once, however long the server was away."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from huaxiang.access.people import Actor
from huaxiang.core.errors import ConflictError, HuaxiangError

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

OFTEN = 15.0
"""Seconds between two looks at the clock."""

_LATE = timedelta(minutes=5)
"""From when on a build is said to be late, and why."""

_RECENT = timedelta(days=8)

SCHEDULE = Actor("schedule", "admin", "command")
"""Who the audit trail says has started a build by the clock."""


def latest_due(cron: str, zone: str, after: datetime, until: datetime) -> datetime | None:
    """The latest moment in (`after`, `until`] that `cron` names on the clocks of `zone`; None where there is none.

    As Debian's cron has it: a time that is skipped when summer time begins is due right after the gap, one that comes
    twice when it ends is due once; schedules of every hour go on every hour.
    """
    from cronsim import CronSim

    def moments(since: datetime) -> Iterable[datetime]:
        for moment in CronSim(cron, since.astimezone(ZoneInfo(zone))):
            if moment.astimezone(UTC) > until:
                return
            yield moment.astimezone(UTC)

    # Of one that is due every minute nobody counts the minutes of a year.
    recent = max(after, until - _RECENT)
    found = None
    for since in dict.fromkeys((recent, after)):
        for moment in moments(since):
            found = moment
        if found is not None:
            return found
    return None


def next_due(cron: str, zone: str, after: datetime) -> datetime:
    """The first moment after `after` that `cron` names on the clocks of `zone`, in UTC."""
    from cronsim import CronSim

    return next(CronSim(cron, after.astimezone(ZoneInfo(zone)))).astimezone(UTC)


class Scheduler:
    """Starts the builds that `schedule` in huaxiang.yml asks for, while the server runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._waits: datetime | None = None
        self._began = workspace.now()

    def begin(self) -> None:
        """Look at the clock from now on, in a thread of its own."""
        self._thread = threading.Thread(target=self._look_on, name="schedule", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def next(self) -> datetime | None:
        """When the next build is due; None without a schedule."""
        now = self._workspace.now()
        return min((next_due(cron, zone, now) for cron, zone in self._schedules()), default=None)

    def look(self) -> None:
        """Start a build if one is due. While another one runs it waits for its end, and is then started once.

        Raises:
            StoreError: the database can't be reached.
        """
        now, jobs = self._workspace.now(), self._workspace.jobs
        due: dict[tuple[str, str], datetime] = {}
        for cron, zone in self._schedules():
            found = latest_due(cron, zone, jobs.rows.handled(cron, zone, now), now)
            if found is not None:
                due[cron, zone] = found
        if not due:
            self._waits = None
            return
        latest = max(due.values())
        try:
            run = jobs.start("schedule", SCHEDULE.name, due=latest, message=self._why_late(latest, now))
        except ConflictError:
            if self._waits is None:
                self._waits = latest
                _log().info("schedule_waits", due=latest.isoformat(), reason="a build is running")
            return
        self._waits = None
        for (cron, zone), moment in due.items():
            jobs.rows.handle(cron, zone, moment)
        self._workspace.trail.note(SCHEDULE, "jobs.start", str(run.number), wait=True)

    def _why_late(self, due: datetime, now: datetime) -> str:
        if self._waits is not None:
            return f"Due at {due:%Y-%m-%d %H:%M} UTC, when another build was running."
        if due < self._began and now - due > _LATE:
            return f"Due at {due:%Y-%m-%d %H:%M} UTC, when the server was not running."
        return ""

    def _schedules(self) -> list[tuple[str, str]]:
        spec = self._workspace.project.loaded.spec
        if spec.schedule is None:
            return []
        zone = spec.schedule.time_zone or spec.time_zone
        return [(cron, zone) for cron in spec.schedule.build]

    def _look_on(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except (HuaxiangError, OSError) as error:
                # It is tried again: a database that is away for a while must not end the schedule.
                _log().error("schedule_failed", error=type(error).__name__)
            except Exception:  # nor may a slip of ours
                _log().exception("schedule_failed")
            self._stopping.wait(OFTEN)


def _log() -> Any:
    import structlog

    return structlog.get_logger("huaxiang.schedule")
