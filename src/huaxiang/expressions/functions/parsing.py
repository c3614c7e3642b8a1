"""From text as people and programs write it to numbers, days, moments and yes or no. Null where it makes no sense.

Everything is Ibis over regular expressions and `try_cast`, so that each engine gives the same. The spellings that are
understood are in the documentation of the cleaning functions, which this file gives their meaning.
"""

from __future__ import annotations

import re
from typing import Any

from huaxiang.core.types import MONEY_SCALE, Type, ibis_type

FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "￥\u3000\u00a0"
HALF_WIDTH = "".join(chr(code) for code in range(0x21, 0x7F)) + "¥  "

_FULL = r"[\x{FF01}-\x{FF5E}\x{FFE5}\x{3000}\x{00A0}]"

YES = ("true", "t", "yes", "y", "1", "1.0", "on", "是", "对", "有", "真", "√", "已")
NO = ("false", "f", "no", "n", "0", "0.0", "off", "否", "不", "错", "无", "没有", "假", "×", "未")

_SPACES = r"[\s\x{3000}\x{00A0}\x{200B}\x{FEFF}]+"
_PLAIN_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"
_CURRENCY = r"(?i)[\s¥$€£']|RMB|CNY|USD|HKD|EUR|人民币|美元|港币|元整|元|圆"
_NUMBER = r"^[(+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]*)?(e[+-]?[0-9]{1,2})?(千|万|百万|千万|亿|k|w|%)?[)-]?$"
_SCALES = (("千万", 10_000_000), ("百万", 1_000_000), ("亿", 100_000_000), ("万", 10_000), ("w", 10_000), ("千", 1000),
           ("k", 1000))  # fmt: skip
_LARGEST = 10**16

_YMD = r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?"
_COMPACT = r"([0-9]{4})([0-9]{2})([0-9]{2})"
_DMY = r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})"
_CLOCK = r"[T\s]*([0-9]{1,2})\s*[:时点]\s*([0-9]{1,2})(?:\s*[:分]\s*([0-9]{1,2})(?:[.,]([0-9]{1,9}))?)?\s*[分秒]?"
_COMPACT_CLOCK = r"[T\s]?([0-9]{2})([0-9]{2})([0-9]{2})"
_OFFSET = r"\s*(Z|[+-][0-9]{2}:?(?:[0-9]{2})?)"
_ISO_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ISO_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?$"
_SERIAL = r"^[2-7][0-9]{4}(\.[0-9]+)?$"
"""Excel's days since 1899-12-30, from 1954 to 2118."""


def half_width(text: Any) -> Any:
    """Full-width letters, digits and signs as half-width ones."""
    import ibis

    # Few values have any, and looking is ten times cheaper than translating.
    return ibis.ifelse(text.re_search(_FULL), text.translate(FULL_WIDTH, HALF_WIDTH), text)


def trimmed(text: Any) -> Any:
    """Without white space of any script at both ends; null where nothing remains."""
    return text.re_replace(f"^{_SPACES}|{_SPACES}$", "").nullif("")


def convert(value: Any, type_: Type, *, zone: str | None = None, serials: bool = False) -> Any:
    """`value`, of whatever type, as `type_`; null where it makes no sense as one.

    `zone` is that of times without offset (None: the session's). `serials` reads numbers as Excel's days.
    """
    dtype = value.type()
    if dtype.is_null():
        return value.cast(ibis_type(type_))
    match type_:
        case Type.TEXT:
            return _as_text(value)
        case Type.INTEGER:
            return _whole(to_number(value))
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


def to_number(value: Any) -> Any:
    """A floating number; infinities and what is no number are null."""
    import ibis

    dtype = value.type()
    if dtype.is_boolean():
        return value.cast("int64").cast("float64")
    if dtype.is_numeric():
        number = value.cast("float64")
        return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("float64"), number)
    if not dtype.is_string():
        return ibis.null("float64")
    return ibis.ifelse(value.re_search(_PLAIN_NUMBER), value.try_cast("float64"), _scaled(value, "float64"))


def to_money(value: Any) -> Any:
    """An amount in hundredths, rounded half away from zero; null beyond sixteen digits."""
    import ibis

    dtype, money = value.type(), ibis_type(Type.MONEY)
    if dtype.is_numeric() or dtype.is_boolean():
        number = value.cast("float64") if dtype.is_floating() or dtype.is_boolean() else value
        return number.try_cast(money)
    if not dtype.is_string():
        return ibis.null(money)
    exact = _scaled(value, "decimal(38, 8)").try_cast(money)
    return ibis.ifelse(value.re_search(_PLAIN_NUMBER), value.try_cast(money), exact)


def to_boolean(value: Any) -> Any:
    """Yes or no from the words in use, and from the numbers 1 and 0."""
    import ibis

    dtype = value.type()
    if dtype.is_boolean():
        return value
    text = value.cast("string") if dtype.is_numeric() else value
    if not text.type().is_string():
        return ibis.null("boolean")
    word = half_width(text).strip().lower()
    return ibis.cases((word.isin(YES), True), (word.isin(NO), False), else_=ibis.null("boolean"))


def to_date(value: Any, *, zone: str | None = None, serials: bool = False) -> Any:
    """A day. Of a moment with an offset, the day in the session's time zone; otherwise the day as it is written."""
    import ibis

    dtype = value.type()
    if dtype.is_date():
        return value
    if dtype.is_timestamp():
        return value.date()
    if dtype.is_numeric():
        return _compact_or_serial(value, zone, serials).date()
    if not dtype.is_string():
        return ibis.null("date")
    text = trimmed(half_width(value))
    with_offset = text.re_search(f"[0-9]{_OFFSET}$") & text.re_search(":")
    written = ibis.ifelse(text.re_search(_written(clock="optional")), _day_text(text).try_cast("date"), ibis.null("date"))
    slow = ibis.ifelse(with_offset, _with_offset(text).date(), written)
    if serials:
        slow = ibis.ifelse(text.re_search(_SERIAL), _serial(text).date(), slow)
    return ibis.ifelse(value.re_search(_ISO_DAY), value.try_cast("date"), slow)


def to_moment(value: Any, *, zone: str | None = None, serials: bool = False) -> Any:
    """A moment. Times without offset are clock times in `zone` (None: the session's)."""
    import ibis

    dtype, moment = value.type(), ibis_type(Type.MOMENT)
    if dtype.is_timestamp():
        return value.cast(moment) if dtype.timezone else _at_zone(value, zone)
    if dtype.is_date():
        return _at_zone(value.cast("timestamp"), zone)
    if dtype.is_numeric():
        return ibis.ifelse(
            value.abs() >= 100_000_000,
            _epoch(value),
            _at_zone(_compact_or_serial(value, zone, serials), zone),
        )
    if not dtype.is_string():
        return ibis.null(moment)
    text = trimmed(half_width(value))
    written = text.re_search(_written(clock="optional"))
    slow = ibis.cases(
        (text.re_search(r"^1[0-9]{9}([0-9]{3})?(\.[0-9]+)?$"), _epoch(text.try_cast("float64"))),
        (text.re_search(f"[0-9]{_OFFSET}$") & text.re_search(":"), _with_offset(text)),
        (written, _at_zone(_naive(text), zone)),
        else_=ibis.null(moment),
    )
    if serials:
        slow = ibis.ifelse(text.re_search(_SERIAL), _at_zone(_serial(text), zone), slow)
    return ibis.ifelse(value.re_search(_ISO_MOMENT), _at_zone(value.try_cast("timestamp"), zone), slow)


# -- numbers -----------------------------------------------------------------------------------------------------


def _scaled(value: Any, kind: str) -> Any:
    """The number in a text with currency, thousands separators, 万 and 亿, a percent sign, or brackets for minus."""
    import ibis

    text = half_width(value).re_replace(_CURRENCY, "").lower().replace("−", "-").replace("–", "-")
    text = text.re_replace(r"^-+\(|^\(-", "(")
    digits = text.re_extract(r"([0-9][0-9,]*(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,2})?", 0).replace(",", "")
    number = digits.nullif("").try_cast(kind)
    factor = ibis.cases(
        *((text.contains(sign), ibis.literal(scale, "int64")) for sign, scale in _SCALES),
        else_=ibis.literal(1, "int64"),
    )
    number = ibis.ifelse(number.abs() < _LARGEST, number, ibis.null(number.type())) * factor
    number = ibis.ifelse(text.contains("%"), number / 100, number.cast("float64") if kind == "float64" else number)
    sign = ibis.ifelse(text.re_search(r"^[(-]|-$"), -1, 1)
    return ibis.ifelse(text.re_search(_NUMBER) & text.re_search(r"^[(+-]?[.0-9]"), number * sign, ibis.null(number.type()))


def _whole(number: Any) -> Any:
    import ibis

    fits = (number == number.round(0)) & (number.abs() < 2**53)
    return ibis.ifelse(fits, number, ibis.null("float64")).cast("int64")


def _as_text(value: Any) -> Any:
    dtype = value.type()
    if dtype.is_string():
        return value
    if dtype.is_floating():
        # An id that was read as 13800000001.0 is the number without its fraction.
        import ibis

        whole = (value == value.round(0)) & (value.abs() < 2**53)
        return ibis.ifelse(whole, value.try_cast("int64").cast("string"), value.cast("string"))
    return value.cast("string")


# -- days and moments --------------------------------------------------------------------------------------------


def _written(*, clock: str) -> str:
    """The spellings of a day, alone or with a clock time."""
    optional = "?" if clock == "optional" else ""
    day = f"(?:{_YMD}|{_DMY}|{_COMPACT})"
    return f"^(?:{_plain(day)}(?:{_plain(_CLOCK)}){optional}|{_plain(_COMPACT)}{_plain(_COMPACT_CLOCK)})$"


def _plain(pattern: str) -> str:
    """The pattern without capturing groups: the engine then need not find them."""
    return re.sub(r"\((?!\?)", "(?:", pattern)


def _day_text(text: Any) -> Any:
    """The day in a text as `2026-1-31`. Year first; else day before month, unless only the other order is a day."""
    import ibis

    first = text.re_extract(f"^{_DMY}", 1)
    second = text.re_extract(f"^{_DMY}", 2)
    year = text.re_extract(f"^{_DMY}", 3)
    month_first = (second.length() == 2) & (second > "12") & (second <= "31")
    day_first = ibis.ifelse(month_first, year + "-" + first + "-" + second, year + "-" + second + "-" + first)
    return ibis.cases(
        (text.re_search(f"^{_YMD}"), _joined(text, f"^{_YMD}")),
        (text.re_search(f"^{_COMPACT}"), _joined(text, f"^{_COMPACT}")),
        else_=day_first,
    )


def _joined(text: Any, pattern: str) -> Any:
    return text.re_extract(pattern, 1) + "-" + text.re_extract(pattern, 2) + "-" + text.re_extract(pattern, 3)


def _naive(text: Any) -> Any:
    """The clock time in a text, midnight where it has only a day."""
    import ibis

    clock = f"(?:{_plain(_YMD)}|{_plain(_DMY)}|{_plain(_COMPACT)}){_CLOCK}"
    compact = f"^{_plain(_COMPACT)}{_COMPACT_CLOCK}$"
    hour, minute, second, part = (text.re_extract(clock, group) for group in (1, 2, 3, 4))
    spelled = hour + ":" + minute + ":" + second.nullif("").fill_null("00")
    spelled = spelled + ibis.ifelse(part == "", "", "." + part.substr(0, 6))
    time = ibis.cases(
        (text.re_search(compact), text.re_extract(compact, 1) + ":" + text.re_extract(compact, 2) + ":"
         + text.re_extract(compact, 3)),
        (hour == "", "00:00:00"),
        else_=spelled,
    )  # fmt: skip
    return (_day_text(text) + " " + time).try_cast("timestamp")


def _with_offset(text: Any) -> Any:
    """The moment in a text that ends in Z or an offset such as +08:00."""
    import ibis

    pattern = f"^{_plain(_YMD)}{_plain(_CLOCK)}{_plain(_OFFSET)}$"
    offset = text.re_extract(f"{_OFFSET}$", 1)
    colon = ibis.ifelse(offset.length() == 5, offset.substr(0, 3) + ":" + offset.substr(3, 2), offset)
    offset = ibis.cases((offset == "Z", "+00:00"), (offset.length() == 3, offset + ":00"), else_=colon)
    moment = (_naive(text).cast("string") + offset).try_cast(ibis_type(Type.MOMENT))
    return ibis.ifelse(text.re_search(pattern), moment, ibis.null(ibis_type(Type.MOMENT)))


def _epoch(number: Any) -> Any:
    """A moment from seconds or, beyond the year 5138, milliseconds since 1970."""
    import ibis

    seconds = ibis.ifelse(number.abs() >= 100_000_000_000, number / 1000.0, number.cast("float64"))
    fits = ibis.ifelse(seconds.abs() < 100_000_000_000, seconds, ibis.null("float64"))
    return fits.cast(ibis_type(Type.MOMENT))


def _compact_or_serial(number: Any, zone: str | None, serials: bool) -> Any:
    """A clock time from a number such as 20260131, or from Excel's days."""
    import ibis

    compact = _naive(number.try_cast("int64").cast("string"))
    day = ibis.ifelse((number >= 19_000_101) & (number <= 29_991_231), compact, ibis.null("timestamp"))
    return ibis.ifelse(number < 100_000, _serial(number.cast("string")), day) if serials else day


def _serial(text: Any) -> Any:
    """A clock time from Excel's days since 1899-12-30."""
    import ibis

    days = text.try_cast("float64")
    seconds = (days * 86_400).round(0).cast("int64")
    return ibis.literal("1899-12-30").cast("timestamp") + seconds.as_interval("s")


def _at_zone(naive: Any, zone: str | None) -> Any:
    """The moment at which clocks in `zone` show `naive`."""
    import ibis
    import ibis.expr.datatypes as dt

    moment = ibis_type(Type.MOMENT)
    if zone is None:
        return naive.cast(moment)
    at_zone = ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.timestamp), moment))(
        lambda zone, naive: None
    )
    return at_zone(zone, naive)


assert MONEY_SCALE == 2  # noqa: S101 - the patterns above round to hundredths
