"""The columns of a stretch of rows as numbers of equal width, a block of rows after the other, to read one row from.

Of a column whose values repeat a cell is the number of its value; whole numbers, amounts, days and moments are told by
how far they are from the least of them; other texts stand one after the other behind the numbers, which say where each
ends. In a block the cells of all columns of one kind and width stand together, so that those of a row are a slice.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from math import isnan
from sys import intern
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Kind = Literal["value", "whole", "real", "text"]

GROUPS: tuple[tuple[Kind, str], ...] = (
    ("value", "B"),
    ("value", "H"),
    ("whole", "B"),
    ("whole", "H"),
    ("whole", "I"),
    ("whole", "Q"),
    ("real", "d"),
    ("text", "I"),
)
"""What stands in a block behind its keys: the kind of cells, and their width as `struct` calls it."""

KEY_WIDTH = 8
"""Bytes of the key of a row."""

FEW = 4096
"""Different values in a stretch up to which a cell is the number of its value."""

_WIDTHS = {"B": 1, "H": 2, "I": 4, "Q": 8, "d": 8}
_NULL = 0x7FF8_0000_4855_4158
"""The bits of a number that is no number by which a cell of type `real` says that it is null."""
_NULL_REAL = struct.pack("<Q", _NULL)
_NULL_TEXT = 1 << 31
"""The bit of an end by which a cell of type `text` says that it is null."""
_FIRST_DAY, _FIRST_MOMENT = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)

Reading = Callable[[Any], Any]


class UnknownTypeError(Exception):
    """A column is of a type, or holds values, that row files can't hold."""


@dataclass(frozen=True)
class Coded:
    """One column of a stretch. `told` are its values or its least number; `ends` and `letters` those of a text."""

    name: str
    group: tuple[Kind, str]
    cells: NDArray[Any] | None = None
    told: Any = None
    texts: tuple[NDArray[Any], memoryview, NDArray[np.bool_]] | None = None


def reading(type_: pa.DataType) -> tuple[str, Reading | None]:
    """What a cell of a type is read by: its name, and what makes a value of it; None where it is the value itself.

    Raises:
        UnknownTypeError: row files hold no such type.
    """
    import pyarrow as pa

    t = pa.types
    if t.is_boolean(type_) or t.is_signed_integer(type_) or t.is_floating(type_) or t.is_string(type_):
        return "", None
    if t.is_decimal(type_) and type_.precision <= 18:
        return reader(f"money {type_.scale}")
    if t.is_date32(type_):
        return reader("day")
    if t.is_timestamp(type_) and type_.unit == "us":
        return reader("moment" if type_.tz else "time")
    if t.is_list(type_) and t.is_string(type_.value_type):
        return reader("list")
    raise UnknownTypeError(str(type_))


def reader(name: str) -> tuple[str, Reading | None]:
    """What `reading` has told by its name."""
    kind, _, scale = name.partition(" ")
    return name, _READERS[kind](int(scale or 0))


_READERS: Mapping[str, Callable[[int], Reading | None]] = {
    "": lambda _: None,
    "money": lambda scale: partial(_money, -scale),
    "day": lambda _: lambda days: _FIRST_DAY + timedelta(days=days),
    "moment": lambda _: lambda micros: _FIRST_MOMENT + timedelta(microseconds=micros),
    "time": lambda _: lambda micros: _FIRST_MOMENT.replace(tzinfo=None) + timedelta(microseconds=micros),
    "list": lambda _: json.loads,
}


def _money(exponent: int, cents: int) -> Decimal:
    return Decimal(cents).scaleb(exponent)


# -- writing ----------------------------------------------------------------------------------------------------


def coded(name: str, column: pa.Array) -> Coded:
    """One column of a stretch; lists come as texts of JSON.

    Raises:
        UnknownTypeError: its numbers are too far apart.
    """
    import numpy as np
    import pyarrow as pa

    types, type_ = pa.types, column.type
    if types.is_boolean(type_):
        cells = column.cast(pa.uint8()).fill_null(2).to_numpy(zero_copy_only=False)
        return Coded(name, ("value", "B"), cells, [False, True, None])
    if types.is_string(type_):
        return _coded_text(name, column)
    if types.is_floating(type_):
        reals = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
        if column.null_count:
            reals = reals.copy()
            reals.view(np.uint64)[_nulls(column)] = _NULL
        return Coded(name, ("real", "d"), reals)
    numbers = _whole(column)
    nulls = _nulls(column)
    known = numbers if nulls is None else numbers[~nulls]
    low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    # One number is that of null.
    width = next((w for w in "BHIQ" if high - low + 1 < 1 << 8 * _WIDTHS[w]), None)
    if width is None:
        raise UnknownTypeError(f"{name} from {low} to {high}")
    # Modulo 2**64, so that nothing overflows on the way.
    cells = numbers.view(np.uint64) - np.uint64((low - 1) % 2**64)
    if nulls is not None:
        cells[nulls] = 0
    return Coded(name, ("whole", width), cells.astype(np.dtype(width)), low - 1)


def _coded_text(name: str, column: pa.StringArray) -> Coded:
    import numpy as np

    found = column.dictionary_encode()
    few = len(found.dictionary)
    if few < FEW:
        width = "B" if few < 256 else "H"
        cells = found.indices.fill_null(few).to_numpy(zero_copy_only=False).astype(np.dtype(width))
        return Coded(name, ("value", width), cells, [*found.dictionary.to_pylist(), None])
    _, offsets, letters = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    nulls = _nulls(column)
    missing = np.zeros(len(column), np.bool_) if nulls is None else nulls
    return Coded(name, ("text", "I"), texts=(ends, memoryview(letters or b""), missing))


def _whole(column: pa.Array) -> NDArray[np.int64]:
    """Whole numbers, days, moments or amounts as numbers; of a null cell any."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_decimal(column.type):
        # Of 128 bits the lower half: amounts have 18 digits at most.
        return np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset :: 2][: len(column)]
    whole = pa.types.is_integer(column.type)
    plain = column if whole else column.view(pa.int32() if pa.types.is_date32(column.type) else pa.int64())
    return plain.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)


def _nulls(column: pa.Array) -> NDArray[np.bool_] | None:
    return column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None


def width_of(columns: Sequence[Coded]) -> int:
    """Bytes of a row, without the letters of its texts."""
    return KEY_WIDTH + sum(_WIDTHS[each.group[1]] for each in columns)


def blocks(keys: NDArray[np.int64], columns: Sequence[Coded], size: int) -> Iterator[bytes]:
    """The rows of a stretch in blocks of `size` rows; the last may have fewer."""
    whole = len(keys) // size * size
    yield from _blocks(keys, columns, 0, whole, size)
    yield from _blocks(keys, columns, whole, len(keys), len(keys) - whole)


def _blocks(keys: NDArray[np.int64], columns: Sequence[Coded], low: int, high: int, size: int) -> Iterator[bytes]:
    import numpy as np

    if low == high:
        return
    number = (high - low) // size
    width = width_of(columns)
    numbers = np.empty((number, width * size), np.uint8)
    start = 0

    def place(cells: NDArray[Any]) -> None:
        nonlocal start
        each = cells.itemsize
        strides = (width * size, each)
        target: NDArray[Any] = np.ndarray((number, size), cells.dtype, numbers.data, start, strides)
        target[:] = cells.reshape(number, size)
        start += each * size

    place(keys[low:high])
    for group in GROUPS[:-1]:
        for column in columns:
            if column.group == group and column.cells is not None:
                place(column.cells[low:high])
    texts = [column.texts for column in columns if column.texts is not None]
    if not texts:
        yield from (block.tobytes() for block in numbers)
        return
    # Where the letters of each column begin in the block, then where each cell ends there.
    sizes = np.array([np.diff(ends[low : high + 1 : size]) for ends, _, _ in texts], np.int64)
    begins = np.cumsum(sizes, axis=0) - sizes
    for (ends, _, missing), begin in zip(texts, begins, strict=True):
        firsts = ends[low:high:size] - begin
        cells = (ends[low + 1 : high + 1].reshape(number, size) - firsts[:, None]).astype(np.uint32)
        cells[missing[low:high].reshape(number, size)] |= np.uint32(_NULL_TEXT)
        place(cells.reshape(-1))
    for place_of, block in enumerate(numbers):
        one, other = low + place_of * size, low + (place_of + 1) * size
        yield b"".join([block.tobytes(), *(letters[ends[one] : ends[other]] for ends, letters, _ in texts)])


def plan_of(columns: Sequence[Coded]) -> list[list[list[Any]]]:
    """What is to be known of a stretch to read it, as JSON: its columns by `GROUPS`, each with what it tells."""
    return [[[each.name, each.told] for each in columns if each.group == group] for group in GROUPS]


# -- reading ----------------------------------------------------------------------------------------------------


class Stretch:
    """Reads rows from the blocks of one stretch, by its plan and by what each column is read with."""

    def __init__(self, plan: Sequence[Sequence[Sequence[Any]]], readings: Mapping[str, Reading | None]) -> None:
        self._groups = [
            (kind, width, [name for name, _ in columns], [_kept(told) for _, told in columns])
            for (kind, width), columns in zip(GROUPS, plan, strict=True)
            if columns
        ]
        self._readings = [(name, read) for name, read in readings.items() if read is not None]
        self._empty: dict[str, Any] = dict.fromkeys(readings)

    def row(self, block: bytes, size: int, place: int) -> dict[str, Any]:
        """The values of one row of a block with `size` rows, in the order of the columns."""
        row = self._empty.copy()
        start = KEY_WIDTH * size
        cells: Any
        for kind, width, names, told in self._groups:
            end = start + _WIDTHS[width] * size * len(names)
            # The letters are those that `cast` knows.
            whole: memoryview[Any] = memoryview(block)[start:end].cast(width)  # type: ignore[call-overload]
            cells = whole[place::size].tolist()
            if kind == "value":
                row.update(zip(names, [values[cell] for values, cell in zip(told, cells, strict=True)], strict=True))
            elif kind == "whole":
                found = [cell + less if cell else None for cell, less in zip(cells, told, strict=True)]
                row.update(zip(names, found, strict=True))
            elif kind == "real":
                row.update(zip(names, [_real(cell) if isnan(cell) else cell for cell in cells], strict=True))
            else:
                row.update(zip(names, _texts(block, end, whole, range(place, len(whole), size)), strict=True))
            start = end
        for name, read in self._readings:
            if row[name] is not None:
                row[name] = read(row[name])
        return row


def _kept(told: Any) -> Any:
    """The same text once in memory, however many stretches know it."""
    return [intern(each) if isinstance(each, str) else each for each in told] if isinstance(told, list) else told


def _real(cell: float) -> float | None:
    return None if struct.pack("<d", cell) == _NULL_REAL else cell


def _texts(block: bytes, letters: int, ends: memoryview, places: range) -> Iterator[str | None]:
    for place in places:
        end = ends[place]
        begin = ends[place - 1] & ~_NULL_TEXT if place else 0
        yield None if end & _NULL_TEXT else block[letters + begin : letters + end].decode()
