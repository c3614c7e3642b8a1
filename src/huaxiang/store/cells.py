"""The cells of columns in memory as Python values, row by row: to ask Arrow for each cell takes ten times as long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 20_000
"""Different values up to which a column is kept as numbers of values, each of which is there once."""

_OBJECT = 64
"""Bytes of a Python value, about."""


class Cells:
    """The values of `columns`, which are all as long. `bytes` is the memory that they take.

    Of a column whose values repeat no more is kept than the different ones, and two bytes a row.
    """

    def __init__(self, columns: Mapping[str, pa.Array]) -> None:
        self._columns: dict[str, pa.Array] = {}
        self._empty: dict[str, Any] = dict.fromkeys(columns)
        self._numbers: list[tuple[str, memoryview]] = []
        self._coded: list[tuple[str, Sequence[Any], memoryview]] = []
        self._others: list[tuple[str, pa.Array]] = []
        self.bytes = 0
        for name, cells in columns.items():
            self._add(name, cells)

    def row(self, place: int) -> dict[str, Any]:
        """The values of one row, in the order of the columns."""
        row = self._empty.copy()
        # No comprehensions of pairs: those would be made only to be taken apart.
        for name, values, codes in self._coded:
            row[name] = values[codes[place]]
        for name, numbers in self._numbers:
            row[name] = numbers[place]
        for name, cells in self._others:
            row[name] = cells[place].as_py()
        return row

    def table(self, places: range) -> pa.Table:
        """Rows that follow one another, as they came."""
        import pyarrow as pa

        found = {name: cells.slice(places.start, len(places)) for name, cells in self._columns.items()}
        for name, _, _ in self._coded:
            found[name] = found[name].dictionary_decode()
        return pa.table(found)

    def _add(self, name: str, cells: pa.Array) -> None:
        if (numbers := plain_numbers(cells)) is not None:
            self._numbers.append((name, numbers))
            self.bytes += cells.nbytes
        elif (coded := _coded(cells)) is not None:
            cells, values = coded, coded.dictionary.to_pylist()
            self._coded.append((name, values, memoryview(coded.indices.to_numpy())))
            self.bytes += coded.indices.nbytes + coded.dictionary.nbytes + len(values) * _OBJECT
        else:
            self._others.append((name, cells))
            self.bytes += cells.nbytes
        self._columns[name] = cells


def plain_numbers(cells: pa.Array) -> memoryview | None:
    """The numbers of a column where it lies in memory; None where it holds something else, or nulls."""
    import pyarrow as pa

    type_ = cells.type
    if cells.null_count or not (pa.types.is_integer(type_) or type_ in (pa.float32(), pa.float64())):
        return None
    return memoryview(cells.to_numpy())


def _coded(cells: pa.Array) -> pa.DictionaryArray | None:
    """The different values, then null, and which of them each row has; None where they are too many, or lists."""
    import numpy as np
    import pyarrow as pa

    try:
        coded = cells.dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists and other things with parts
        return None
    if len(coded.dictionary) > FEW:
        return None
    codes = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
    return pa.DictionaryArray.from_arrays(
        codes.astype(np.uint16), pa.concat_arrays([coded.dictionary, pa.nulls(1, cells.type)])
    )
