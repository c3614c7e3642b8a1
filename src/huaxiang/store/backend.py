"""Ibis' DuckDB backend, mended for DuckDB 2.

Ibis 12 reads schemas, names of tables and batches by methods that DuckDB 2 deprecates or no longer has.
Imported where an engine is opened, because Ibis takes its time to load.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from threading import Lock, get_ident, local
from typing import Any
from weakref import WeakSet

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType
from ibis.common.exceptions import TableNotFound
from sqlglot import expressions as sge

BATCH = 65_536
"""Rows of a streamed batch."""


class DuckBackend(Backend):
    """What Ibis calls the DuckDB backend, with the broken ways replaced.

    Where it is `shared`, each thread has a connection of its own to what the first one opened: readers of a snapshot
    ask it at once. What a thread writes into temporary tables is its own, too.
    """

    shared = False

    @property
    def con(self) -> Any:
        """The connection: that of this thread, where threads share the backend."""
        if not self.shared or get_ident() == self._opener:
            return self._first
        if not hasattr(self._own, "connection"):
            self._own.connection = self._first.cursor()
            self._others.add(self._own.connection)
            quiet(self._own.connection)
        return self._own.connection

    @con.setter
    def con(self, connection: Any) -> None:
        self._first, self._opener = connection, get_ident()
        self._own, self._others = local(), WeakSet[Any]()
        self._functions, self._registering = set[str](), Lock()
        self._schemas = dict[str, ibis.Schema]()
        self._known = frozenset[str]()

    def disconnect(self) -> None:
        """Close all connections."""
        for connection in [*self._others, self._first]:
            connection.close()

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> ibis.Schema:
        """The columns of a table or view. Raises `TableNotFound`."""
        # A snapshot never changes; working tables begin with '_'.
        stays = self.shared and not (table_name.startswith("_") or catalog or database)
        if stays and table_name in self._schemas:
            return self._schemas[table_name]
        parts = [sge.to_identifier(part, quoted=True) if part else None for part in (table_name, database, catalog)]
        described = sge.Describe(this=sge.Table(this=parts[0], db=parts[1], catalog=parts[2]))
        try:
            columns = self.con.execute(described.sql("duckdb")).fetchall()
        except duckdb.CatalogException:
            raise TableNotFound(table_name) from None
        schema = ibis.schema({name: _type(kind, nullable=null == "YES") for name, kind, null, *_ in columns})
        if stays:
            self._schemas[table_name] = schema
        return schema

    def list_tables(self, *, like: str | None = None, database: Any = None) -> list[str]:
        """The names of the tables and views of a catalog (default: the engine's own)."""
        catalog = database[0] if isinstance(database, tuple) else database
        return self._filter_with_like(list(self.kinds(catalog)), like)

    def kinds(self, catalog: str | None = None) -> dict[str, str]:
        """Each table ('BASE TABLE') and view ('VIEW') of a catalog (default: the engine's own)."""
        found = self.con.execute(
            "SELECT table_name, table_type FROM information_schema.tables "
            "WHERE table_catalog IN (coalesce(?, current_catalog()), 'temp') AND table_schema = 'main' "
            "ORDER BY table_name",
            [catalog],
        ).fetchall()
        return dict(found)

    def has(self, name: str) -> bool:
        """Whether there is a table or view `name`."""
        # As the columns, those of a snapshot never change, and to ask the engine takes longer than many an answer.
        if not self.shared or name.startswith("_"):
            return name in self.kinds()
        if not self._known:
            self._known = frozenset(self.kinds())
        return name in self._known

    def count(self, name: str) -> int:
        """How many rows a table or view has."""
        statement = f"SELECT count(*) FROM {_quoted(name)}"  # noqa: S608 - the name is quoted
        return int(self.con.execute(statement).fetchall()[0][0])

    def forget(self, name: str) -> None:
        """Remove the table or view `name`, whichever it is, where it exists."""
        try:
            self.con.execute(f"DROP VIEW IF EXISTS {_quoted(name)}").fetchall()
        except duckdb.CatalogException:
            self.con.execute(f"DROP TABLE IF EXISTS {_quoted(name)}").fetchall()

    def register_functions(self, expr: Any) -> None:
        """Make the Python functions of an expression known, so that its SQL runs on any connection."""
        self._register_udfs(expr)

    def _register_udfs(self, expr: Any) -> None:
        """Each function once: Ibis takes it away and brings it back with each expression, while others may call it."""
        with self._registering:
            for node in expr.op().find(ops.ScalarUDF):
                register = getattr(self, f"_register_{node.__input_type__.name.lower()}_udf")(node)
                name = type(node).__name__
                if register is not None and name not in self._functions:
                    # Who opened the same file in this process may have brought it: a name is that of one function.
                    with suppress(duckdb.CatalogException):
                        register(self.con)
                    self._functions.add(name)

    def to_pyarrow_batches(
        self, expr: Any, /, *, params: Any = None, limit: Any = None, chunk_size: int = BATCH, **_: Any
    ) -> pa.RecordBatchReader:
        """Stream an expression over tables and views on a connection of its own, so that others may run meanwhile."""
        cursor = self.con.cursor()
        sql = self.compile(expr.as_table(), params=params, limit=limit)
        return cursor.sql(sql).to_arrow_reader(chunk_size)


def quiet(connection: Any) -> None:
    """Silence the progress bar: it would be written into what programs read from stdout."""
    connection.execute("SET enable_progress_bar = false").fetchall()


def _quoted(name: str) -> str:
    return sge.to_identifier(name, quoted=True).sql("duckdb")


@cache
def _type(kind: str, *, nullable: bool) -> dt.DataType:
    """The Ibis type of a column; wide tables have few types and many columns, and parsing a type takes its time."""
    return DuckDBType.from_string(kind, nullable=nullable)
