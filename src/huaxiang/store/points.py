"""Point queries: the rows of a table with one key, asked for again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.store.failures import engine_failures

if TYPE_CHECKING:
    import pyarrow as pa

    from huaxiang.store.engine import DuckEngine


class PointQuery:
    """The `columns` of the rows of a table or view whose `keys` have given values, as a function of these.

    The statement is written once; any thread may ask. Tables sorted by the keys answer without reading the rest.
    """

    def __init__(self, engine: DuckEngine, table: str, keys: Sequence[str], columns: Sequence[str]) -> None:
        from sqlglot import expressions as sge

        def named(name: str) -> Any:
            return sge.column(sge.to_identifier(name, quoted=True))

        same = [sge.EQ(this=named(key), expression=sge.Placeholder()) for key in keys]
        source = sge.Table(this=sge.to_identifier(table, quoted=True))
        self._engine = engine
        self._step = f"look up {table}"
        self._statement = sge.select(*map(named, columns)).from_(source).where(*same).sql("duckdb")

    def __call__(self, *values: Any) -> pa.Table:
        """The rows, in the order of the table."""
        with (
            engine_failures(self._step, self._engine.path, lambda: self._statement),
            self._engine.backend.con.cursor() as cursor,
        ):
            return cursor.sql(self._statement, params=list(values)).to_arrow_table()

    def rows(self, *values: Any) -> list[dict[str, Any]]:
        """The rows as Python dictionaries."""
        return self(*values).to_pylist()
