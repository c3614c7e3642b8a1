"""Buckets: tags are computed for so many customers at a time, and facts are read so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

BUCKET = 65_536
"""Customers per bucket: what bounds the memory of a build, whatever the number of customers."""


class BucketReader(Protocol):
    """Reads the stored facts of one table, bucket after bucket. Many threads may read at once."""

    def read(self, customers: range, columns: Sequence[str], *, only: NDArray[np.int64] | None = None) -> pa.Table:
        """The facts of `customers`, in order of customer and time; of those among them who are in `only`, where given.

        The table has `customer_no`, `_day` and `columns`; texts may be dictionaries. `only` rises.
        """

    def rows(self, customers: range) -> int:
        """About how many facts they have, as far as that is known without reading any."""


def buckets(customers: int, size: int = BUCKET) -> list[range]:
    """The numbers of customers from 0 on, cut into buckets."""
    return [range(low, min(low + size, customers)) for low in range(0, customers, size)]
