"""Scalar functions of numbers, texts and times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.functions.base import (
    NUMBERS,
    ORDERED,
    TEXT,
    TIMES,
    Function,
    Group,
    Parameter,
    Returns,
    alike,
    common_number,
    same_as_first,
)
from huaxiang.expressions.moment import RowMoment

if TYPE_CHECKING:
    from huaxiang.core.moments import Moment


def _least(*values: Any) -> Any:
    import ibis

    return ibis.least(*alike(*values))


def _greatest(*values: Any) -> Any:
    import ibis

    return ibis.greatest(*alike(*values))


def _day(value: Any) -> Any:
    return value if value.type().is_date() else value.date()


def _day_of(moment: Moment | RowMoment) -> Any:
    import ibis

    return moment.day if isinstance(moment, RowMoment) else ibis.literal(moment.day)


def _days_since(moment: Moment | RowMoment, value: Any) -> Any:
    return _day_of(moment).delta(_day(value), unit="day")


def _months_between(later: Any, earlier: Any) -> Any:
    months = (later.year() - earlier.year()) * 12 + later.month() - earlier.month()
    return (months - (later.day() < earlier.day()).cast("int64")).cast("int64")


def _months_since(moment: Moment | RowMoment, value: Any) -> Any:
    return _months_between(_day_of(moment), _day(value))


def _years_since(moment: Moment | RowMoment, value: Any) -> Any:
    import ibis

    today, day = _day_of(moment), _day(value)
    before = (today.month() < day.month()) | ((today.month() == day.month()) & (today.day() < day.day()))
    return (today.year() - day.year() - ibis.ifelse(before, 1, 0)).cast("int64")


def _days_to_anniversary(moment: Moment | RowMoment, value: Any) -> Any:
    import ibis

    today, day = _day_of(moment), _day(value)
    leap = (day.month() == 2) & (day.day() == 29)
    month, in_month = day.month(), ibis.ifelse(leap, 28, day.day())
    passed = (month < today.month()) | ((month == today.month()) & (in_month < today.day()))
    year = today.year() + ibis.ifelse(passed, 1, 0)
    # Parts of a missing day would make no day at all.
    known = ibis.ifelse(day.isnull(), ibis.null("int64"), year.cast("int64"))
    return ibis.date(known, month.cast("int64"), in_month.cast("int64")).delta(today, unit="day")


def _positive(value: Any) -> Any:
    """Logarithms and roots of what has none are null rather than an error of the engine."""
    import ibis

    number = value.cast("float64")
    return ibis.ifelse(number > 0, number, ibis.null("float64"))


def _floor(value: Any) -> Any:
    return value.floor().cast("int64")


def _ceil(value: Any) -> Any:
    return value.ceil().cast("int64")


def _f(
    name: str,
    group: Group,
    parameters: tuple[Parameter, ...],
    returns: Returns,
    label: tuple[str, str],
    documentation: tuple[str, str],
    form: Callable[..., Any],
    example: str,
    *,
    uses_moment: bool = False,
) -> Function:
    return Function(name, group, parameters, returns, Text(*label), Text(*documentation), form, example, uses_moment)


_X = Parameter("x", NUMBERS)
_TEXT = Parameter("text", TEXT)
_TIME = Parameter("time", TIMES)
_I = frozenset({Type.INTEGER})

NUMBER: tuple[Function, ...] = (
    _f("abs", "number", (_X,), same_as_first, ("Absolute value", "绝对值"),
       ("The number without its sign.", "去掉符号的数值。"), lambda x: x.abs(), "abs(amount)"),
    _f("round", "number", (_X, Parameter("digits", _I, optional=True, literal=True)), Type.NUMBER,
       ("Rounded", "四舍五入"), ("Rounded to `digits` decimal places (0).", "四舍五入到指定小数位（默认 0）。"),
       lambda x, digits=0: x.cast("float64").round(digits), "round(amount / 3, 2)"),
    _f("floor", "number", (_X,), Type.INTEGER, ("Rounded down", "向下取整"),
       ("The largest whole number that is not above.", "不大于它的最大整数。"), _floor, "floor(age / 10) * 10"),
    _f("ceil", "number", (_X,), Type.INTEGER, ("Rounded up", "向上取整"),
       ("The smallest whole number that is not below.", "不小于它的最小整数。"), _ceil, "ceil(quantity)"),
    _f("ln", "number", (_X,), Type.NUMBER, ("Natural logarithm", "自然对数"),
       ("Null for numbers that are not positive.", "非正数返回空。"), lambda x: _positive(x).ln(), "ln(spend_total)"),
    _f("sqrt", "number", (_X,), Type.NUMBER, ("Square root", "平方根"),
       ("Null for numbers that are not positive.", "非正数返回空。"), lambda x: _positive(x).sqrt(), "sqrt(amount)"),
    _f("exp", "number", (_X,), Type.NUMBER, ("Exponential", "指数函数"),
       ("e to the power of x.", "e 的 x 次方。"), lambda x: x.cast("float64").exp(), "exp(-days_since_last_order / 90)"),
    _f("power", "number", (_X, Parameter("exponent", NUMBERS)), Type.NUMBER, ("Power", "乘方"),
       ("x to the power of exponent.", "x 的若干次方。"),
       lambda x, y: x.cast("float64") ** y.cast("float64"), "power(rating, 2)"),
    _f("least", "number", (Parameter("value", ORDERED), Parameter("others", ORDERED, repeated=True)),
       common_number, ("Smallest", "最小者"), ("The smallest of the numbers.", "多个数中最小的一个。"), _least, "least(amount, 100)"),
    _f("greatest", "number", (Parameter("value", ORDERED), Parameter("others", ORDERED, repeated=True)),
       common_number, ("Largest", "最大者"), ("The largest of the numbers.", "多个数中最大的一个。"), _greatest,
       "greatest(amount - discount, 0)"),
)  # fmt: skip

TEXTS: tuple[Function, ...] = (
    _f("lower", "text", (_TEXT,), Type.TEXT, ("Lower case", "转小写"), ("The text in lower case.", "转换为小写。"),
       lambda t: t.lower(), "lower(brand)"),
    _f("upper", "text", (_TEXT,), Type.TEXT, ("Upper case", "转大写"), ("The text in upper case.", "转换为大写。"),
       lambda t: t.upper(), "upper(coupon)"),
    _f("length", "text", (_TEXT,), Type.INTEGER, ("Length", "长度"), ("The number of characters.", "字符个数。"),
       lambda t: t.length().cast("int64"), "length(text)"),
    _f("contains", "text", (_TEXT, Parameter("part", TEXT)), Type.BOOLEAN, ("Contains", "包含"),
       ("Whether the part occurs in the text.", "文本是否包含指定片段。"), lambda t, part: t.contains(part), "contains(query, '奶粉')"),
    _f("starts_with", "text", (_TEXT, Parameter("part", TEXT)), Type.BOOLEAN, ("Starts with", "开头为"),
       ("Whether the text begins with the part.", "文本是否以指定片段开头。"), lambda t, part: t.startswith(part),
       "starts_with(order_id, 'T')"),
    _f("ends_with", "text", (_TEXT, Parameter("part", TEXT)), Type.BOOLEAN, ("Ends with", "结尾为"),
       ("Whether the text ends with the part.", "文本是否以指定片段结尾。"), lambda t, part: t.endswith(part),
       "ends_with(page, '/pay')"),
    _f("replace", "text", (_TEXT, Parameter("part", TEXT), Parameter("by", TEXT)), Type.TEXT,
       ("Replaced", "替换"), ("Every occurrence of the part, replaced.", "将所有出现的片段替换掉。"),
       lambda t, part, by: t.replace(part, by), "replace(phone, '-', '')"),
    _f("substring", "text",
       (_TEXT, Parameter("start", _I, literal=True), Parameter("count", _I, optional=True, literal=True)),
       Type.TEXT, ("Part of a text", "截取"), ("From the start-th character (counted from 1), `count` of them.", "从第 start 个字符（从 1 数起）起截取。"),
       lambda t, start, count=None: t.substr(start - 1, count), "substring(birth, 1, 4)"),
    _f("split_part", "text",
       (_TEXT, Parameter("by", TEXT, literal=True), Parameter("position", _I, literal=True)), Type.TEXT,
       ("Part between separators", "按分隔符取段"), ("The position-th part, counted from 1; null beyond the last.", "按分隔符拆分后的第几段（从 1 数起），超出则为空。"),
       lambda t, by, position: t.split(by)[position - 1].nullif(""), "split_part(address, ' ', 1)"),
    _f("extract", "text", (_TEXT, Parameter("pattern", TEXT, literal=True), Parameter("part", _I, optional=True, literal=True)),
       Type.TEXT, ("Matching part", "正则提取"),
       ("The first match of a regular expression, or its part-th group; null where none.", "正则表达式的首个匹配（或其第几组），无匹配时为空。"),
       lambda t, pattern, part=0: t.re_extract(pattern, part).nullif(""), "extract(note, '[0-9]{11}')"),
    _f("text", "text", (Parameter("value", NUMBERS | TEXT | TIMES | frozenset({Type.BOOLEAN})),), Type.TEXT,
       ("As text", "转为文本"), ("The value as text.", "将取值转换为文本。"), lambda value: value.cast("string"),
       "concat('shelf ', text(quantity))"),
    _f("concat", "text", (_TEXT, Parameter("others", TEXT, repeated=True)), Type.TEXT, ("Joined", "连接"),
       ("The texts one after the other; null where one is null.", "依次连接文本；任一为空则为空。"),
       lambda t, *others: _joined(t, others), "concat(family_name, given_name)"),
)  # fmt: skip

TIME: tuple[Function, ...] = (
    _f("year", "time", (_TIME,), Type.INTEGER, ("Year", "年"), ("The year.", "年份。"),
       lambda t: t.year().cast("int64"), "year(birthday)"),
    _f("month", "time", (_TIME,), Type.INTEGER, ("Month", "月"), ("The month, 1 to 12.", "月份，1 至 12。"),
       lambda t: t.month().cast("int64"), "month(occurred_at)"),
    _f("day", "time", (_TIME,), Type.INTEGER, ("Day of the month", "日"), ("The day, 1 to 31.", "当月第几天，1 至 31。"),
       lambda t: t.day().cast("int64"), "day(occurred_at)"),
    _f("hour", "time", (Parameter("time", frozenset({Type.MOMENT})),), Type.INTEGER, ("Hour", "小时"),
       ("The hour on the project's clocks, 0 to 23.", "项目时区下的小时，0 至 23。"), lambda t: t.hour().cast("int64"),
       "hour(occurred_at)"),
    _f("weekday", "time", (_TIME,), Type.INTEGER, ("Day of the week", "星期"), ("1 (Monday) to 7 (Sunday).", "1（周一）至 7（周日）。"),
       lambda t: (t.day_of_week.index() + 1).cast("int64"), "weekday(occurred_at)"),
    _f("days_since", "time", (_TIME,), Type.INTEGER, ("Days since", "距今天数"),
       ("Civil days from then to `as_of`.", "从该日到 as_of 的自然日数。"), _days_since, "days_since(last(occurred_at))", uses_moment=True),
    _f("months_since", "time", (_TIME,), Type.INTEGER, ("Months since", "距今月数"),
       ("Whole months from then to `as_of`.", "从该日到 as_of 的整月数。"), _months_since, "months_since(registered_at)",
       uses_moment=True),
    _f("years_since", "time", (_TIME,), Type.INTEGER, ("Years since", "距今年数"),
       ("Whole years from then to `as_of`; of a birthday, the age.", "从该日到 as_of 的整年数；对生日即为年龄。"), _years_since,
       "years_since(birthday)", uses_moment=True),
    _f("days_to_anniversary", "time", (_TIME,), Type.INTEGER, ("Days to the anniversary", "距周年天数"),
       ("Civil days from `as_of` to the next return of that day and month, 0 on the day; 29 February counts as the 28th.",
        "从 as_of 到下一个周年日的自然日数，当天为 0；2 月 29 日按 28 日计。"),
       _days_to_anniversary, "days_to_anniversary(birthday) <= 14", uses_moment=True),
    _f("days_between", "time", (Parameter("earlier", TIMES), Parameter("later", TIMES)), Type.INTEGER,
       ("Days between", "间隔天数"), ("Civil days from the first to the second.", "前者到后者的自然日数。"),
       lambda a, b: _day(b).delta(_day(a), unit="day"), "days_between(first(occurred_at), last(occurred_at))"),
    _f("minutes_between", "time",
       (Parameter("earlier", frozenset({Type.MOMENT})), Parameter("later", frozenset({Type.MOMENT}))), Type.NUMBER,
       ("Minutes between", "间隔分钟数"), ("Minutes from the first to the second.", "前者到后者的分钟数。"),
       lambda a, b: b.delta(a, unit="second") / 60.0, "minutes_between(occurred_at, resolved_at)"),
)  # fmt: skip


def _joined(first: Any, others: tuple[Any, ...]) -> Any:
    for other in others:
        first = first + other
    return first
