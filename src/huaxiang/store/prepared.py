"""Statements that are planned once and run again: to plan one of hundreds of columns takes as long as to run it.

A plan belongs to a connection, so there are as many of each as threads ask at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class PreparedStatements:
    """Runs statements on connections of `backend`, which stay open until `close`. Any thread may ask."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._free: deque[_Planned] = deque()

    def run(self, statement: str, parameters: Sequence[Any]) -> pa.Table:
        """The rows of a SELECT with a `?` for each of `parameters`."""
        try:
            planned = self._free.pop()
        except IndexError:
            planned = _Planned(self._backend.con.cursor())
        try:
            rows = planned.run(statement, parameters)
        except BaseException:
            planned.close()
            raise
        self._free.append(planned)
        return rows

    def close(self) -> None:
        """Let the connections go. Closing twice does nothing."""
        while self._free:
            self._free.pop().close()


class _Planned:
    """One connection, and the statements that it has planned."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._names: dict[str, str] = {}

    def run(self, statement: str, parameters: Sequence[Any]) -> pa.Table:
        from sqlglot import exp

        name = self._names.get(statement)
        if name is None:
            name = f"planned_{len(self._names)}"
            self._cursor.execute(f"PREPARE {name} AS {statement}").fetchall()
            self._names[statement] = name
        # What runs a plan takes no parameters, only values.
        call = exp.Anonymous(this=name, expressions=[exp.convert(each) for each in parameters])
        return self._cursor.sql(f"EXECUTE {call.sql('duckdb')}").to_arrow_table()

    def close(self) -> None:
        self._cursor.close()
