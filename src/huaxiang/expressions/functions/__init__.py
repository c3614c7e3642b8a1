"""The function table: every operator, function and aggregate that an expression may use, a row each."""

from __future__ import annotations

from functools import cache

from huaxiang.expressions.functions.aggregates import AGGREGATES
from huaxiang.expressions.functions.audience import AUDIENCE
from huaxiang.expressions.functions.base import AggregateFunction, Function, Parameter
from huaxiang.expressions.functions.macros import MACROS, Macro
from huaxiang.expressions.functions.operators import LOGIC, OPERATORS
from huaxiang.expressions.functions.scalars import NUMBER, TEXTS, TIME

__all__ = ["AggregateFunction", "Function", "Macro", "Parameter", "functions"]


@cache
def functions() -> dict[str, Function | Macro]:
    """The whole table by name."""
    from huaxiang.expressions.functions.cleaning import CLEANING, DATE

    rows = (*OPERATORS, *LOGIC, *NUMBER, *TEXTS, *TIME, *CLEANING, DATE, *AGGREGATES, *MACROS, *AUDIENCE)
    table = {row.name: row for row in rows}
    assert len(table) == len(rows), "two functions share a name"  # noqa: S101
    return table
