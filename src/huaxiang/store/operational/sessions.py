"""Sessions and one-time links in the operational database, by the digests of their tokens."""

from __future__ import annotations

from datetime import datetime

from huaxiang.access.accounts import Link, Session
from huaxiang.store.operational.database import Operational
from huaxiang.store.operational.users import user_of


class Sessions:
    """The browsers that are signed in."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def add(self, session: Session) -> None:
        """Store a new session; those that have expired by its beginning go."""
        from huaxiang.store.operational.access_tables import SESSIONS

        with self._database.writing() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.expires <= session.began))
            connection.execute(
                SESSIONS.insert().values(
                    token=session.token,
                    user=session.user.number,
                    began=session.began,
                    used=session.used,
                    expires=session.expires,
                    address=session.address,
                )
            )

    def find(self, token: str) -> Session | None:
        """The session with that digest, also one that has expired."""
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import SESSIONS, USERS

        own = [SESSIONS.c[name] for name in ("token", "began", "used", "expires", "address")]
        query = sa.select(*own, *USERS.c).join_from(SESSIONS, USERS).where(SESSIONS.c.token == token)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return Session(row["token"], user_of(row), row["began"], row["used"], row["expires"], row["address"])

    def touch(self, token: str, at: datetime) -> None:
        """Say that a session was used."""
        from huaxiang.store.operational.access_tables import SESSIONS

        with self._database.writing() as connection:
            connection.execute(SESSIONS.update().where(SESSIONS.c.token == token).values(used=at))

    def end(self, token: str) -> None:
        """End one session."""
        from huaxiang.store.operational.access_tables import SESSIONS

        with self._database.writing() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.token == token))

    def end_all(self, user: int, *, but: str = "") -> None:
        """End all sessions of a user, but the one with the digest `but`."""
        from huaxiang.store.operational.access_tables import SESSIONS

        with self._database.writing() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.user == user, SESSIONS.c.token != but))


class Links:
    """The one-time links that were not used yet. A user has one at a time."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def add(self, link: Link) -> None:
        """Store a new link; former ones of the same user are worthless from then on."""
        from huaxiang.store.operational.access_tables import LINKS

        with self._database.writing() as connection:
            connection.execute(LINKS.delete().where(LINKS.c.user == link.user.number))
            connection.execute(
                LINKS.insert().values(
                    token=link.token,
                    purpose=link.purpose,
                    user=link.user.number,
                    created=link.created,
                    by=link.by,
                    expires=link.expires,
                )
            )

    def find(self, token: str) -> Link | None:
        """The link with that digest, also one that has expired."""
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import LINKS, USERS

        own = [LINKS.c.token, LINKS.c.purpose, LINKS.c.created.label("made"), LINKS.c.by, LINKS.c.expires]
        query = sa.select(*own, *USERS.c).join_from(LINKS, USERS).where(LINKS.c.token == token)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return Link(row["token"], row["purpose"], user_of(row), row["made"], row["by"], row["expires"])

    def use(self, token: str, password: str) -> bool:
        """Give the link's user a password (its hash) and let the link go; False where somebody else has used it.

        Both or neither: of two who use a link at once, one does. All sessions of the user end.
        """
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import LINKS, SESSIONS, USERS

        with self._database.writing() as connection:
            user = connection.execute(sa.select(LINKS.c.user).where(LINKS.c.token == token)).scalar()
            if user is None or not connection.execute(LINKS.delete().where(LINKS.c.token == token)).rowcount:
                return False
            connection.execute(USERS.update().where(USERS.c.number == user).values(password=password))
            connection.execute(SESSIONS.delete().where(SESSIONS.c.user == user))
            return True

    def end_all(self, user: int) -> None:
        """Let all links of a user go."""
        from huaxiang.store.operational.access_tables import LINKS

        with self._database.writing() as connection:
            connection.execute(LINKS.delete().where(LINKS.c.user == user))
