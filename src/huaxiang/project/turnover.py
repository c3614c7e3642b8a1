"""What came to a table and what went, since the build that this one goes on from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

PLACE = ("_source", "_file", "_row")
"""Where a row stands: by this it is the same row in two builds."""

_ROW = ("_file", "_row")
_MARKS = ("_problems", "_invalid", "_same", "_order")


@dataclass(frozen=True)
class Turnover:
    """The rows of a table that were not there before, and those that are not any more; None: there are none.

    A row whose values changed went and came. Rows that were set aside are among them, with the reason in `_aside`.
    `forgets` says that rows went from the source itself: then no file of facts may hold them any longer.
    """

    came: ibis.Table | None = None
    went: ibis.Table | None = None
    forgets: bool = False

    def __bool__(self) -> bool:
        return self.came is not None or self.went is not None

    @property
    def both(self) -> Iterator[ibis.Table]:
        """The rows that came, and those that went."""
        return (rows for rows in (self.came, self.went) if rows is not None)


def counting(mapped: ibis.Table, duplicates: ibis.Table) -> ibis.Table:
    """The mapped rows that count, or will once they are no longer set aside (`_aside`)."""
    return _without_marks(mapped).anti_join(duplicates, list(_ROW))


def pushed_out(mapped: ibis.Table, new: ibis.Table, doubled: ibis.Table) -> ibis.Table:
    """The rows of before `new` came that have turned out to say again what another one says (`doubled`)."""
    return _without_marks(mapped).semi_join(doubled.anti_join(new, list(_ROW)), list(_ROW))


def lost(mapped: ibis.Table, duplicates: ibis.Table, now: ibis.Table) -> ibis.Table:
    """The rows that only said again what others say, and are not among the mapped rows of `now` any more.

    Before another row pushed them out they counted, so that a file of facts may hold them still.
    """
    return only_in(_without_marks(mapped).semi_join(duplicates, list(_ROW)), _without_marks(now))


def only_in(one: ibis.Table, other: ibis.Table) -> ibis.Table:
    """The rows of `one` that `other` has not, with the same values at the same place."""
    return one.anti_join(other, [one[name].identical_to(other[name]) for name in one.columns])


def united(parts: Iterable[ibis.Table], columns: Iterable[str]) -> ibis.Table:
    """The rows of all parts, with columns of the types of the first; identifiers that a part lacks are null."""
    import ibis

    wanted = list(columns)
    alike = [
        part.mutate(**{name: ibis.null("string") for name in wanted if name not in part.columns}).select(*wanted)
        for part in parts
    ]
    types = dict(alike[0].schema().items())
    return ibis.union(alike[0], *(part.cast(types) for part in alike[1:])) if len(alike) > 1 else alike[0]


def _without_marks(mapped: ibis.Table) -> ibis.Table:
    rows = mapped.filter(mapped["_aside"].notnull() | mapped["_problems"].isnull())
    return rows.drop(*(name for name in _MARKS if name in rows.columns))
