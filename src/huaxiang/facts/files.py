"""Reading stored facts: one bucket of customers at a time, straight from Parquet, texts as codes into dictionaries.

The files of a table are sorted by customer, so that a bucket is a stretch of row groups. Dictionaries are taken as they
are stored: what a query engine would hand over as texts needs no second encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

KEY = "customer_no"
DAY = "_day"


class FactFiles:
    """The stored facts of one table: the Parquet files of `folder`, each sorted by customer and time.

    Implements `core.buckets.BucketReader`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, customers: range, columns: Sequence[str]) -> pa.Table:
        """The facts of `customers` in order, with `customer_no`, `_day` and `columns`.

        Raises:
            StoreError: a file is gone or damaged.
        """
        import pyarrow as pa

        wanted = list(dict.fromkeys((KEY, DAY, *columns)))
        parts = [file.read(customers, wanted) for file in self._files]
        return pa.concat_tables(parts) if len(parts) > 1 else parts[0]

    def rows(self, customers: range) -> int:
        """About how many facts `customers` have: those of their row groups."""
        return sum(file.rows(customers) for file in self._files)

    @cached_property
    def _files(self) -> list[_SortedFile]:
        return [_SortedFile(path) for path in sorted(self.folder.glob("*.parquet"))]


class _SortedFile:
    """One Parquet file sorted by customer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, customers: range, columns: list[str]) -> pa.Table:
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq

        metadata = self._metadata
        groups = [number for number, low, high in self._spans if low < customers.stop and high >= customers.start]
        try:
            with pq.ParquetFile(self.path, metadata=metadata, read_dictionary=self._texts) as file:
                table = file.read_row_groups(groups, columns=columns, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self.path} can't be read: {error}. Build again.") from error
        owner = table[KEY].to_numpy()
        low, high = np.searchsorted(owner, [customers.start, customers.stop])
        return table.slice(low, high - low)

    def rows(self, customers: range) -> int:
        return sum(self._metadata.row_group(number).num_rows for number in self._groups(customers))

    def _groups(self, customers: range) -> list[int]:
        return [number for number, low, high in self._spans if low < customers.stop and high >= customers.start]

    @cached_property
    def _metadata(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_metadata(self.path)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self.path} can't be read: {error}. Build again.") from error

    @cached_property
    def _texts(self) -> list[str]:
        import pyarrow as pa

        schema = self._metadata.schema.to_arrow_schema()
        return [field.name for field in schema if pa.types.is_string(field.type)]

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
