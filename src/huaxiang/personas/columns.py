"""The values of tags, column by column as numpy arrays: read once, then counted for any number of groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from huaxiang.core.types import Type
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
    `listed` tells who has a list at all.
    """

    tag: Tag
    numbers: NDArray[np.float64]
    keys: NDArray[np.int64]
    words: tuple[str, ...] = ()
    owners: NDArray[np.int64] | None = None
    listed: NDArray[np.bool_] | None = None


def read_columns(
    engine: Engine, rows: ibis.Table, size: int, tags: Iterable[Tag], moment: Moment, *, step: str
) -> Iterator[Column]:
    """The columns of `tags` from `rows` of the profiles, `size` of them, in blocks of bounded memory."""
    waiting = iter(tags)
    while block := tuple(islice(waiting, max(BLOCK // max(size, 1), 1))):
        content = rows.select("customer_no", **{tag.name: _readable(rows[tag.name], tag, moment) for tag in block})
        read = in_order(engine.arrow(content, step=step))
        for tag in block:
            yield _column(tag, read[tag.name].combine_chunks())


def in_order(rows: pa.Table) -> pa.Table:
    """`rows` in order of `customer_no`, as they nearly always are."""
    import numpy as np

    numbers = rows["customer_no"].to_numpy()
    return rows if bool(np.all(numbers[1:] > numbers[:-1])) else rows.sort_by("customer_no")


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


def _column(tag: Tag, values: pa.Array) -> Column:
    import numpy as np

    if tag.type is Type.LIST:
        return _lists(tag, values)
    no_numbers, no_keys = np.empty(0, np.float64), np.empty(0, np.int64)
    if tag.type is Type.BOOLEAN:
        return Column(tag, no_numbers, _yes_no(values), tuple(BOOLEANS))
    if tag.type is Type.TEXT:
        return Column(tag, no_numbers, *_texts(values))
    numbers = _numbers(values)
    return Column(tag, numbers, *_whole(numbers)) if by_value(tag) else Column(tag, numbers, no_keys)


def _numbers(values: pa.Array) -> NDArray[np.float64]:
    """Numbers without the infinite ones, which have no mean."""
    import numpy as np

    numbers: NDArray[np.float64] = values.to_numpy(zero_copy_only=False)
    infinite = np.isinf(numbers)
    return np.where(infinite, np.nan, numbers) if infinite.any() else numbers


def _whole(numbers: NDArray[np.float64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    import numpy as np

    missing = np.isnan(numbers)
    found, places = np.unique(numbers[~missing], return_inverse=True)
    keys = np.full(len(numbers), -1, dtype=np.int64)
    keys[~missing] = places
    return keys, tuple(str(int(number)) for number in found)


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
