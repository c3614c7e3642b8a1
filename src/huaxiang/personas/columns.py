"""The values of tags, column by column as numpy arrays: read once, then counted for any number of groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from huaxiang.core.types import Type
from huaxiang.personas.codes import Codes, codes_of
from huaxiang.personas.tags import BOOLEANS, Tag

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

BLOCK = 16_000_000
"""Values held in memory at a time: 128 MB of numbers. Whole columns are read, as many at once as fit."""

FEW = 8
"""Whole numbers with at most as many values are shown value by value."""


@dataclass(frozen=True)
class Column:
    """The values of one tag, in order of `customer_no`.

    Numbers, and days as how long ago they are, stand in `numbers`, NaN without a value. What is shown value by value
    stands in `keys`: the index in `words`, −1 without a value. What a tag does not have is empty.

    A list has a key for each element, once per list; `owners` are the places of the customers they belong to, and
    `listed` tells who has a list at all. `codes` are the same as `numbers`, where somebody made them.
    """

    tag: Tag
    numbers: NDArray[np.float64]
    keys: NDArray[np.int64]
    words: tuple[str, ...] = ()
    owners: NDArray[np.int64] | None = None
    listed: NDArray[np.bool_] | None = None
    codes: Codes | None = None

    def coded(self) -> Column:
        """The same with `codes`, where it has numbers that are few enough."""
        return replace(self, codes=codes_of(self.numbers)) if self.tag.type.is_numeric else self

    def ordered(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The numbers of the customers at `places` in order, without those that are missing."""
        import numpy as np

        if self.codes is not None:
            return np.repeat(self.codes.known, self.codes.count(places)[:-1])
        numbers = self.numbers[places]
        return np.sort(numbers[~np.isnan(numbers)])


def read_columns(
    engine: Engine, rows: ibis.Table, size: int, tags: Iterable[Tag], moment: Moment, *, step: str
) -> Iterator[Column]:
    """The columns of `tags` from `rows` of the profiles, `size` of them, in blocks of bounded memory."""
    waiting = iter(tags)
    while block := tuple(islice(waiting, max(BLOCK // max(size, 1), 1))):
        content = rows.select("customer_no", **{tag.name: _readable(rows[tag.name], tag, moment) for tag in block})
        read = engine.arrow(content, step=step)
        order = order_of(read)
        for tag in block:
            yield _column(tag, read[tag.name].combine_chunks(), order)


def order_of(rows: pa.Table) -> NDArray[np.int64] | None:
    """The places of `rows` in order of `customer_no`; None where they are in it, as they nearly always are."""
    import numpy as np

    numbers = rows["customer_no"].to_numpy()
    return None if bool(np.all(numbers[1:] > numbers[:-1])) else np.argsort(numbers, kind="stable")


def in_order(rows: pa.Table) -> pa.Table:
    """`rows` in order of `customer_no`."""
    order = order_of(rows)
    return rows if order is None else rows.combine_chunks().take(order)


def by_value(tag: Tag) -> bool:
    """Whether a tag is shown value by value – texts, lists, yes or no, few whole numbers – and not in ranges."""
    few_numbers = tag.type is Type.INTEGER and tag.distinct <= FEW
    return tag.type in (Type.TEXT, Type.LIST, Type.BOOLEAN) or few_numbers


def _readable(column: Any, tag: Tag, moment: Moment) -> Any:
    """The column as numpy can hold it."""
    import ibis

    if tag.type.is_temporal:
        day = column if tag.type is Type.DATE else column.date()
        today: Any = ibis.literal(moment.day)
        return today.delta(day, unit="day").cast("float64")
    if tag.type.is_numeric:
        return column.cast("float64")
    if tag.type is Type.TEXT and not column.type().is_string():
        return column.cast("string")
    return column


def _column(tag: Tag, values: pa.Array, order: NDArray[np.int64] | None) -> Column:
    """A column of `values`, the customers of which come in the `order` of their numbers."""
    import numpy as np

    if tag.type is Type.LIST:
        return _lists(tag, values if order is None else values.take(order))
    # Many times as fast as to put the values of Arrow in order.
    placed: Any = slice(None) if order is None else order
    no_numbers, no_keys = np.empty(0, np.float64), np.empty(0, np.int64)
    if tag.type is Type.BOOLEAN:
        return Column(tag, no_numbers, _yes_no(values)[placed], tuple(BOOLEANS))
    if tag.type is Type.TEXT:
        keys, words = _texts(values)
        return Column(tag, no_numbers, keys[placed], words)
    numbers = _numbers(values)[placed]
    return Column(tag, numbers, *_whole(numbers)) if by_value(tag) else Column(tag, numbers, no_keys)


def _numbers(values: pa.Array) -> NDArray[np.float64]:
    """Numbers without the infinite ones, which have no mean."""
    import numpy as np

    numbers: NDArray[np.float64] = values.to_numpy(zero_copy_only=False)
    infinite = np.isinf(numbers)
    return np.where(infinite, np.nan, numbers) if infinite.any() else numbers


def _whole(numbers: NDArray[np.float64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    import numpy as np

    codes = codes_of(numbers)
    if codes is None:
        found, keys = np.unique(numbers, return_inverse=True, equal_nan=True)
    else:
        found, keys = codes.numbers, codes.codes.astype(np.int64)
    known = found[~np.isnan(found)]
    keys[keys == len(known)] = -1
    return keys, tuple(str(int(number)) for number in known)


def _yes_no(values: pa.Array) -> NDArray[np.int64]:
    """The place among `BOOLEANS`: true is the first."""
    import numpy as np

    keys: NDArray[np.int64] = np.where(values.fill_null(False).to_numpy(zero_copy_only=False), 0, 1)
    keys[values.is_null().to_numpy(zero_copy_only=False)] = -1
    return keys


def _texts(values: pa.Array) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    import numpy as np

    coded = values.dictionary_encode()
    keys = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return keys, tuple(coded.dictionary.to_pylist())


def _lists(tag: Tag, values: pa.Array) -> Column:
    import numpy as np
    import pyarrow.compute as pc

    keys, words = _texts(pc.list_flatten(values))
    owners = pc.list_parent_indices(values).to_numpy(zero_copy_only=False)
    width = max(len(words), 1)
    pairs = np.unique((owners * width + keys)[keys >= 0])
    listed = values.is_valid().to_numpy(zero_copy_only=False)
    return Column(tag, np.empty(0, np.float64), pairs % width, words, pairs // width, listed)
