"""Reading stored facts straight from Parquet: those of one bucket of customers at a time, or of one customer.

The files of a table are sorted by customer, so that a bucket is a stretch of row groups, and a customer is in one or
two of them. Dictionaries are taken as they are stored: what a query engine would hand over as texts needs no second
encoding.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import StoreError
from huaxiang.facts.runs import runs

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

KEY = "customer_no"
DAY = "_day"

GROUP = 16_384
"""Rows of a row group of facts: whoever asks for one customer decodes a whole one, and each costs a full scan a bit."""


class FactFiles:
    """The stored facts of one table: the runs in `folder` (`runs.py`), each sorted by customer and time.

    Implements `core.buckets.BucketReader`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, customers: range, columns: Sequence[str], *, only: NDArray[np.int64] | None = None) -> pa.Table:
        """The facts of `customers` in order, with `customer_no`, `_day` and `columns`; of those in `only`, where given.

        Raises:
            StoreError: a file is gone or damaged.
        """
        wanted = list(dict.fromkeys((KEY, DAY, *columns)))
        parts = [file.read(customers, wanted, only) for file in self._files]
        filled = [part for part in parts if part.num_rows] or parts[:1]
        return filled[0] if len(filled) == 1 else _merged(filled)

    def of(self, customer: int, columns: Sequence[str]) -> pa.Table:
        """`columns` of the facts of one customer, in order. Texts are plain. Any thread may ask.

        Raises:
            StoreError: a file is gone or damaged.
        """
        import pyarrow as pa

        parts = [part for file in self._files if (part := file.of(customer, [*columns])) is not None]
        if not parts:
            return self._files[0].nothing(columns)
        return parts[0] if len(parts) == 1 else pa.concat_tables(parts)

    def rows(self, customers: range) -> int:
        """About how many facts `customers` have: their share of each row group, as if all in it had equally many.

        Raises:
            StoreError: a file is gone or damaged.
        """
        return sum(file.rows(customers) for file in self._files)

    @cached_property
    def _files(self) -> list[_SortedFile]:
        try:
            found = runs(self.folder)
        except OSError as error:
            raise _unreadable(self.folder, error) from error
        if not found:
            raise _unreadable(self.folder, "it has no files")
        return [_SortedFile(run.file, run.newer) for run in found]


def _merged(parts: Sequence[pa.Table]) -> pa.Table:
    """Tables sorted by customer as one that is; nobody is in two of them."""
    import numpy as np
    import pyarrow as pa

    largest = max(parts, key=lambda part: part.num_rows).schema
    # Files differ in whether a column may be null: that depends on how its rows were computed.
    whole = pa.concat_tables([_alike(part, largest) for part in parts], promote_options="default")
    owner = whole[KEY].to_numpy()
    if (owner[1:] >= owner[:-1]).all():
        return whole
    whole = whole.unify_dictionaries().combine_chunks()
    return whole.take(pa.array(np.argsort(owner, kind="stable")))


def _alike(part: pa.Table, wanted: pa.Schema) -> pa.Table:
    """The table with its texts as codes or plain, as in `wanted`: how a file was written decides how they come."""
    import pyarrow as pa

    for place, field in enumerate(part.schema):
        texts = part[field.name]
        if pa.types.is_string(field.type) and pa.types.is_dictionary(wanted.field(place).type):
            part = part.set_column(place, field.name, texts.dictionary_encode())
        elif pa.types.is_dictionary(field.type) and pa.types.is_string(wanted.field(place).type):
            part = part.set_column(place, field.name, texts.cast(pa.string()))
    return part


class _SortedFile:
    """One Parquet file sorted by customer, but for the customers that the files `newer` name."""

    def __init__(self, path: Path, newer: Sequence[Path]) -> None:
        self.path = path
        self._newer = newer

    def read(self, customers: range, columns: list[str], only: NDArray[np.int64] | None) -> pa.Table:
        import numpy as np
        import pyarrow as pa

        with self._opened() as file:
            groups = self._groups(customers, only)
            table = file.read_row_groups(groups, columns=columns, use_threads=False)
        low, high = np.searchsorted(table[KEY].to_numpy(), [customers.start, customers.stop])
        mine = table.slice(low, high - low)
        owners = mine[KEY].to_numpy()
        wanted = ~np.isin(owners, self._elsewhere)
        if only is not None:
            wanted &= np.isin(owners, only)
        return mine if wanted.all() else mine.filter(pa.array(wanted))

    def of(self, customer: int, columns: list[str]) -> pa.Table | None:
        """The facts of one customer; None where there are none."""
        import numpy as np
        import pyarrow as pa

        place = np.searchsorted(self._elsewhere, customer)
        if place < len(self._elsewhere) and self._elsewhere[place] == customer:
            return None
        groups = self._groups(range(customer, customer + 1), None)
        if not groups:
            return None
        with self._opened() as file:
            # Most customers have no facts of most tables: who has none is known by one column.
            owners = file.read_row_groups(groups, columns=[KEY], use_threads=False)[KEY].to_numpy()
            low, high = np.searchsorted(owners, [customer, customer + 1])
            if low == high:
                return None
            rows = file.read_row_groups(groups, columns=columns, use_threads=False).slice(low, high - low)
        return pa.table({name: _plain(rows[name]) for name in columns})

    def nothing(self, columns: Sequence[str]) -> pa.Table:
        """No facts."""
        import pyarrow as pa

        schema = self._metadata.schema.to_arrow_schema()
        return pa.table({name: pa.array([], schema.field(name).type) for name in columns})

    def rows(self, customers: range) -> int:
        found = 0.0
        for number, low, high in self._between(customers):
            overlap = min(high + 1, customers.stop) - max(low, customers.start)
            found += self._metadata.row_group(number).num_rows * overlap / (high - low + 1)
        return math.ceil(found)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """The file, opened for reading: its metadata is read once."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        metadata = self._metadata
        try:
            with pq.ParquetFile(self.path, metadata=metadata, read_dictionary=self._texts) as file:
                yield file
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(self.path, error) from error

    def _groups(self, customers: range, only: NDArray[np.int64] | None) -> list[int]:
        """The row groups that may hold facts of those who are asked for."""
        import numpy as np

        found = self._between(customers)
        if only is not None:
            found = [span for span in found if np.searchsorted(only, span[1]) < np.searchsorted(only, span[2], "right")]
        return [number for number, _, _ in found]

    def _between(self, customers: range) -> list[tuple[int, int, int]]:
        """The row groups, with their spans, that `customers` may have facts in."""
        # The file is sorted: neither first nor last customers of the groups ever fall.
        first = bisect_left(self._spans, customers.start, key=_LAST)
        return self._spans[first : bisect_left(self._spans, customers.stop, lo=first, key=_FIRST)]

    @cached_property
    def _elsewhere(self) -> np.ndarray:
        """The customers whose facts are in newer files."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq

        found = [np.empty(0, np.int64)]
        for path in self._newer:
            try:
                found.append(pq.read_table(path, columns=[KEY])[KEY].to_numpy())
            except (OSError, pa.ArrowException) as error:
                raise _unreadable(path, error) from error
        return np.unique(np.concatenate(found))

    @cached_property
    def _metadata(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_metadata(self.path)
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(self.path, error) from error

    @cached_property
    def _texts(self) -> list[str]:
        """The columns of texts that are stored as dictionaries; making some for others (ids) takes its time."""
        import pyarrow as pa

        texts = [field.name for field in self._metadata.schema.to_arrow_schema() if pa.types.is_string(field.type)]
        group = self._metadata.row_group(0) if self._metadata.num_row_groups else None
        columns = [group.column(place) for place in range(group.num_columns)] if group else []
        kept = {each.path_in_schema for each in columns if any("DICTIONARY" in name for name in each.encodings)}
        return [name for name in texts if name in kept]

    @cached_property
    def _spans(self) -> list[tuple[int, int, int]]:
        return list(self._row_groups())

    def _row_groups(self) -> Iterator[tuple[int, int, int]]:
        """Each row group with its first and last customer."""
        place = self._metadata.schema.to_arrow_schema().get_field_index(KEY)
        for number in range(self._metadata.num_row_groups):
            group = self._metadata.row_group(number)
            if group.num_rows:
                seen = group.column(place).statistics
                yield number, seen.min, seen.max


_FIRST, _LAST = itemgetter(1), itemgetter(2)
"""Of a row group with its span."""


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with its texts as they are."""
    import pyarrow as pa

    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _unreadable(path: Path, error: Exception | str) -> StoreError:
    return StoreError(f"{path} can't be read: {error}. Build again.")
