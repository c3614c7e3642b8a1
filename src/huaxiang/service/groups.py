"""The household and the accounts that one customer belongs to."""

from __future__ import annotations

from typing import Any

from huaxiang.service.lookups import KEY
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery

_HOME, _COMPANY = "household_id", "account_key"


class Groups:
    """The households and accounts of one opened build. Any thread may ask."""

    def __init__(self, engine: DuckEngine) -> None:
        # Snapshots have these tables where the project asks for them.
        self._households = _Households(engine) if engine.has("household_members") else None
        self._accounts = _Accounts(engine) if engine.has("account_contacts") else None

    @property
    def queries(self) -> list[PointQuery]:
        """What is asked of the build."""
        return [query for each in (self._households, self._accounts) if each is not None for query in each.queries]

    def household(self, number: int) -> dict[str, Any] | None:
        """`household_id`, `size`, `shares`, and the `members` (`customer_id`, `role`, `shares`). None: none."""
        return None if self._households is None else self._households.of(number)

    def accounts(self, number: int) -> list[dict[str, Any]]:
        """The companies whose contact the customer is, a row per role.

        A row has `account_key`, `name`, `role`, `title`, `joined_by` (what names the company there).
        """
        return [] if self._accounts is None else self._accounts.of(number)


class _Households:
    def __init__(self, engine: DuckEngine) -> None:
        self._mine = PointQuery(engine, "household_members", [KEY], [_HOME])
        self._households = PointQuery(engine, "households", [_HOME], engine.table("households").columns)
        self._members = PointQuery(engine, "household_members", [_HOME], ["customer_id", "role", "shares"])
        self.queries = (self._mine, self._households, self._members)

    def of(self, number: int) -> dict[str, Any] | None:
        mine = self._mine.rows(number)
        if not mine:
            return None
        home = mine[0][_HOME]
        members = sorted(self._members.rows(home), key=lambda row: row["customer_id"])
        return {**self._households.rows(home)[0], "members": members}


class _Accounts:
    def __init__(self, engine: DuckEngine) -> None:
        self._mine = PointQuery(engine, "account_contacts", [KEY], [_COMPANY, "role", "title", "joined_by"])
        self._companies = PointQuery(engine, "accounts", [_COMPANY], ["name"])
        self.queries = (self._mine, self._companies)

    def of(self, number: int) -> list[dict[str, Any]]:
        found = []
        for row in self._mine.rows(number):
            (company,) = self._companies.rows(row[_COMPANY])
            found.append(
                {_COMPANY: row[_COMPANY], **company, **{name: row[name] for name in ("role", "title", "joined_by")}}
            )
        return sorted(found, key=lambda row: (row["name"], row[_COMPANY], row["role"] or ""))
