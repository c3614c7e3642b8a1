"""Ibis' DuckDB backend, mended for DuckDB 2.

Ibis 12 reads schemas, names of tables and batches by methods that DuckDB 2 deprecates or no longer has.
Imported where an engine is opened, because Ibis takes its time to load.
"""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.common.exceptions import TableNotFound
from sqlglot import expressions as sge

BATCH = 65_536
"""Rows of a streamed batch."""


class DuckBackend(Backend):
    """What Ibis calls the DuckDB backend, with the broken ways replaced."""

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> ibis.Schema:
        """The columns of a table or view. Raises `TableNotFound`."""
        parts = [sge.to_identifier(part, quoted=True) if part else None for part in (table_name, database, catalog)]
        described = sge.Describe(this=sge.Table(this=parts[0], db=parts[1], catalog=parts[2]))
        try:
            columns = self.con.sql(described.sql("duckdb")).fetchall()
        except duckdb.CatalogException:
            raise TableNotFound(table_name) from None
        read = self.compiler.type_mapper.from_string
        return ibis.schema({name: read(kind, nullable=null == "YES") for name, kind, null, *_ in columns})

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

    def register_functions(self, expr: Any) -> None:
        """Make the Python functions of an expression known, so that its SQL runs on any connection."""
        self._register_udfs(expr)

    def to_pyarrow_batches(
        self, expr: Any, /, *, params: Any = None, limit: Any = None, chunk_size: int = BATCH, **_: Any
    ) -> pa.RecordBatchReader:
        """Stream an expression over tables and views on a connection of its own, so that others may run meanwhile."""
        cursor = self.con.cursor()
        sql = self.compile(expr.as_table(), params=params, limit=limit)
        return cursor.sql(sql).to_arrow_reader(chunk_size)
