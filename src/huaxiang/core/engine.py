"""What an engine can do for the steps of a build. `store.engine` is the embedded one; steps know this protocol only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    import ibis
    import pyarrow as pa

ROW_GROUP = 100_000
"""Rows of a Parquet row group: large enough to compress, small enough to skip by customer."""

TABLE_GROUP = 122_880
"""Rows of a row group of DuckDB's tables. What fills one is compressed as it comes; rows of less are put together
first, which is a copy of all."""

BucketWork = Callable[["pa.Table", range], "pa.Table"]


class Engine(Protocol):
    """The one gate to the warehouse. Every failure is an `EngineError` with the step and its SQL."""

    @property
    def backend(self) -> Any:
        """The Ibis backend, for what only one engine can do."""

    @property
    def embedded(self) -> Engine:
        """An engine in this process, for what only such a one reads: itself, where it is one."""

    def table(self, name: str) -> ibis.Table:
        """The table `name`, as an Ibis expression.

        Raises:
            NotFoundError: there is no such table.
        """

    def names(self) -> list[str]:
        """The names of all tables and views, sorted."""

    def has(self, name: str) -> bool:
        """Whether there is a table `name`."""

    def create(self, name: str, content: ibis.Table | pa.Table, *, step: str) -> ibis.Table:
        """Write `content` as table `name`, replacing a former one, and return it."""

    def fill(self, name: str, parts: Iterable[pa.Table], schema: pa.Schema, *, step: str) -> ibis.Table:
        """Write `parts`, one after the other as they come, as table `name`, in order."""

    def view(self, name: str, content: ibis.Table, *, step: str) -> ibis.Table:
        """Name an expression without computing it."""

    def arrow(self, content: ibis.Table, *, step: str) -> pa.Table:
        """Compute an expression."""

    def batches(self, content: ibis.Table, *, step: str) -> Iterator[pa.RecordBatch]:
        """Compute an expression in batches of bounded memory, in its order."""

    def rows(self, content: ibis.Table, *, step: str) -> list[dict[str, Any]]:
        """Compute a small expression as Python dictionaries."""

    def compiled(
        self, content: Callable[[ibis.Table], ibis.Table], schema: Mapping[str, Any], *, step: str
    ) -> Callable[[pa.Table], pa.Table]:
        """`content`, an expression over a table of the Ibis types `schema`, as a function of such tables.

        Compiled once, called often and from any thread. Rows keep their order where `content` does not change it. Where
        the engine has workers (`Spreading`), the function can travel to them.
        """

    def write_parquet(self, content: ibis.Table, file: Path, *, step: str, group: int | None = None) -> None:
        """Write an expression as Parquet in its order: one file, or several of that name with a number.

        `group` is about how many rows make a row group, which is what a reader of few rows reads at least. None: as
        many as the engine is used to.
        """

    def view_parquet(self, name: str, pattern: str, *, step: str) -> ibis.Table:
        """Name the Parquet files that match `pattern`, relative to the folder, or were written in its place."""

    def open_parquet(self, name: str, paths: Sequence[Path], *, step: str) -> ibis.Table:
        """The rows of Parquet files as table `name`, with `_path` (as given) and `_row` (from 1 in each file).

        Columns are matched by name; what a file lacks is null in its rows.
        """

    def open_csv(
        self, name: str, paths: Mapping[Path, int], columns: Sequence[str], *, delimiter: str, header: bool, step: str
    ) -> ibis.Table:
        """The rows of CSV files (path → number of rows) in UTF-8 as table `name`: `columns` as text, and `_path`.

        Files with a header have a row on each line and are numbered: `_row` counts from 1 in each. Files without one
        may have line breaks inside quotes.
        """

    def sql(self, query: str, *, step: str) -> ibis.Table:
        """A checked SELECT in the engine's own dialect, as an Ibis expression."""

    def attach(self, path: Path, alias: str) -> Mapping[str, ibis.Table]:
        """The tables of a finished snapshot by name; `path` is its engine file.

        Raises:
            StoreError: it can't be opened.
        """

    def drop(self, name: str) -> None:
        """Remove the table or view `name` where it exists."""


@runtime_checkable
class Spreading(Protocol):
    """An engine with workers, to which the work on buckets of customers is given."""

    def spread(
        self, name: str, people: ibis.Table, work: BucketWork, schema: pa.Schema, *, size: int, step: str
    ) -> ibis.Table:
        """Give `work` to the workers, for `size` customers at a time, and write what it makes as table `name`.

        `people` has a row per customer with `customer_no`. `work` gets those of a bucket, in order, with the numbers
        of the bucket; it must be fit to travel (pickle).
        """

    def open_catalog(self, name: str, table: str, *, step: str) -> ibis.Table | None:
        """The rows of a table of the cluster's catalog as table `name`, with `_row`; None where there is none.

        Nested values are JSON text. `_row` is unique and depends on what the rows say alone.
        """


@runtime_checkable
class Renewing(Protocol):
    """An engine whose file can begin as a copy of a former one, and that changes tables in place."""

    def take(self, alias: str, names: Collection[str], *, step: str) -> None:
        """Make tables and views of an attached file this engine's own; rows keep their order."""

    def has_copy(self, alias: str, name: str) -> bool:
        """Whether table `name` of an attached file can be taken without copying a row."""

    def discard_copy(self, name: str) -> None:
        """Remove table `name` of the file that this one began as a copy of, where it was not taken."""

    def remove_rows(self, name: str, key: str, gone: pa.Table, *, step: str) -> None:
        """Remove the rows of a table whose `key` is among those of `gone`."""

    def add_rows(self, name: str, rows: pa.Table, *, step: str) -> None:
        """Add rows behind those of a table; a column that they have not is null in them."""

    def update_columns(self, name: str, key: str, values: pa.Table, *, step: str) -> None:
        """Give the columns of `values` to the rows of a table that have the same `key`."""
