"""Builds that the server started, and up to when schedules have had theirs, in the operational database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from huaxiang.core.errors import ConflictError, NotFoundError
from huaxiang.store.operational.database import Operational

Trigger = Literal["person", "key", "schedule"]
State = Literal["waiting", "running", "done", "failed", "cancelled", "lost"]

OPEN: tuple[State, ...] = ("waiting", "running")
"""The states of a run that has not ended."""


@dataclass(frozen=True)
class BuildRun:
    """A build that somebody or something asked the server for.

    `due` is the moment of the schedule that asked for it. `code` and `message` say why it ended as it did.
    """

    number: int
    trigger: Trigger
    started_by: str
    asked: datetime
    state: State = "waiting"
    as_of: str | None = None
    full: bool = False
    due: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    snapshot: str | None = None
    code: str | None = None
    message: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN


class BuildRuns:
    """The builds that were started by the server."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def add(self, run: BuildRun) -> BuildRun:
        """Store a new run, unless one is open; its number is given here.

        Raises:
            ConflictError: another one has not ended.
        """
        import sqlalchemy as sa

        from huaxiang.store.operational.build_tables import BUILD_RUNS

        values = {name: getattr(run, name) for name in BuildRun.__dataclass_fields__ if name != "number"}
        with self._database.writing(alone="builds") as connection:
            others = sa.select(BUILD_RUNS.c.number).where(BUILD_RUNS.c.state.in_(OPEN))
            if connection.execute(others).first() is not None:
                raise ConflictError("A build is running already. Wait for it to end, or cancel it.")
            added = connection.execute(BUILD_RUNS.insert().values(**values)).inserted_primary_key
        return self.get(int(added[0]))  # type: ignore[index]

    def get(self, number: int) -> BuildRun:
        """The run of that number.

        Raises:
            NotFoundError: there is none.
        """
        import sqlalchemy as sa

        from huaxiang.store.operational.build_tables import BUILD_RUNS

        with self._database.reading() as connection:
            found = connection.execute(sa.select(BUILD_RUNS).where(BUILD_RUNS.c.number == number)).mappings().first()
        if found is None:
            raise NotFoundError(f"There is no run {number}.")
        return BuildRun(**found)

    def latest(self, limit: int) -> list[BuildRun]:
        """The latest runs, the latest first."""
        import sqlalchemy as sa

        from huaxiang.store.operational.build_tables import BUILD_RUNS

        query = sa.select(BUILD_RUNS).order_by(BUILD_RUNS.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return [BuildRun(**row) for row in connection.execute(query).mappings()]

    def change(self, number: int, **values: Any) -> bool:
        """Change a run that has not ended; False where it has."""
        from huaxiang.store.operational.build_tables import BUILD_RUNS

        table = BUILD_RUNS
        with self._database.writing() as connection:
            still = (table.c.number == number) & table.c.state.in_(OPEN)
            return connection.execute(table.update().where(still).values(**values)).rowcount > 0

    def handled(self, cron: str, zone: str, first: datetime) -> datetime:
        """Up to when a schedule has had its builds; one that is met for the first time begins at `first`."""
        import sqlalchemy as sa

        from huaxiang.store.operational.build_tables import SCHEDULES

        wanted = (SCHEDULES.c.cron == cron) & (SCHEDULES.c.zone == zone)
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(sa.select(SCHEDULES.c.handled).where(wanted)).scalar()
        if found is None:
            with self._database.writing() as connection:
                connection.execute(SCHEDULES.insert().values(cron=cron, zone=zone, handled=first))
        return found or first

    def handle(self, cron: str, zone: str, until: datetime) -> None:
        """Say that a schedule has had its builds up to a moment."""
        from huaxiang.store.operational.build_tables import SCHEDULES

        wanted = (SCHEDULES.c.cron == cron) & (SCHEDULES.c.zone == zone)
        with self._database.writing() as connection:
            connection.execute(SCHEDULES.update().where(wanted).values(handled=until))
