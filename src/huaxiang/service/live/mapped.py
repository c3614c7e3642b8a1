"""Messages of one feed, mapped onto its standard table as a build maps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.tables import Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.sources.live import expected_columns
from huaxiang.sources.map import map_feed
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.engine import DuckEngine

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The moment at which messages are mapped: which of them count at a moment is decided when it is asked for."""


class FeedMapper:
    """Maps the messages of feed number `number` of a live source onto `table`.

    The rows have the columns of the table, `id_<type>` for each identifier, the provenance, `_same` and `_order`.
    """

    def __init__(
        self,
        engine: DuckEngine,
        source: SourceSpec,
        number: int,
        table: Table,
        identifiers: Mapping[str, IdentifierSpec],
        zone: str,
    ) -> None:
        self.source, self.feed, self.number, self.table = source, source.feeds[number], number, table
        self.scopes = tuple({rule.scope for rule in identifiers.values() if rule.scope})
        self._columns = expected_columns(source)

        def content(raw: ibis.Table) -> ibis.Table:
            return map_feed(
                raw,
                source=source,
                feed=self.feed,
                table=table,
                identifiers=identifiers,
                zone=zone,
                moment=Moment(_NEVER, zone),
            )

        schema = {name: ibis_type(Type.TEXT) for name in (*self._columns, "_file")} | {"_row": ibis_type(Type.INTEGER)}
        self._map = engine.compiled(content, schema, step=f"map {source.name}")

    def __call__(self, messages: Sequence[tuple[str, int, Mapping[str, str]]]) -> pa.Table:
        """The rows that may count: without what is filtered, and what a build would put in quarantine.

        `messages` are each with its file and row, by which builds call it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        columns: dict[str, Any] = {name: [message.get(name) for *_, message in messages] for name in self._columns}
        arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
        arrays["_file"] = pa.array([file for file, *_ in messages], pa.string())
        arrays["_row"] = pa.array([row for _, row, _ in messages], pa.int64())
        mapped = self._map(pa.table(arrays))
        fine = pc.and_(mapped["_problems"].is_null(), mapped["_aside"].is_null())
        return mapped.filter(fine).drop_columns(["_problems", "_aside", "_invalid"])
