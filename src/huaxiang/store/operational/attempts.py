"""Failed attempts to sign in, per name and per address: what makes guessing slow, also after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from huaxiang.store.operational.database import Operational

if TYPE_CHECKING:
    import sqlalchemy as sa

FORGOTTEN = timedelta(days=1)
"""After so long without another failure, counting begins anew."""


@dataclass(frozen=True)
class Limit:
    """How many failures are free; each further one locks for `first`, twice as long each time, up to `longest`."""

    free: int
    first: timedelta
    longest: timedelta

    def lock(self, failures: int) -> timedelta | None:
        """How long so many failures lock; None: not at all."""
        over = failures - self.free
        # 2^20 × a second is beyond every limit: no need to compute more.
        return None if over < 0 else min(self.first * 2 ** min(over, 20), self.longest)


class Attempts:
    """The attempts that failed lately."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def begin(self, limits: Mapping[str, Limit], at: datetime) -> timedelta | None:
        """Count an attempt against each key before it is known how it ends; how long to wait where one is locked.

        Attempts at the same time are all counted, so that nobody gains by guessing in parallel.
        """
        from huaxiang.store.operational.access_tables import ATTEMPTS

        with self._database.writing(alone="attempts") as connection:
            connection.execute(ATTEMPTS.delete().where(ATTEMPTS.c.latest <= at - FORGOTTEN))
            found = {key: _row(connection, key) for key in limits}
            waits = [row["locked_until"] - at for row in found.values() if row and row["locked_until"]]
            locked = [wait for wait in waits if wait > timedelta(0)]
            if locked:
                return max(locked)
            for key, limit in limits.items():
                _count(connection, key, limit, found[key], at)
        return None

    def succeed(self, name: str, address: str) -> None:
        """Take back what `begin` counted: all of the name, one of the address."""
        from huaxiang.store.operational.access_tables import ATTEMPTS

        with self._database.writing() as connection:
            connection.execute(ATTEMPTS.delete().where(ATTEMPTS.c.key == name))
            of_address = ATTEMPTS.update().where(ATTEMPTS.c.key == address, ATTEMPTS.c.failures > 0)
            connection.execute(of_address.values(failures=ATTEMPTS.c.failures - 1, locked_until=None))

    def forget(self, key: str) -> None:
        """Let a name or an address begin anew."""
        from huaxiang.store.operational.access_tables import ATTEMPTS

        with self._database.writing() as connection:
            connection.execute(ATTEMPTS.delete().where(ATTEMPTS.c.key == key))


def _row(connection: sa.Connection, key: str) -> Any:
    import sqlalchemy as sa

    from huaxiang.store.operational.access_tables import ATTEMPTS

    return connection.execute(sa.select(ATTEMPTS).where(ATTEMPTS.c.key == key)).mappings().first()


def _count(connection: sa.Connection, key: str, limit: Limit, found: Any, at: datetime) -> None:
    from huaxiang.store.operational.access_tables import ATTEMPTS

    failures = (found["failures"] if found else 0) + 1
    lock = limit.lock(failures)
    values = {"failures": failures, "latest": at, "locked_until": None if lock is None else at + lock}
    if found:
        connection.execute(ATTEMPTS.update().where(ATTEMPTS.c.key == key).values(**values))
    else:
        connection.execute(ATTEMPTS.insert().values(key=key, **values))
