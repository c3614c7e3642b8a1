"""The stored profiles of customers: what is asked of the snapshot is written once per build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from huaxiang.core.errors import HuaxiangError
from huaxiang.project.loaded import LoadedProject
from huaxiang.segments.algebra import FLAGS
from huaxiang.service.conflicts import Conflicts
from huaxiang.service.finder import Finder
from huaxiang.service.groups import Groups
from huaxiang.service.lookups import KEY, Found
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery
from huaxiang.store.row_files import RowFiles, RowSet, write_row_files


class StoredCustomers:
    """The customers of one opened build. Any thread may ask."""

    def __init__(self, project: LoadedProject, engine: DuckEngine, finder: Finder) -> None:
        self._finder = finder
        tags = [name for name in engine.table("profiles").columns if name not in (KEY, "customer_id")]
        # The number comes along: a project without tags has profiles, too.
        self._profile = PointQuery(engine, "profiles", [KEY], [KEY, *tags])
        self._identifiers = PointQuery(engine, "identifiers", [KEY], ["type", "value"])
        self._records = PointQuery(engine, "identity", [KEY], ["source", "record_key"])
        # A row for each customer, in their order; that of `segments` is the one of segments.
        self._segments = PointQuery(engine, FLAGS, [KEY], engine.table(FLAGS).columns)
        self._conflicts, self._groups = Conflicts(project, engine), Groups(engine)
        self._at_hand = False
        self._holding = Lock()
        self._engine = engine
        self._has_row_files = False
        self.use_row_files()

    @property
    def row_sets(self) -> list[RowSet]:
        """What row files are to hold of this build: nothing where customers fit into memory, or are in such files."""
        wanted = self._profile.is_too_large and not self._has_row_files
        return [query.row_set for query in self._queries] if wanted else []

    def write_row_files(self) -> bool:
        """Write row files beside the snapshot where customers do not fit into memory; whether there are any now.

        They go with the snapshot, and builds that are opened later use them, too. A server writes them by itself.

        Raises:
            BusyError: somebody else writes them.
            StoreError: the disk refused.
        """
        if wanted := self.row_sets:
            write_row_files(self._engine, wanted)
        return self._has_row_files or self.use_row_files()

    def use_row_files(self) -> bool:
        """Answer from the row files of the build, where there are some; whether there are."""
        if (files := RowFiles.of(Path(self._engine.path).parent)) is None:
            return False
        for query in self._queries:
            query.answer_from(files)
        self._has_row_files = True
        return True

    def at_hand(self, identifier: str) -> bool:
        """Whether all that is told of a customer is in memory, so that it takes no longer than to look it up there.

        Only of present ids: other identifiers may have to be cleaned first.
        """
        return self._at_hand and self._finder.has(identifier)

    def customer(self, identifier: str) -> dict[str, Any]:
        """A customer's identifiers, records, household, accounts, segments and tags. Tags without a value are left out.

        `conflicts` are the attributes of which its records say different things (`service/conflicts.py`). `former` is
        the id that was asked for where it has gone into this customer.

        Raises:
            NotFoundError: nobody has the identifier.
        """
        (customer,) = self._customers([self._finder.find(identifier)])
        return customer

    def traits(self, identifier: str) -> dict[str, Any]:
        """Of a customer, as above, but `customer_id`, `former`, `segments` and `tags`.

        Raises:
            NotFoundError: nobody has the identifier.
        """
        (customer,) = self._traits([self._finder.find(identifier)])
        return customer

    def customers(self, identifiers: Sequence[str]) -> list[dict[str, Any]]:
        """For each identifier `asked`, and the `customer` as above, or the `error`: its `code` and `message`."""
        return self._each(identifiers, self._customers)

    def traits_of(self, identifiers: Sequence[str]) -> list[dict[str, Any]]:
        """The same with nothing of the customers but their traits, which takes half the time."""
        return self._each(identifiers, self._traits)

    @property
    def _queries(self) -> tuple[PointQuery, ...]:
        own = (self._profile, self._identifiers, self._records, self._segments)
        return (*own, *self._finder.every_query, *self._conflicts.queries, *self._groups.queries)

    def _hold_the_rest(self) -> None:
        """Where profiles are in memory, read there whatever else is told of customers.

        What does not fit is tried again: another build may still be open that takes the room.
        """
        if not self._at_hand and self._profile.is_held and self._holding.acquire(blocking=False):
            try:
                own = (self._identifiers, self._records, self._segments)
                rest = (*own, *self._finder.queries, *self._conflicts.queries, *self._groups.queries)
                held = [query.hold() for query in rest]
                self._at_hand = all(held)
            finally:
                self._holding.release()

    def _each(
        self, identifiers: Sequence[str], read: Callable[[Sequence[Found]], list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        found = self._finder.find_all(identifiers)
        # Who is asked for twice is read once.
        numbers = dict.fromkeys(each for each in found if isinstance(each, Found))
        customers = dict(zip(numbers, read([*numbers]), strict=True))
        return [
            {"asked": asked, "error": {"code": each.code, "message": str(each)}}
            if isinstance(each, HuaxiangError)
            else {"asked": asked, "customer": customers[each]}
            for asked, each in zip(identifiers, found, strict=True)
        ]

    def _customers(self, found: Sequence[Found]) -> list[dict[str, Any]]:
        numbers = [(each.number,) for each in found]
        records, identifiers = self._records.many(numbers), self._identifiers.many(numbers)
        return [
            {
                "customer_id": each.customer_id,
                "former": each.former,
                "identifiers": sorted(identifiers[number], key=lambda row: (row["type"], row["value"])),
                "records": sorted(records[number], key=lambda row: (row["source"], row["record_key"])),
                "conflicts": self._conflicts.of_customer(each.number),
                "household": self._groups.household(each.number),
                "accounts": self._groups.accounts(each.number),
                "segments": traits["segments"],
                "tags": traits["tags"],
            }
            for each, number, traits in zip(found, numbers, self._traits(found), strict=True)
        ]

    def _traits(self, found: Sequence[Found]) -> list[dict[str, Any]]:
        numbers = [(each.number,) for each in found]
        profiles, segments = self._profile.many(numbers), self._segments.many(numbers)
        self._hold_the_rest()
        return [
            {
                "customer_id": each.customer_id,
                "former": each.former,
                "segments": sorted(
                    [name for row in segments[number] for name, belongs in row.items() if belongs is True]
                ),
                "tags": {
                    name: value for name, value in profiles[number][0].items() if value is not None and name != KEY
                },
            }
            for each, number in zip(found, numbers, strict=True)
        ]
