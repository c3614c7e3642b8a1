"""Values of columns that no source maps, by the expressions of the standard tables."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from huaxiang.core.moments import Moment
from huaxiang.core.tables import Table
from huaxiang.core.types import ibis_type
from huaxiang.expressions.defaults import default_expressions

if TYPE_CHECKING:
    import ibis


def deferred_columns(table: Table, mapped: Collection[str]) -> frozenset[str]:
    """Unmapped columns that a lookup may fill later, and those whose default reads such a column."""
    later = {name for lookup in table.lookups for name in lookup.fill if name in table.names and name not in mapped}
    for name, expression in default_expressions(table).items():
        if name not in mapped and later & set(expression.columns):
            later.add(name)
    return frozenset(later)


def with_defaults(rows: ibis.Table, table: Table, moment: Moment, *, mapped: Collection[str]) -> ibis.Table:
    """`rows` with the defaults of unmapped columns, except those that wait for lookups."""
    later = deferred_columns(table, mapped)
    for name, expression in default_expressions(table).items():
        if name not in mapped and name not in later:
            rows = rows.mutate(**{name: expression.ibis(rows, moment).cast(ibis_type(table[name].type))})
    return rows
