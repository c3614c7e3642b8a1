"""A value of any type as a value of another, null where it makes no sense: what mapping and cleaning convert with.

The usual spellings are read by the engine. Everything else goes, once per distinct value, through `spellings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.functions import spellings
from huaxiang.expressions.functions.distinct import on_distinct
from huaxiang.expressions.functions.spellings import FULL_WIDTH, HALF_WIDTH

YES = ("true", "t", "yes", "y", "1", "1.0", "on", "是", "对", "有", "真", "√", "已")
NO = ("false", "f", "no", "n", "0", "0.0", "off", "否", "不", "错", "无", "没有", "假", "×", "未")

_FULL = r"[\x{FF01}-\x{FF5E}\x{FFE5}\x{3000}\x{00A0}]"
_SPACES = r"[\s\x{3000}\x{00A0}\x{200B}\x{FEFF}]+"
_PLAIN_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"
_PLAIN_DAY = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$|^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$"
_PLAIN_MOMENT = (
    r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})"
    r"([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?$"
)


def half_width(text: Any) -> Any:
    """Full-width letters, digits and signs as half-width ones."""
    import ibis

    # Few values have any, and looking is ten times cheaper than translating.
    return ibis.ifelse(text.re_search(_FULL), text.translate(FULL_WIDTH, HALF_WIDTH), text)


def trimmed(text: Any) -> Any:
    """Without white space of any script at both ends; null where nothing remains."""
    return text.re_replace(f"^{_SPACES}|{_SPACES}$", "").nullif("")


def one_of(text: Any, words: Iterable[str]) -> Any:
    """Whether the text, without white space around it, is one of `words`.

    A pattern, because an engine makes a join of a long `in`, and a join for each column of a table is dear.
    """
    listed = "|".join(re.escape(word) for word in words)
    return text.re_search(rf"^\s*(?:{listed})\s*$")


def convert(value: Any, type_: Type, *, zone: str | None = None, serials: bool = False) -> Any:
    """`value`, of whatever type, as `type_`; null where it makes no sense as one.

    `zone` is that of times without offset (None: the session's). `serials` reads numbers as Excel's days.
    """
    if value.type().is_null():
        return value.cast(ibis_type(type_))
    match type_:
        case Type.TEXT:
            return to_text(value)
        case Type.INTEGER:
            return to_integer(value)
        case Type.NUMBER:
            return to_number(value)
        case Type.MONEY:
            return to_money(value)
        case Type.BOOLEAN:
            return to_boolean(value)
        case Type.DATE:
            return to_date(value, zone=zone, serials=serials)
        case Type.MOMENT:
            return to_moment(value, zone=zone, serials=serials)
        case _:
            return value.try_cast(ibis_type(type_))


def to_text(value: Any) -> Any:
    """The value as text; a whole number that was read as 13800000001.0 loses its fraction."""
    import ibis

    if value.type().is_floating():
        whole = (value == value.round(0)) & (value.abs() < 2**53)
        return ibis.ifelse(whole, value.try_cast("int64").cast("string"), value.cast("string"))
    return value if value.type().is_string() else value.cast("string")


def to_number(value: Any) -> Any:
    """A floating number; infinities and what is no number are null."""
    import ibis

    dtype = value.type()
    if dtype.is_boolean():
        return value.cast("int64").cast("float64")
    if dtype.is_floating():
        return ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value.cast("float64"))
    if dtype.is_numeric():
        return value.cast("float64")
    return _read(value, _PLAIN_NUMBER, _number, "float64")


def to_integer(value: Any) -> Any:
    """A whole number; numbers with a fraction are null."""
    import ibis

    if value.type().is_integer():
        return value.cast("int64")
    number = to_number(value)
    return ibis.ifelse((number % 1 == 0) & (number.abs() < 2**53), number, ibis.null("float64")).cast("int64")


def to_money(value: Any) -> Any:
    """An amount in hundredths, rounded half away from zero; null beyond sixteen digits."""
    dtype, money = value.type(), ibis_type(Type.MONEY)
    if dtype.is_boolean():
        return value.cast("int64").cast(money)
    if dtype.is_numeric():
        return value.try_cast(money)
    return _read(value, _PLAIN_NUMBER, _money, money)


def to_boolean(value: Any) -> Any:
    """Yes or no from the words in use, and from the numbers 1 and 0."""
    import ibis

    if value.type().is_boolean():
        return value
    word = half_width(to_text(value)).lower()
    return ibis.cases((one_of(word, YES), True), (one_of(word, NO), False), else_=ibis.null("boolean"))


def to_date(value: Any, *, zone: str | None = None, serials: bool = False) -> Any:
    """A day. Of a moment with an offset, the day in the session's time zone; otherwise the day as it is written."""
    dtype = value.type()
    if dtype.is_date():
        return value
    if dtype.is_timestamp():
        return value.date()
    if dtype.is_numeric():
        value = to_text(value)
    # Read as midnight of the session's time zone, of which the day is taken again: one way for days and moments.
    return _read(value, _PLAIN_DAY, _day(serials), ibis_type(Type.MOMENT)).date()


def to_moment(value: Any, *, zone: str | None = None, serials: bool = False) -> Any:
    """A moment. Times without offset are clock times in `zone` (None: the session's)."""
    import ibis

    dtype, moment = value.type(), ibis_type(Type.MOMENT)
    if dtype.is_timestamp():
        return value.cast(moment) if dtype.timezone else _at_zone(value, zone)
    if dtype.is_date():
        return _at_zone(value.cast("timestamp"), zone)
    if dtype.is_numeric():
        compact = _moment(zone, serials)(to_text(value)).try_cast(moment)
        return ibis.ifelse(value.abs() >= 10**8, _epoch(value), compact)
    if not dtype.is_string():
        return ibis.null(moment)
    if zone is None:
        return _read(value, _PLAIN_MOMENT, _moment(zone, serials), moment)
    usual = _at_zone(value.try_cast("timestamp"), zone)
    return ibis.ifelse(value.re_search(_PLAIN_MOMENT), usual, _moment(zone, serials)(value).try_cast(moment))


def _read(value: Any, plain: str, other: Any, kind: Any) -> Any:
    """Text in its plain spelling by the engine, in any other one by the function `other`."""
    import ibis

    if not value.type().is_string():
        return ibis.null(kind)
    return ibis.ifelse(value.re_search(plain), value, other(value)).try_cast(kind)


_number = on_distinct("number", spellings.number)
_money = on_distinct("money", spellings.money)


@cache
def _day(serials: bool) -> Any:
    return on_distinct(f"day{'_excel' * serials}", partial(spellings.day, serials=serials))


@cache
def _moment(zone: str | None, serials: bool) -> Any:
    place = "".join(sign if sign.isalnum() else "_" for sign in f"_{zone.lower()}") if zone else ""
    function = partial(spellings.moment, zone=zone, serials=serials)
    return on_distinct(f"moment{place}{'_excel' * serials}", function)


def _epoch(number: Any) -> Any:
    """A moment from seconds or, beyond the year 5138, milliseconds since 1970."""
    import ibis

    seconds = number.cast("float64") / ibis.ifelse(number.abs() >= 10**11, 1000.0, 1.0)
    return ibis.ifelse(seconds.abs() < 10**11, seconds, ibis.null("float64")).cast(ibis_type(Type.MOMENT))


def _at_zone(naive: Any, zone: str | None) -> Any:
    """The moment at which clocks in `zone` show `naive`."""
    import ibis
    import ibis.expr.datatypes as dt

    moment = ibis_type(Type.MOMENT)
    if zone is None:
        return naive.cast(moment)
    signature = ((dt.string, dt.timestamp), moment)
    return ibis.udf.scalar.builtin(name="timezone", signature=signature)(lambda zone, naive: None)(zone, naive)
