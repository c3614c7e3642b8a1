"""The defaults of a table's columns, as expressions over its other columns."""

from __future__ import annotations

from huaxiang.core.tables import Table
from huaxiang.expressions.check import Scope
from huaxiang.expressions.compile import Expression, compile_expression


def default_expressions(table: Table) -> dict[str, Expression]:
    """The default of each column that has one, in the order of the columns: each may read those before it."""
    scope = Scope(table.types, owner=f"table '{table.name}'")
    return {column.name: compile_expression(column.default, scope) for column in table.columns if column.default}
