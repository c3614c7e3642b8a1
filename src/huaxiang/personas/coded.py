"""Tags as codes, one for each customer: as small as they can be without loss, and fast to count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.personas.placed import Coded, PlacedColumn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CODES = 65_535
"""Numbers that have codes of their own, besides the code of those who have none: two bytes a customer."""

_LOOKED_AT = 200_000
"""Of more customers than so many, these show first whether a tag has too many numbers."""


def coded(placed: PlacedColumn) -> Coded:
    """A tag, whose values are no lists, as codes."""
    import numpy as np

    tag, positions = placed.scale.tag, placed.positions
    found = _codes_of(placed.column.numbers) if tag.type.is_numeric else None
    if found is not None:
        codes, numbers = found
        rows = np.full(len(numbers), -1, dtype=np.int64)
        rows[codes] = positions
        return Coded(placed.scale, codes, rows, numbers, None, placed.totals, placed.sketch)
    count = len(placed.scale.values)
    rows = np.append(np.arange(count), -1)
    # A position of −1 is the last code.
    codes = _narrowest(np.where(positions < 0, count, positions), count)
    single = _narrow(placed.column.numbers) if tag.type.is_numeric else None
    return Coded(placed.scale, codes, rows, np.empty(0, np.float64), single, placed.totals, placed.sketch)


def _codes_of(numbers: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]] | None:
    """For each customer the place of their number among all numbers in order, of which the last, NaN, is no number.

    None where there are too many.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for some in (numbers[:_LOOKED_AT], numbers) if len(numbers) > _LOOKED_AT else (numbers,):
        coded = pa.array(some, from_pandas=True).dictionary_encode()
        if len(coded.dictionary) > MOST_CODES:
            return None
    found = coded.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(found, kind="stable")
    ranks = np.empty(len(found) + 1, dtype=np.int64)
    ranks[order] = np.arange(len(found))
    ranks[-1] = len(found)
    indices = pc.fill_null(coded.indices, len(found)).to_numpy(zero_copy_only=False)
    return _narrowest(ranks, len(found))[indices], np.append(found[order], np.nan)


def _narrowest(codes: NDArray[Any], largest: int) -> NDArray[Any]:
    """Codes in one byte where they fit in, else in two."""
    import numpy as np

    return codes.astype(np.uint8 if largest < 256 else np.uint16)


def _narrow(numbers: NDArray[np.float64]) -> NDArray[Any]:
    """Numbers in single precision, where that loses nothing: whole ones up to 16 million do not."""
    import numpy as np

    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    return narrow if np.array_equal(narrow, numbers, equal_nan=True) else numbers
