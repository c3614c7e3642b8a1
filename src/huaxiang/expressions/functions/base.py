"""What a row of the function table holds.

A function has a name, parameters with types, a result type, a label and documentation in both languages,
and its meaning as Ibis. An aggregate has its meaning a second time, as a step of the tag kernel
(`step` names it; the steps live in `huaxiang.tags.kernel`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from huaxiang.core.text import Text
from huaxiang.core.types import NUMERIC, Type

ANY = frozenset(Type) - {Type.DURATION}
TEXT = frozenset({Type.TEXT})
NUMBERS = NUMERIC
BOOL = frozenset({Type.BOOLEAN})
TIMES = frozenset({Type.DATE, Type.MOMENT})
SPAN = frozenset({Type.DURATION})
ORDERED = NUMBERS | TIMES | TEXT

Group = Literal["operator", "logic", "number", "text", "time", "cleaning", "aggregate", "window", "segment"]


@dataclass(frozen=True)
class Parameter:
    """One parameter. `literal` asks for a constant; `aggregate` for an aggregate; `repeated` takes the rest."""

    name: str
    accepts: frozenset[Type] = ANY
    optional: bool = False
    literal: bool = False
    aggregate: bool = False
    repeated: bool = False


Returns = Type | Callable[[Sequence[Type]], Type]


@dataclass(frozen=True)
class Function:
    """A row of the function table.

    `form(*arguments)` builds the Ibis value of a scalar function; where `uses_moment`, it is
    `form(moment, *arguments)`. Literal parameters arrive as plain Python values, all others as Ibis values.
    """

    name: str
    group: Group
    parameters: tuple[Parameter, ...]
    returns: Returns
    label: Text
    documentation: Text
    form: Callable[..., Any]
    example: str = ""
    uses_moment: bool = False
    hidden: bool = False
    """Written as an operator (`a + b`), not by name."""
    compares: bool = False
    """Hangs on the values of all other customers, so it has no meaning for one alone."""

    def __reduce__(self) -> tuple[Callable[[str], Function], tuple[str]]:
        # Rows travel to an engine's workers by name: what they hold are functions without one.
        return _row_named, (self.name,)

    def result_type(self, types: Sequence[Type]) -> Type:
        """The type of the result for arguments of `types`."""
        return self.returns(types) if callable(self.returns) else self.returns

    @property
    def signature(self) -> str:
        """The call as documentation shows it: `top(value, by => …)`."""
        shown = [f"[{p.name}]" if p.optional else p.name + (", …" if p.repeated else "") for p in self.parameters]
        return f"{self.name}({', '.join(shown)})"


@dataclass(frozen=True)
class AggregateFunction(Function):
    """A row that turns the facts of one customer into one value.

    `form(rows, *literals)` receives an Ibis table with the rows that count – columns `customer_no`, `_at` (moment),
    `_day` (civil date), `_seq` (order, unique), `v0`, `v1` … (the arguments that are no literals), all of them already
    cut by filter and window – and returns either an aggregated Ibis value over `rows` or, where one pass of
    GROUP BY is not enough, a table (`customer_no`, `value`).

    `empty` is the value for a customer without any row that counts. `skips_nulls`: rows whose first argument is null
    do not count.
    """

    step: str = ""
    empty: Any = None
    skips_nulls: bool = True
    takes_by: bool = False
    """Accepts `by => sum(x)`: weigh the values by a sum instead of counting them."""


def _row_named(name: str) -> Function:
    from huaxiang.expressions.functions import functions

    return functions()[name]


def same_as_first(types: Sequence[Type]) -> Type:
    """The result has the type of the first argument that is not null."""
    return next((type_ for type_ in types if type_ is not Type.NULL), Type.NULL)


def common_number(types: Sequence[Type]) -> Type:
    """Integers stay integers, money stays money with integers, everything else is a number."""
    kinds = set(types) - {Type.NULL}
    if kinds <= {Type.INTEGER}:
        return Type.INTEGER
    return Type.MONEY if kinds <= {Type.INTEGER, Type.MONEY} else Type.NUMBER


def alike(*values: Any) -> tuple[Any, ...]:
    """Money among floating numbers as a floating number, as `common_number` says; Ibis would make money of all."""
    if not any(value.type().is_floating() for value in values):
        return values
    return tuple(value.cast("float64") if value.type().is_decimal() else value for value in values)
