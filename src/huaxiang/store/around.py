"""A query that stays the same around one that differs: it is compiled once, and each time only what differs is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.store.engine import DuckEngine
from huaxiang.store.failures import engine_failures

if TYPE_CHECKING:
    import ibis

_GIVEN = "_given"


class QueryAround:
    """`content`, an expression over a table of the Ibis types `schema`, as a function of expressions with such columns.

    It is for small answers. Any thread may ask.
    """

    def __init__(
        self,
        engine: DuckEngine,
        content: Callable[[ibis.Table], ibis.Table],
        schema: Mapping[str, Any],
        *,
        step: str,
    ) -> None:
        import ibis

        expression = content(ibis.table(dict(schema), name=_GIVEN))
        engine.backend.register_functions(expression)
        self._engine, self._step = engine, step
        self._names: tuple[str, ...] = expression.columns
        self._statement = str(engine.backend.compile(expression))

    def rows(self, given: ibis.Table) -> list[dict[str, Any]]:
        """The rows of the query around `given`, as Python dictionaries."""
        backend = self._engine.backend
        backend.register_functions(given)
        # What is computed for nothing else is not written down first: its filters reach the tables.
        statement = f'WITH "{_GIVEN}" AS NOT MATERIALIZED ({backend.compile(given)}) {self._statement}'
        with engine_failures(self._step, self._engine.path, lambda: statement):
            found = backend.con.execute(statement).fetchall()
        return [dict(zip(self._names, row, strict=True)) for row in found]
