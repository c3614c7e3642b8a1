"""The stored profile of one customer after the other: what is asked of the snapshot is written once per build."""

from __future__ import annotations

from typing import Any

from huaxiang.project.loaded import LoadedProject
from huaxiang.service import groups
from huaxiang.service.conflicts import Conflicts
from huaxiang.service.finder import Finder
from huaxiang.service.lookups import KEY
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery, numbered_rows


class StoredCustomers:
    """The customers of one opened build."""

    def __init__(self, project: LoadedProject, engine: DuckEngine, finder: Finder) -> None:
        self._engine, self._finder = engine, finder
        self._profile = numbered_rows(engine, "profiles", KEY, engine.table("profiles").columns)
        self._identifiers = numbered_rows(engine, "identifiers", KEY, [KEY, "type", "value"])
        self._records = numbered_rows(engine, "identity", KEY, [KEY, "source", "record_key"])
        self._segments = numbered_rows(engine, "segments", KEY, [KEY, "segment"])
        self._conflicts = Conflicts(project, engine)
        # Most customers have none of these: to see that costs less than to ask all about them.
        there = [name for name in ("household_members", "account_contacts") if engine.has(name)]
        self._some = {name: PointQuery(engine, name, [KEY], [KEY]) for name in there}

    def customer(self, identifier: str) -> dict[str, Any]:
        """A customer's identifiers, records, household, accounts, segments and tags. Tags without a value are left out.

        `conflicts` are the attributes of which its records say different things (`service/conflicts.py`). `former` is
        the id that was asked for where it has gone into this customer.

        Raises:
            NotFoundError: nobody has the identifier.
        """
        found = self._finder.find(identifier)
        number, engine = found.number, self._engine
        (profile,) = self._profile(number).to_pylist()
        identifiers = self._identifiers(number).select(["type", "value"]).to_pylist()
        records = self._records(number).select(["source", "record_key"]).to_pylist()
        return {
            "customer_id": found.customer_id,
            "former": found.former,
            "identifiers": sorted(identifiers, key=lambda row: (row["type"], row["value"])),
            "records": sorted(records, key=lambda row: (row["source"], row["record_key"])),
            "conflicts": self._conflicts.of_customer(number),
            "household": groups.household(engine, number) if self._has("household_members", number) else None,
            "accounts": groups.accounts(engine, number) if self._has("account_contacts", number) else [],
            "segments": sorted(self._segments(number)["segment"].to_pylist()),
            "tags": {
                name: value for name, value in profile.items() if value is not None and name not in (KEY, "customer_id")
            },
        }

    def _has(self, table: str, number: int) -> bool:
        return table in self._some and self._some[table](number).num_rows > 0
