"""Checked tree → Ibis. The readable SQL of any engine, and the reference that the tag kernel is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.nodes import Aggregate, Call, Column, Literal, Node

if TYPE_CHECKING:
    from huaxiang.core.moments import Moment
    from huaxiang.expressions.moment import RowMoment

Resolve = Callable[[Aggregate], Any]


def to_ibis(
    node: Node, columns: Mapping[str, Any], moment: Moment | RowMoment, aggregate: Resolve | None = None
) -> Any:
    """The Ibis value of `node`.

    `columns` maps names to Ibis values – an Ibis table will do. `aggregate` says which value stands for an aggregate
    that was computed before.
    """
    import ibis

    match node:
        case Literal(value=None):
            return ibis.null()
        case Literal(value=value, type=Type.MOMENT):
            return _moment(value, moment)
        case Literal(value=value, type=type_):
            return ibis.literal(value, type=None if type_ is Type.INTEGER else ibis_type(type_))
        case Column(name=name):
            return columns[name]
        case Aggregate():
            if aggregate is None:
                raise TypeError("an aggregate has no value per row")
            return aggregate(node)
        case Call():
            return _call(node, columns, moment, aggregate)


def _call(node: Call, columns: Mapping[str, Any], moment: Moment | RowMoment, aggregate: Resolve | None) -> Any:
    row = node.function
    if row.name in _TEMPORAL_COMPARISONS:
        arguments = [_as_moment(part, columns, moment, aggregate, node) for part in node.arguments]
    else:
        arguments = [
            part.value
            if isinstance(part, Literal) and row.parameters[min(i, len(row.parameters) - 1)].literal
            else to_ibis(part, columns, moment, aggregate)
            for i, part in enumerate(node.arguments)
        ]
    return row.form(moment, *arguments) if row.uses_moment else row.form(*arguments)


_TEMPORAL_COMPARISONS = frozenset(
    {"equals", "not_equals", "less", "less_equal", "greater", "greater_equal", "between", "in"}
)


def _as_moment(
    part: Node, columns: Mapping[str, Any], moment: Moment | RowMoment, aggregate: Resolve | None, call: Call
) -> Any:
    """A day that is compared with a moment stands for its midnight in the project's time zone."""
    if part.type is Type.DATE and any(other.type is Type.MOMENT for other in call.arguments):
        if isinstance(part, Literal):
            return _moment(datetime.combine(part.value, datetime.min.time()), moment)
        return to_ibis(part, columns, moment, aggregate).cast(ibis_type(Type.MOMENT))
    return to_ibis(part, columns, moment, aggregate)


def _moment(value: datetime, moment: Moment | RowMoment) -> Any:
    import ibis

    aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(moment.zone))
    return ibis.literal(aware.astimezone(UTC), type=ibis_type(Type.MOMENT))
