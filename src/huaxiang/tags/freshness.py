"""How old a value is: the newest fact behind it, and its time to live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Duration, Moment
from huaxiang.core.tables import Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions import Expression
from huaxiang.expressions.functions import AggregateFunction, functions
from huaxiang.expressions.moment import RowMoment
from huaxiang.expressions.nodes import Aggregate, Call, Column, Node

if TYPE_CHECKING:
    from collections.abc import Sequence


def newest_facts(value: Expression, table: Table) -> tuple[Aggregate, ...]:
    """For each aggregate of a tag's value the one that gives the time of the newest fact that counts for it."""
    assert table.time is not None  # noqa: S101 - only fact tables have aggregates
    latest = functions()["max"]
    assert isinstance(latest, AggregateFunction)  # noqa: S101
    time = Column(table.time, Type.MOMENT)
    found = []
    for each in value.aggregates:
        conditions = [each.where] if each.where is not None else []
        if each.function.skips_nulls and each.arguments:
            missing = Call(functions()["is_null"], (each.arguments[0],), Type.BOOLEAN)
            conditions.append(Call(functions()["not"], (missing,), Type.BOOLEAN))
        found.append(Aggregate(latest, (time,), Type.MOMENT, where=_all(conditions), window=each.window))
    return tuple(dict.fromkeys(found))


def fresh(value: Any, newest: Sequence[Any], ttl: Duration, moment: Moment | RowMoment) -> Any:
    """The Ibis `value`, null where there are facts and all of them (`newest`) are older than `ttl`."""
    import ibis

    latest = ibis.greatest(*newest) if len(newest) > 1 else newest[0]
    old = (latest < _back(moment, ttl)).fill_null(False)
    return ibis.ifelse(old, ibis.null(value.type()), value)


def _back(moment: Moment | RowMoment, duration: Duration) -> Any:
    """The moment `duration` earlier: days by the clock of the session's time zone, hours as time that went by."""
    import ibis

    if isinstance(moment, Moment):
        return ibis.literal(moment.back(duration), type=ibis_type(Type.MOMENT))
    days, hours = divmod(duration.hours, 24)
    earlier = moment.value - ibis.interval(days=days) if days else moment.value
    return earlier - ibis.interval(hours=hours) if hours else earlier


def _all(conditions: Sequence[Node]) -> Node | None:
    result: Node | None = None
    for condition in conditions:
        result = condition if result is None else Call(functions()["and"], (result, condition), Type.BOOLEAN)
    return result
