"""What an engine can do for the steps of a build. `store.engine` is the embedded one; steps know this protocol only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


class Engine(Protocol):
    """The one gate to the warehouse. Every failure is an `EngineError` with the step and its SQL."""

    @property
    def backend(self) -> Any:
        """The Ibis backend, for readers that register files."""

    def table(self, name: str) -> ibis.Table:
        """The table `name`, as an Ibis expression.

        Raises:
            NotFoundError: there is no such table.
        """

    def has(self, name: str) -> bool:
        """Whether there is a table `name`."""

    def create(self, name: str, content: ibis.Table | pa.Table, *, step: str) -> ibis.Table:
        """Write `content` as table `name`, replacing a former one, and return it."""

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

        Compiled once, to be called often and from any thread. Rows keep their order where `content` does not change it.
        """

    def view_parquet(self, name: str, pattern: str, *, step: str) -> ibis.Table:
        """Name the Parquet files that match `pattern`, which is relative to the engine's folder."""

    def sql(self, query: str, *, step: str) -> ibis.Table:
        """A checked SELECT in the engine's own dialect, as an Ibis expression."""

    def drop(self, name: str) -> None:
        """Remove the table or view `name` where it exists."""
