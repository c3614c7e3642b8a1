"""A table in memory, sorted by the keys that its rows are asked for by."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[Any, ...]
Rows = list[dict[str, Any]]


class HeldRows:
    """The `columns` of the rows with a key. `whole` is sorted by `keys`, which are never null."""

    def __init__(self, whole: pa.Table, keys: Sequence[str], columns: Sequence[str]) -> None:
        whole = whole.combine_chunks()
        self._table = whole.select(columns)
        self._keys = [_chunk(whole[name]) for name in keys]
        self._columns = {name: _chunk(whole[name]) for name in columns}
        self.bytes: int = whole.nbytes

    def table(self, key: Key) -> pa.Table:
        """The rows with a key."""
        places = self._places(key)
        return self._table.slice(places.start, len(places))

    def rows(self, key: Key) -> Rows:
        """The rows with a key as Python dictionaries."""
        # Cell by cell: to slice hundreds of columns takes longer than to read them.
        return [{name: cells[i].as_py() for name, cells in self._columns.items()} for i in self._places(key)]

    def _places(self, key: Key) -> range:
        everywhere = range(self._table.num_rows)
        low = bisect_left(everywhere, key, key=self._key)
        return range(low, bisect_right(everywhere, key, lo=low, key=self._key))

    def _key(self, place: int) -> Key:
        return tuple(cells[place].as_py() for cells in self._keys)


def _chunk(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return column.chunk(0) if column.num_chunks else pa.array([], column.type)
