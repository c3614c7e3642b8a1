"""Wide tables as narrow ones: an expression over hundreds of columns of which three are read takes long to compile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis


def narrowed(table: ibis.Table, columns: Iterable[str]) -> ibis.Table:
    """A table of an engine as if it had little more than these of its columns."""
    import ibis
    import ibis.expr.operations as ops

    wanted, whole = list(dict.fromkeys(columns)), table.op()
    if not isinstance(whole, ops.DatabaseTable):
        return table.select(*wanted)
    # One more than is read: who reads all columns that there are asks for '*', which would be those of the wide table.
    further = next((name for name in whole.schema.names if name not in wanted), None)
    schema = ibis.schema({name: whole.schema[name] for name in (*wanted, *([further] if further else []))})
    return ops.DatabaseTable(name=whole.name, schema=schema, source=whole.source, namespace=whole.namespace).to_expr()
