"""What signing in works with: the tables of the operational database, the clock, and whom it has just looked up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from huaxiang.access.people import Actor
from huaxiang.access.spec import ServerSpec
from huaxiang.store.operational import Attempts, Keys, Links, Operational, Sessions, Users

REMEMBERED = timedelta(seconds=3)
"""For so long a session or key that was looked up is believed. What another process revokes works here after it."""

MOST_REMEMBERED = 10_000

Kind = Literal["session", "key"]
"""What is looked up: a key is never taken for a session, nor a session for a key."""

LOCAL = "http://127.0.0.1:8400"
"""Where the console is, unless the project or whoever starts the server says otherwise."""

TOUCHED = timedelta(minutes=1)
"""How exactly the latest use of a session or key is kept."""


class Access:
    """The stores around signing in. Safe for use by several threads."""

    def __init__(self, database: Operational, settings: ServerSpec, clock: Callable[[], datetime]) -> None:
        self._database = database
        self.users = Users(database)
        self.sessions = Sessions(database)
        self.links = Links(database)
        self.keys = Keys(database)
        self.attempts = Attempts(database)
        self.settings = settings
        self.now = clock
        self.address = settings.address or LOCAL
        self._known: dict[tuple[Kind, str], tuple[datetime, Actor]] = {}

    def reach(self) -> None:
        """See that the database answers.

        Raises:
            StoreError: it does not.
        """
        with self._database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")

    def remembered(self, kind: Kind, token: str) -> Actor | None:
        """Who was found for the digest `token` in the last seconds."""
        until, actor = self._known.get((kind, token), (None, None))
        return actor if until is not None and self.now() < until else None

    def remember(self, kind: Kind, token: str, actor: Actor, *, at_most_until: datetime | None = None) -> None:
        """Believe for some seconds that the digest `token` is this actor's."""
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        until = self.now() + REMEMBERED
        self._known[kind, token] = (until if at_most_until is None else min(until, at_most_until), actor)

    def forget(self) -> None:
        """Look everybody up again: something has changed."""
        self._known.clear()
