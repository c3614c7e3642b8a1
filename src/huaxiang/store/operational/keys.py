"""API keys in the operational database, by their public parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huaxiang.access.accounts import ApiKey
from huaxiang.core.errors import NotFoundError
from huaxiang.store.operational.database import Operational


class Keys:
    """The keys of programs."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def all(self) -> list[ApiKey]:
        """All keys, also those that have expired or were revoked, the earliest first."""
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import KEYS

        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(sa.select(KEYS).order_by(KEYS.c.number)).mappings()]

    def find(self, public: str) -> ApiKey | None:
        """The key with that public part."""
        import sqlalchemy as sa

        from huaxiang.store.operational.access_tables import KEYS

        with self._database.reading() as connection:
            row = connection.execute(sa.select(KEYS).where(KEYS.c.public == public)).mappings().first()
        return None if row is None else _key(row)

    def add(self, key: ApiKey) -> ApiKey:
        """Store a new key; its number is given here."""
        from huaxiang.store.operational.access_tables import KEYS

        with self._database.writing() as connection:
            connection.execute(KEYS.insert().values(**_values(key)))
        return self.get(key.public)

    def get(self, public: str) -> ApiKey:
        """The key with that public part.

        Raises:
            NotFoundError: there is none.
        """
        found = self.find(public)
        if found is None:
            raise NotFoundError(f"There is no key '{public}'. See huaxiang keys list.")
        return found

    def revoke(self, public: str, at: datetime) -> ApiKey:
        """Make a key worthless; one that was revoked before keeps that moment.

        Raises:
            NotFoundError: there is none.
        """
        from huaxiang.store.operational.access_tables import KEYS

        self.get(public)
        with self._database.writing() as connection:
            unrevoked = (KEYS.c.public == public) & KEYS.c.revoked.is_(None)
            connection.execute(KEYS.update().where(unrevoked).values(revoked=at))
        return self.get(public)

    def touch(self, public: str, at: datetime) -> None:
        """Say that a key was used."""
        from huaxiang.store.operational.access_tables import KEYS

        with self._database.writing() as connection:
            connection.execute(KEYS.update().where(KEYS.c.public == public).values(used=at))


def _key(row: Any) -> ApiKey:
    values = {name: row[name] for name in ApiKey.__dataclass_fields__}
    scopes = None if values["scopes"] is None else frozenset(values["scopes"])
    return ApiKey(**values | {"scopes": scopes})


def _values(key: ApiKey) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in ApiKey.__dataclass_fields__ if name != "number"}
    return values | {"scopes": None if key.scopes is None else sorted(key.scopes)}
