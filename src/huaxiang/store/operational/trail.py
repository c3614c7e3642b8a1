"""The audit trail in the operational database: appended to by any number of processes, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.access.chain import Entry, Head, Written, chained
from huaxiang.store.operational.database import Operational

if TYPE_CHECKING:
    import sqlalchemy as sa

AT_ONCE = 5_000
"""Rows that are read at a time."""


@dataclass(frozen=True)
class Sought:
    """What entries to find: all that are given must fit. `until` is the first moment that does not belong."""

    actor: str | None = None
    subject: str | None = None
    action: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    def up_to(self, number: int) -> Sought:
        """The same before the entry with that number."""
        return replace(self, before=number)


class TrailRows:
    """The entries of the trail."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def append(self, entries: Sequence[Entry]) -> Head:
        """Write entries after all that are there; the last one of them.

        Raises:
            StoreError: the database can't be written; then none of them is.
        """
        import sqlalchemy as sa

        from huaxiang.store.operational.trail_table import TRAIL

        with self._database.writing(alone="trail") as connection:
            latest = sa.select(TRAIL.c.number, TRAIL.c.hash).order_by(TRAIL.c.number.desc()).limit(1)
            last = connection.execute(latest).first()
            rows = list(chained(entries, Head(last.number, last.hash) if last else Head()))
            connection.execute(TRAIL.insert(), [vars(row) for row in rows])
        return Head(rows[-1].number, rows[-1].hash)

    def find(self, sought: Sought, limit: int) -> list[Written]:
        """The latest entries that fit, the latest first."""
        import sqlalchemy as sa

        from huaxiang.store.operational.trail_table import TRAIL

        query = sa.select(TRAIL).where(*_conditions(sought)).order_by(TRAIL.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return [Written(**row) for row in connection.execute(query).mappings()]

    def all(self) -> Iterator[Written]:
        """All entries in their order."""
        import sqlalchemy as sa

        from huaxiang.store.operational.trail_table import TRAIL

        last = -1
        with self._database.reading() as connection:
            while True:
                query = sa.select(TRAIL).where(TRAIL.c.number > last).order_by(TRAIL.c.number).limit(AT_ONCE)
                rows = [Written(**row) for row in connection.execute(query).mappings()]
                if not rows:
                    return
                yield from rows
                last = rows[-1].number


def _conditions(sought: Sought) -> Iterator[sa.ColumnElement[bool]]:
    from huaxiang.store.operational.trail_table import TRAIL

    equal: dict[str, Any] = {"actor": sought.actor, "outcome": sought.outcome}
    for name, value in equal.items():
        if value is not None:
            yield TRAIL.c[name] == value
    if sought.action is not None:
        # `profiles` finds `profiles.profile` too.
        yield (TRAIL.c.action == sought.action) | TRAIL.c.action.startswith(f"{sought.action}.", autoescape=True)
    if sought.subject is not None:
        # Of a list of customers each is named in the detail.
        yield (TRAIL.c.subject == sought.subject) | TRAIL.c.detail.contains(f'"{sought.subject}"', autoescape=True)
    if sought.since is not None:
        yield TRAIL.c.at >= sought.since
    if sought.until is not None:
        yield TRAIL.c.at < sought.until
    if sought.before is not None:
        yield TRAIL.c.number < sought.before
