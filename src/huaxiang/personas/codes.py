"""Numbers as codes: one or two bytes for each customer instead of eight, in the order of the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CODES = 65_535
"""Numbers that have codes of their own, besides the code of those who have none: two bytes a customer."""

_LOOKED_AT = 200_000
"""Of more customers than so many, these show first whether a tag has too many numbers."""

_TRIED = 1_000
"""Customers of whom is seen first whether numbers are whole, or whole hundredths."""

_SPARSE = 8
"""Whole numbers are counted by their places where the places are at most so many for each customer."""

_EXACT = 2.0**53
"""Up to here floating numbers hold every whole one."""


@dataclass(frozen=True, eq=False)
class Codes:
    """Of each customer the place of their number among all `numbers` in order, of which the last, NaN, is no number.

    `counts` says how many customers have each of them.
    """

    codes: NDArray[Any]
    numbers: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.float64]:
        """The numbers that somebody has, in order."""
        return self.numbers[:-1]

    def count(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of the customers at `places`, each of them once, have each code."""
        if len(places) == len(self.codes):
            return self.counts
        return count_of(self.codes, places, len(self.numbers))


def count_of(codes: NDArray[Any], places: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """How many of the customers at `places` have each of so many codes; `codes` are those of all."""
    import numpy as np

    from huaxiang.personas.loops import count_codes

    found = np.zeros(number, dtype=np.int64)
    count_codes(codes, places, found)
    return found


def codes_of(numbers: NDArray[np.float64]) -> Codes | None:
    """The codes of numbers, NaN for who has none; None where there are too many different ones."""
    for parts in (1, 100):
        found = _of_whole(numbers, parts)
        if found is not None:
            return found
    return _of_any(numbers)


def narrowest(codes: NDArray[Any], largest: int) -> NDArray[Any]:
    """Codes in one byte where they fit in, else in two."""
    import numpy as np

    return codes.astype(np.uint8 if largest < 256 else np.uint16)


def _of_whole(numbers: NDArray[np.float64], parts: int) -> Codes | None:
    """The codes of numbers that are whole ones of so many `parts`, and not far apart: counted, not sorted."""
    import numpy as np

    if not _are_whole(numbers[:_TRIED], parts) or not _are_whole(numbers, parts):
        return None
    low, high = (float(end(numbers, initial=np.nan)) for end in (np.fmin.reduce, np.fmax.reduce))
    if not (high - low) * parts <= _SPARSE * len(numbers) or max(-low, high) * parts > _EXACT:
        return None
    start, places = round(low * parts), round(high * parts) - round(low * parts) + 1
    # Those without a number come last.
    at = np.where(np.isnan(numbers), start + places, np.rint(numbers * parts)).astype(np.int64) - start
    counts = np.bincount(at, minlength=places + 1)
    there = np.flatnonzero(counts[:-1])
    if len(there) > MOST_CODES:
        return None
    ranks = np.zeros(places + 1, dtype=np.int64)
    ranks[there], ranks[-1] = np.arange(len(there)), len(there)
    values = np.append((there + start) / parts, np.nan)
    return Codes(narrowest(ranks, len(there))[at], values, np.append(counts[there], counts[-1]))


def _are_whole(numbers: NDArray[np.float64], parts: int) -> bool:
    """Whether the numbers can be told from how many `parts` they have, to the last bit."""
    import numpy as np

    with np.errstate(over="ignore"):
        again = np.rint(numbers * parts) / parts
    return bool(((again == numbers) | np.isnan(numbers)).all()) and not bool(np.signbit(numbers[numbers == 0]).any())


def _of_any(numbers: NDArray[np.float64]) -> Codes | None:
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
    codes = narrowest(ranks, len(found))[indices]
    counts = np.bincount(codes, minlength=len(found) + 1)
    return Codes(codes, np.append(found[order], np.nan), counts)
