"""Macros: functions around an aggregate that stand for something longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Duration, Window
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.functions.base import ANY, SPAN, Function, Parameter

if TYPE_CHECKING:
    from huaxiang.expressions.nodes import Aggregate, Call, Node


@dataclass(frozen=True)
class Macro(Function):
    """A row whose meaning is another expression: `form(aggregate, *durations, call=…)` returns its tree.

    `call(name, *nodes)` builds the node of another function of the table.
    """


def _within(aggregate: Aggregate, start: Duration, end: Duration | None = None, *, call: Any) -> Node:
    if end is not None and start <= end:
        raise ValueError("the window's start lies further back than its end")
    return replace(aggregate, window=Window(start, end))


def _trend(aggregate: Aggregate, short: Duration, long: Duration, *, call: Callable[..., Call]) -> Node:
    if short >= long:
        raise ValueError("the first window is the shorter one")
    from huaxiang.expressions.nodes import Literal

    zero = Literal(0, Type.INTEGER)
    recent = call("coalesce", replace(aggregate, window=Window(short)), zero)
    whole = replace(aggregate, window=Window(long))
    daily = call("divide", recent, Literal(short.days, Type.NUMBER))
    return call("divide", daily, call("divide", whole, Literal(long.days, Type.NUMBER)))


_AGGREGATE = Parameter("aggregate", ANY, aggregate=True)

MACROS: tuple[Macro, ...] = (
    Macro(
        "within",
        "window",
        (
            _AGGREGATE,
            Parameter("start", SPAN, literal=True),
            Parameter("end", SPAN, optional=True, literal=True),
        ),
        Type.NULL,
        Text("Within a window", "限定窗口"),
        Text(
            "The aggregate over `[as_of − start, as_of − end)` instead of the tag's own window.",
            "在 [as_of − start, as_of − end) 内计算该聚合，取代标签自身的窗口。",
        ),
        _within,
        example="within(sum(amount), 180d, 90d)",
    ),
    Macro(
        "trend",
        "window",
        (_AGGREGATE, Parameter("short", SPAN, literal=True), Parameter("long", SPAN, literal=True)),
        Type.NUMBER,
        Text("Trend", "趋势"),
        Text(
            "The daily rate in the short window over the daily rate in the long one: 1 is steady, above 1 is growing; "
            "null where the long window holds nothing.",
            "短窗口日均值与长窗口日均值之比：1 为平稳，大于 1 为增长；长窗口无数据时为空。",
        ),
        _trend,
        example="trend(sum(amount), 30d, 90d)",
    ),
)
