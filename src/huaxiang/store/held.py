"""A table in memory, sorted by the keys that its rows are asked for by."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.store.cells import Cells, plain_numbers

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[Any, ...]
Rows = list[dict[str, Any]]


class HeldRows:
    """The `columns` of the rows with a key, in order of `within`. `read` gives all rows; `keys` are never null.

    `bytes` is the memory that it takes. Any thread may ask.
    """

    def __init__(
        self, read: Callable[[], pa.Table], keys: Sequence[str], columns: Sequence[str], within: Sequence[str]
    ) -> None:
        cells = _in_order(read, [*keys, *within])
        self._keys = [cells[name] for name in keys]
        # Numbers are compared where they lie: to find a row takes a microsecond.
        self._numbers = plain_numbers(self._keys[0]) if len(keys) == 1 else None
        self._length = len(self._keys[0])
        # Now, not with the first row: who asks then may be a thread that has no time for it.
        self._cells = Cells({name: cells[name] for name in columns})
        self.bytes: int = sum(each.nbytes for each in self._keys) + self._cells.bytes

    def table(self, key: Key) -> pa.Table:
        """The rows with a key."""
        return self._cells.table(self._places(key))

    def rows(self, key: Key) -> Rows:
        """The rows with a key as Python dictionaries."""
        return [self._cells.row(place) for place in self._places(key)]

    def _places(self, key: Key) -> range:
        if self._numbers is not None:
            low = bisect_left(self._numbers, key[0])
            return range(low, bisect_right(self._numbers, key[0], lo=low))
        low = high = bisect_left(range(self._length), key, key=self._key)
        # They are few: to look at each takes no longer than to search for the end.
        while high < self._length and self._key(high) == key:
            high += 1
        return range(low, high)

    def _key(self, place: int) -> Key:
        return tuple([cells[place].as_py() for cells in self._keys])


def _in_order(read: Callable[[], pa.Table], order: Sequence[str]) -> dict[str, pa.Array]:
    """The columns, sorted and each in one piece, with little more memory than they take themselves."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = read()
    places = pc.sort_indices(rows.select(order), sort_keys=[(name, "ascending") for name in order])
    stays = places.equals(pa.array(range(len(places)), places.type))
    found = {}
    for name in rows.column_names:
        # One after the other, and nobody else has the table: of what is done nothing stays behind.
        column, rows = rows[name], rows.drop_columns([name])
        found[name] = (column if stays else column.take(places)).combine_chunks()
    return found
