"""Facts and results of the kernel as arrays, to and from Arrow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.core.types import MONEY_SCALE, Type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Array = np.ndarray


@dataclass(frozen=True)
class Values:
    """One column: `data` per row and `valid` (1 where there is a value).

    Texts are codes into `dictionary`, which is sorted unless nobody asks for its order; money is in hundredths; dates
    are days, moments microseconds, booleans 0 and 1 in a byte.

    Where there are `codes` (n,), `data` and `valid` hold an entry per code, not per row: what a column of few different
    texts says is known once per text.
    """

    data: Array
    valid: Array
    type: Type
    dictionary: pa.Array | None = None
    codes: Array | None = None

    def by_row(self) -> Values:
        """The same with an entry per row."""
        return self if self.codes is None else self.take(np.arange(len(self.codes)))

    def take(self, rows: Array) -> Values:
        """Some of the rows, an entry for each."""
        rows = rows if self.codes is None else self.codes[rows]
        return replace(self, data=self.data[rows], valid=self.valid[rows], codes=None)


@dataclass(frozen=True)
class Facts:
    """The facts of some customers, sorted by customer and time.

    Shapes: `customers` (c,) the numbers of the customers, rising; `starts` (c + 1,) where the rows of each begin;
    `time` (n,) microseconds UTC; `day` (n,) civil days since 1970; `columns` by name, (n,) each.
    """

    customers: Array
    starts: Array
    time: Array
    day: Array
    columns: Mapping[str, Values]
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several aggregates need, computed once: filters, codes, periods, first rows of windows."""

    def by_row(self, column: str) -> Values:
        """The values of a column, an entry per row."""
        if self.columns[column].codes is None:
            return self.columns[column]
        key = ("by row", column)
        if key not in self.cache:
            self.cache[key] = self.columns[column].by_row()
        return self.cache[key]


def facts_from_arrow(
    table: pa.Table, types: Mapping[str, Type], customers: Array, *, unordered: Collection[str] = ()
) -> Facts:
    """Facts from a table with `customer_no`, `_at`, `_day`, value columns, and `_seq` where rows may be out of order.

    `customers` are the customers wanted, rising; rows of others must not be there. Rows that an engine handed over in
    another order than (`customer_no`, `_seq`) are sorted; without `_seq` they are taken to be in order. The codes of
    the texts `unordered` need not be in the order of the values: sorting many different texts takes its time.
    """
    table = table.combine_chunks()
    owner = _plain(table, "customer_no", np.int64)
    if len(owner) > 1 and "_seq" in table.column_names:
        rank, steps = np.diff(_plain(table, "_seq", np.int64)), np.diff(owner)
        if ((steps < 0) | ((steps == 0) & (rank < 0))).any():
            table = table.sort_by([("customer_no", "ascending"), ("_seq", "ascending")]).combine_chunks()
            owner = _plain(table, "customer_no", np.int64)
    time = _plain(table, "_at", np.int64)
    day = _plain(table, "_day", np.int64)
    starts = np.append(np.searchsorted(owner, customers), len(owner)).astype(np.int64)
    columns = {
        name: values_from_arrow(_chunk(table, name), type_, starts, ordered=name not in unordered)
        for name, type_ in types.items()
    }
    return Facts(customers, starts, time, day, columns)


def values_from_arrow(column: pa.Array, type_: Type, starts: Array, *, ordered: bool = True) -> Values:
    """A column as the kernel reads it, of customers whose rows begin at `starts`.

    Codes of texts are in the order of the values where they are to be `ordered`; otherwise those of plain texts mean
    something within each customer only.
    """
    if type_ is Type.BOOLEAN and pa.types.is_dictionary(column.type):
        each = values_from_arrow(column.dictionary, type_, starts)
        return replace(each, codes=column.indices.to_numpy(zero_copy_only=False))
    if column.null_count:
        valid = pc.is_valid(column).cast(pa.uint8()).to_numpy(zero_copy_only=False)
    else:
        valid = np.ones(len(column), np.uint8)
    if type_ is Type.TEXT:
        if not ordered and pa.types.is_string(column.type):
            return Values(_alike(column, starts), valid, type_, column)
        codes, dictionary = _codes(column, ordered=ordered)
        return Values(codes, valid, type_, dictionary)
    return Values(_numbers(column, type_), valid, type_)


def values_to_arrow(data: Array, valid: Array | None, type_: Type, dictionary: pa.Array | None) -> pa.Array:
    """A column of results as Arrow, null where not `valid` (None: all are)."""
    missing = None if valid is None else ~valid.astype(bool, copy=False)
    match type_:
        case Type.TEXT:
            assert dictionary is not None  # noqa: S101 - texts always come with their dictionary
            return dictionary.take(pa.array(data, pa.int64(), mask=missing))
        case Type.MONEY:
            return _money(data.astype(np.int64, copy=False), missing)
        case Type.BOOLEAN:
            return pa.array(data.astype(bool), pa.bool_(), mask=missing)
        case Type.DATE:
            return pa.array(data.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
        case Type.MOMENT:
            return pa.array(data.astype(np.int64, copy=False), pa.int64(), mask=missing).cast(pa.timestamp("us", "UTC"))
        case Type.INTEGER:
            return pa.array(data.astype(np.int64, copy=False), pa.int64(), mask=missing)
        case _:
            return pa.array(data.astype(np.float64, copy=False), pa.float64(), mask=missing)


def lists_to_arrow(codes: Array, dictionary: pa.Array, valid: Array) -> pa.Array:
    """Rows of codes, each filled up with -1, as lists of texts."""
    used = codes >= 0
    offsets = np.append(0, np.cumsum(used.sum(axis=1))).astype(np.int32)
    texts = dictionary.take(pa.array(codes[used], pa.int64()))
    mask = pa.array(~valid.astype(bool))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), texts.cast(pa.string()), mask=mask)


def dense_codes(values: Values) -> tuple[Array, int, Array]:
    """Codes 0 … size−1 in the order of the values, their number, and the value of each code."""
    if values.type is Type.TEXT:
        size = len(values.dictionary) if values.dictionary is not None else 0
        return values.data, max(size, 1), np.arange(max(size, 1))
    known = values.data[values.valid.astype(bool)]
    if len(known) == 0:
        return np.zeros(len(values.data), np.int32), 1, np.zeros(1, values.data.dtype)
    low, high = known.min(), known.max()
    if known.dtype.kind == "i" and high - low < 4 * len(known) + 1024:
        codes = np.where(values.valid, values.data - low, 0)
        return codes.astype(np.int32), int(high - low) + 1, np.arange(low, high + 1)
    distinct = np.unique(known)
    codes = np.searchsorted(distinct, values.data)
    return np.minimum(codes, len(distinct) - 1).astype(np.int32), len(distinct), distinct


def _chunk(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _plain(table: pa.Table, name: str, dtype: Any) -> Array:
    column = _chunk(table, name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    elif pa.types.is_date(column.type):
        column = column.cast(pa.date32()).cast(pa.int32())
    return column.to_numpy(zero_copy_only=False).astype(dtype, copy=False)


def _codes(column: pa.Array, *, ordered: bool) -> tuple[Array, pa.Array]:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    codes = (
        (column.indices.fill_null(0) if column.null_count else column.indices)
        .to_numpy(zero_copy_only=False)
        .astype(np.int32, copy=False)
    )
    if not ordered:
        return codes, column.dictionary
    dictionary = column.dictionary.cast(pa.string())
    order = pc.sort_indices(dictionary).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    ranked = rank[codes] if len(rank) else np.zeros(len(codes), np.int32)
    return ranked, dictionary.take(pa.array(order))


def _alike(texts: pa.Array, starts: Array) -> Array:
    """The first row of the same customer with the same text, per row: no dictionary of all texts has to be made."""
    from huaxiang.tags.kernel import steps

    _, offsets, characters = texts.buffers()
    codes = np.zeros(len(texts), np.int32)
    if len(texts):
        text = np.frombuffer(characters, np.uint8) if characters else np.zeros(0, np.uint8)
        steps.first_alike(starts, np.frombuffer(offsets, np.int32)[texts.offset :][: len(texts) + 1], text, codes)
    return codes


def _numbers(column: pa.Array, type_: Type) -> Array:
    if type_ is Type.MONEY:
        return _hundredths(column.cast(pa.decimal128(18, MONEY_SCALE)))
    if type_ is Type.MOMENT:
        column = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    elif type_ is Type.DATE:
        column = column.cast(pa.date32()).cast(pa.int32())
    elif type_ is Type.BOOLEAN:
        column = column.cast(pa.uint8())
    filled = column.fill_null(0) if column.null_count else column
    # Conditions are most of the columns, and small: what fits into the processor's cache is read fast.
    dtype = {Type.NUMBER: np.float64, Type.BOOLEAN: np.uint8}.get(type_, np.int64)
    return filled.to_numpy(zero_copy_only=False).astype(dtype, copy=False)


def _hundredths(column: pa.Array) -> Array:
    """The unscaled integers of decimals: the low word of each, for 18 digits fit into 64 bits."""
    buffer = column.buffers()[1]
    if buffer is None or len(column) == 0:
        return np.zeros(len(column), np.int64)
    words = np.frombuffer(buffer, np.int64)[2 * column.offset : 2 * (column.offset + len(column)) : 2]
    if column.null_count:
        return np.where(pc.is_valid(column).to_numpy(zero_copy_only=False), words, 0)
    return np.ascontiguousarray(words)


def _money(hundredths: Array, missing: Array | None) -> pa.Array:
    """Decimals of 64 bits, which is how the engine stores them: half of what decimals are to Arrow otherwise."""
    validity = None if missing is None else pa.array(~missing).buffers()[1]
    words = pa.py_buffer(np.ascontiguousarray(hundredths))
    return pa.Array.from_buffers(pa.decimal64(18, MONEY_SCALE), len(hundredths), [validity, words])
