"""The tables of a snapshot that DuckDB wrote, for a build on Spark: each is copied when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis


class Lent(Mapping[str, "ibis.Table"]):
    """Tables by name. What was looked at is copied through the driver, batch after batch, into a working table."""

    def __init__(self, engine: Any, tables: Mapping[str, ibis.Table], alias: str) -> None:
        self._engine = engine
        self._tables = tables
        self._alias = alias

    def __getitem__(self, name: str) -> ibis.Table:
        import pyarrow as pa

        table = self._tables[name]
        copy = f"_{self._alias}_{name}"
        if not self._engine.has(copy):
            step = f"take over {name}"
            parts = (pa.Table.from_batches([batch]) for batch in self._engine.embedded.batches(table, step=step))
            self._engine.fill(copy, parts, table.schema().to_pyarrow(), step=step)
        return self._engine.table(copy)

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)
