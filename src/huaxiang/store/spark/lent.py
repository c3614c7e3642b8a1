"""The tables of a former snapshot, for a build on Spark: each is opened when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import ibis


class Lent(Mapping[str, "ibis.Table"]):
    """Tables by name; `opened` opens one of `tables` as a working table, once it is looked at."""

    def __init__(
        self, engine: Any, tables: Mapping[str, Any], alias: str, opened: Callable[[Any, str, Any, str], None]
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._alias = alias
        self._opened = opened

    def __getitem__(self, name: str) -> ibis.Table:
        table, working = self._tables[name], f"_{self._alias}_{name}"
        if not self._engine.has(working):
            self._opened(self._engine, working, table, f"take over {name}")
        return self._engine.table(working)

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def in_place(engine: Any, name: str, folder: Path, step: str) -> None:
    """Open a table that Spark wrote: workers read it where it lies."""
    engine.view_parquet(name, str(folder / "*.parquet"), step=step)


def copied(engine: Any, name: str, table: ibis.Table, step: str) -> None:
    """Open a table that DuckDB wrote: it is copied through the driver, batch after batch."""
    import pyarrow as pa

    parts = (pa.Table.from_batches([batch]) for batch in engine.embedded.batches(table, step=step))
    engine.fill(name, parts, table.schema().to_pyarrow(), step=step)
