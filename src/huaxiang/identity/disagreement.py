"""Whose records disagree, counted on whole numbers: a value is its place among those that occur, −1 is none.

Groups of texts cost the engine as much as all the rest of survivorship; here a column at a time is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.identity.stretches import begins_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Integers = npt.NDArray[np.integer]

NOTHING = -1
"""The code of a missing value."""


@dataclass(frozen=True)
class Groups:
    """The rows of customers with several, by customer and source.

    Group `g` are the rows `rows[first[g]:first[g + 1]]`, all of `source[g]`; customer `c` has the groups from
    `customer[c]` on. `pairs` are two groups each of one customer, that of the smaller source first.
    """

    rows: Integers
    first: Integers
    source: Integers
    customer: Integers
    pairs: tuple[tuple[Integers, Integers], ...]
    sources: int

    @classmethod
    def of(cls, customer: Integers, source: Integers, sources: int) -> Groups:
        """The groups of rows that are each of a `customer` (which rise) and of a `source` (0 … `sources` − 1)."""
        import numpy as np

        begins = begins_of(customer)
        sizes = np.diff(np.append(begins, len(customer)))
        rows = np.flatnonzero(np.repeat(sizes > 1, sizes))
        key = customer[rows] * sources + source[rows]
        order = np.argsort(key, kind="stable")
        rows, key = rows[order], key[order]
        first = begins_of(key)
        owner = key[first] // sources
        pairs = []
        for step in range(1, sources):
            one = np.flatnonzero(owner[step:] == owner[:-step])
            if not len(one):
                break
            pairs.append((one, one + step))
        return cls(rows, first, source[rows[first]], begins_of(owner), tuple(pairs), sources)

    def count(self, codes: Integers) -> tuple[int, Integers, Integers]:
        """How many customers' rows have several values; and by two sources, how many could differ, and do.

        Two sources could where both have a value, and do where their smallest or largest values are not the same; one
        source (on the diagonal) could where it has two values.
        """
        import numpy as np

        shape = (self.sources, self.sources)
        if not len(self.rows):
            return 0, np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        told = codes[self.rows]
        values = np.add.reduceat((told >= 0).astype(np.int32), self.first)
        high = np.maximum.reduceat(told, self.first)
        low = np.minimum.reduceat(np.where(told >= 0, told, np.iinfo(told.dtype).max), self.first)
        twice = values > 1
        counts = [_count(self.source * self.sources + self.source, (twice, twice & (low != high)), self.sources**2)]
        for one, other in self.pairs:
            both = (values[one] > 0) & (values[other] > 0)
            differ = both & ((low[one] != low[other]) | (high[one] != high[other]))
            counts.append(_count(self.source[one] * self.sources + self.source[other], (both, differ), self.sources**2))
        customers, differing = np.sum(counts, axis=0).reshape(2, *shape)
        lowest, highest = np.minimum.reduceat(low, self.customer), np.maximum.reduceat(high, self.customer)
        return int(np.count_nonzero(lowest < highest)), customers, differing


def _count(place: Integers, flags: tuple[npt.NDArray[np.bool_], ...], places: int) -> list[Integers]:
    """How often each flag is set at each place."""
    import numpy as np

    return [np.bincount(place[flag], minlength=places) for flag in flags]


def coded(values: pa.ChunkedArray) -> Integers:
    """The place of each value among the different ones in their order, −1 for null."""
    import numpy as np
    import pyarrow.compute as pc

    if not len(values):
        # A column without chunks can't be combined.
        return np.empty(0, np.int32)
    encoded = values.dictionary_encode().combine_chunks()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    # A missing value takes the last.
    place[-1] = NOTHING
    return place[encoded.indices.fill_null(NOTHING).to_numpy()]
