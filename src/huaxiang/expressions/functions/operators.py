"""Operators and logic: what is written `a + b`, `a = b`, `a and b`, `case when …`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.functions.base import (
    ANY,
    BOOL,
    NUMBERS,
    ORDERED,
    TEXT,
    Function,
    Parameter,
    Returns,
    alike,
    common_number,
    same_as_first,
)


def _divide(a: Any, b: Any) -> Any:
    return a.cast("float64") / b.cast("float64").nullif(0.0)


def _quotient(types: Sequence[Type]) -> Type:
    return Type.NUMBER


def _times(types: Sequence[Type]) -> Type:
    return Type.MONEY if sorted(types) == [Type.INTEGER, Type.MONEY] else common_number(_plain(types))


def _plain(types: Sequence[Type]) -> list[Type]:
    return [Type.NUMBER if type_ is Type.MONEY else type_ for type_ in types]


def _multiply(a: Any, b: Any) -> Any:
    both_decimal = a.type().is_decimal() and b.type().is_decimal()
    return a.cast("float64") * b.cast("float64") if both_decimal else _of_alike(operator.mul)(a, b)


def _of_alike(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: operate(*alike(a, b))


def _modulo(a: Any, b: Any) -> Any:
    a, b = alike(a, b)
    return a % b.nullif(0)


def _case(*parts: Any) -> Any:
    import ibis

    *values, otherwise = alike(*parts[1:-1:2], parts[-1])
    return ibis.cases(*zip(parts[:-1:2], values, strict=True), else_=otherwise)


def _case_type(types: Sequence[Type]) -> Type:
    values = [*types[1:-1:2], types[-1]]
    kinds = set(values) - {Type.NULL}
    return common_number(values) if len(kinds) > 1 else same_as_first(values)


def _coalesce(*values: Any) -> Any:
    import ibis

    return ibis.coalesce(*alike(*values))


def _coalesce_type(types: Sequence[Type]) -> Type:
    kinds = set(types) - {Type.NULL}
    return common_number(types) if len(kinds) > 1 else same_as_first(types)


def _operator(
    name: str, en: str, zh: str, accepts: frozenset[Type], returns: Returns, form: Any, arity: int = 2
) -> Function:
    names = ("a", "b", "c")
    return Function(
        name,
        "operator",
        tuple(Parameter(names[i], accepts) for i in range(arity)),
        returns,
        Text(en, zh),
        Text(f"{en}, as in SQL.", f"{zh}，与 SQL 一致。"),
        form,
        hidden=True,
    )


OPERATORS: tuple[Function, ...] = (
    _operator("add", "Sum", "相加", NUMBERS, common_number, _of_alike(operator.add)),
    _operator("subtract", "Difference", "相减", NUMBERS, common_number, _of_alike(operator.sub)),
    _operator("multiply", "Product", "相乘", NUMBERS, _times, _multiply),
    _operator("divide", "Quotient; null where the divisor is zero", "相除；除数为零时为空", NUMBERS, _quotient, _divide),
    _operator("modulo", "Remainder; null for zero", "取余；除数为零时为空", NUMBERS, common_number, _modulo),
    _operator("negate", "Negative", "取负", NUMBERS, same_as_first, lambda a: -a, 1),
    _operator("equals", "Equal", "等于", ANY, Type.BOOLEAN, lambda a, b: a == b),
    _operator("not_equals", "Not equal", "不等于", ANY, Type.BOOLEAN, lambda a, b: a != b),
    _operator("less", "Less", "小于", ORDERED, Type.BOOLEAN, lambda a, b: a < b),
    _operator("less_equal", "Less or equal", "小于等于", ORDERED, Type.BOOLEAN, lambda a, b: a <= b),
    _operator("greater", "Greater", "大于", ORDERED, Type.BOOLEAN, lambda a, b: a > b),
    _operator("greater_equal", "Greater or equal", "大于等于", ORDERED, Type.BOOLEAN, lambda a, b: a >= b),
    _operator(
        "between", "Between, both ends included", "介于，含两端", ORDERED, Type.BOOLEAN,
        lambda a, b, c: (a >= b) & (a <= c), 3,
    ),
    _operator("and", "And", "且", BOOL, Type.BOOLEAN, lambda a, b: a & b),
    _operator("or", "Or", "或", BOOL, Type.BOOLEAN, lambda a, b: a | b),
    _operator("not", "Not", "非", BOOL, Type.BOOLEAN, lambda a: ~a, 1),
    _operator("is_null", "Has no value", "为空", ANY, Type.BOOLEAN, lambda a: a.isnull(), 1),
    _operator("concatenate", "Join texts", "拼接", TEXT, Type.TEXT, lambda a, b: a + b),
    _operator("like", "Matches a pattern with % and _", "模式匹配", TEXT, Type.BOOLEAN, lambda a, b: a.like(b)),
    _operator(
        "ilike", "Matches a pattern, whatever the case", "模式匹配（不分大小写）", TEXT, Type.BOOLEAN,
        lambda a, b: a.ilike(b),
    ),
    Function(
        "in", "operator", (Parameter("value"), Parameter("values", repeated=True)), Type.BOOLEAN,
        Text("Is one of", "属于"), Text("Is one of, as in SQL.", "属于其中之一，与 SQL 一致。"),
        lambda value, *values: value.isin(values), hidden=True,
    ),
    Function(
        "case", "operator", (Parameter("parts", repeated=True),), _case_type,
        Text("Cases", "条件取值"), Text("The value of the first case that holds.", "取第一个成立的条件所对应的值。"),
        _case, hidden=True,
    ),
)  # fmt: skip

LOGIC: tuple[Function, ...] = (
    Function(
        "coalesce", "logic", (Parameter("value"), Parameter("others", repeated=True)), _coalesce_type,
        Text("First that has a value", "首个非空值"),
        Text("The first of its arguments that is not null.", "返回第一个不为空的参数。"),
        _coalesce, example="coalesce(city, 'unknown')",
    ),
    Function(
        "nullif", "logic", (Parameter("value"), Parameter("nothing")), same_as_first,
        Text("Null if equal", "相等则为空"),
        Text("Null where both are equal, else the first.", "两者相等时返回空，否则返回第一个参数。"),
        lambda a, b: a.nullif(b), example="nullif(amount, 0)",
    ),
)  # fmt: skip
