"""Point queries: the rows of a table with given keys, asked for again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.store.engine import DuckEngine
from huaxiang.store.failures import engine_failures

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

FEW = 50
"""Keys up to which asking for each is faster than joining the whole table."""

REMEMBERED = 100_000
"""Keys whose row is remembered."""


IN_MEMORY = 4_000_000
"""Cells of a table up to which it is held in memory."""


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


def numbered_rows(
    engine: DuckEngine, table: str, number: str, columns: Sequence[str], *, within: str | None = None
) -> Callable[[int], pa.Table]:
    """The `columns` of the rows with a number, in order of `within`: from memory where the table is small.

    `number` is one of the columns. A table that never changes and has few cells is held in memory: there a row is
    found sooner than a query is planned.
    """
    import numpy as np

    content = engine.table(table)
    rows = engine.rows(content.aggregate(n=content.count()), step=f"count {table}")[0]["n"]
    if rows * len(columns) > IN_MEMORY:
        return PointQuery(engine, table, [number], columns)
    order = [number, *([within] if within else [])]
    whole = engine.arrow(content.order_by(order).select(*columns), step=f"read {table}").combine_chunks()
    numbers = whole[number].to_numpy()

    def read(wanted: int) -> pa.Table:
        low, high = np.searchsorted(numbers, [wanted, wanted + 1])
        return whole.slice(low, high - low)

    return read


class KeyedRows:
    """The row of a table for each key, remembered. The table has one row per key and never changes."""

    def __init__(self, engine: DuckEngine, table: str, keys: Sequence[str], columns: Sequence[str]) -> None:
        known = engine.table(table)
        self._keys, self._columns = tuple(keys), tuple(dict.fromkeys((*keys, *columns)))
        self._types = {key: known.schema()[key] for key in keys}
        self._one = PointQuery(engine, table, keys, self._columns)

        def joined(asked: ibis.Table) -> ibis.Table:
            return asked.join(known, list(self._keys)).select(*self._columns)

        self._many = engine.compiled(joined, self._types, step=f"look up {table}")
        self._found: dict[tuple[Any, ...], dict[str, Any] | None] = {}

    def find(self, *key: Any) -> dict[str, Any] | None:
        """The row of one key; None where there is none."""
        self.learn([key])
        return self._found[key]

    def learn(self, keys: Iterable[tuple[Any, ...]]) -> None:
        """Look up the rows of many keys together, so that `find` has them."""
        if len(self._found) > REMEMBERED:
            self._found.clear()
        asked = sorted(set(keys) - self._found.keys())
        if len(asked) <= FEW:
            for key in asked:
                self._found[key] = next(iter(self._one.rows(*key)), None)
            return
        import ibis
        import pyarrow as pa

        columns = zip(*asked, strict=True)
        schema = ibis.schema(self._types).to_pyarrow()
        table = pa.table([pa.array(column, schema.field(i).type) for i, column in enumerate(columns)], schema=schema)
        self._found |= dict.fromkeys(asked)
        for row in self._many(table).to_pylist():
            self._found[tuple(row[key] for key in self._keys)] = row
