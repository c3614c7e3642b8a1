"""How people and programs write numbers, days and moments: one function each, from text to its plain spelling."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "￥\u3000\u00a0"
HALF_WIDTH = "".join(chr(code) for code in range(0x21, 0x7F)) + "¥  "

WIDTH = str.maketrans(FULL_WIDTH, HALF_WIDTH)
_CURRENCY = re.compile(r"[\s¥$€£']|RMB|CNY|USD|HKD|EUR|人民币|美元|港币|元整|元|圆", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?P<part>\.\d*)?(?P<power>e[+-]?\d{1,2})?"
    r"(?P<scale>百万|千万|千|万|亿|k|w|%)?(?P<close>\))?(?P<after>-)?",
    re.ASCII,
)
_SCALES = {"千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_LARGEST = Decimal(10) ** 16
_CENT = Decimal("0.01")

_QUANTITY = re.compile(
    r"(?P<number>.*?[\d.)千万亿])\s*(?P<unit>[a-z²㎡㎏㎝㎜㎞公斤两千克毫升吨米分厘里寸尺平方立小时钟天周]*)"
)
_UNITS: dict[str, Decimal] = {
    unit: Decimal(factor)
    for factor, units in {
        "1": "kg kgs ㎏ 公斤 千克 m 米 公尺 l 升 公升 m² m2 ㎡ 平米 平方米 平方 平 min mins 分钟",
        "0.001": "g 克 mm ㎜ 毫米 ml 毫升",
        "0.000001": "mg 毫克",
        "0.5": "斤 市斤",
        "0.05": "两",
        "1000": "t 吨 km ㎞ 公里 千米",
        "500": "里",
        "0.01": "cm ㎝ 厘米 公分",
        "0.1": "dm 分米",
        "0.45359237": "lb lbs",
        "0.028349523125": "oz",
        "0.0254": "in inch",
        "0.3048": "ft",
        "60": "h hr hrs 小时 时",
        "1440": "d 天",
        "10080": "周",
    }.items()
    for unit in units.split(" ")
}
"""What one of a unit is in kilograms, metres, litres, square metres or minutes."""

_CLOCK = (
    r"(?:[T\s]*(?P<half>上午|下午)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})"
    r"(?:\s*[:分]\s*(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*[分秒]?"
    r"(?:\s*(?P<offset>Z|[+-]\d{2}(?::?\d{2})?))?)?"
)
_DAYS = tuple(
    re.compile(day + _CLOCK, re.ASCII | re.IGNORECASE)
    for day in (
        r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?",
        r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    )
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})[T\s]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})", re.ASCII
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?", re.ASCII)
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?", re.ASCII)
"""Excel's days since 1899-12-30, from 1954 to 2118."""
_EXCEL_START = datetime(1899, 12, 30)


def number(text: str) -> str | None:
    """`1234.5` for 1,234.5, １２３４.５, ¥1234.5, 0.12345万; a minus before, behind, or as brackets."""
    value = _number(text)
    return None if value is None else format(value, "f")


def money(text: str) -> str | None:
    """Like `number`, rounded to hundredths, halves away from zero; None beyond sixteen digits."""
    value = _number(text)
    return None if value is None else format(value.quantize(_CENT, ROUND_HALF_UP), "f")


def quantity(text: str) -> str | None:
    """A quantity in kilograms, metres, litres, square metres or minutes: 2.5 for 5斤, 1.75 for 175cm, 90 for 1.5小时.

    A number without a unit stays as it is.
    """
    found = _QUANTITY.fullmatch(text.translate(WIDTH).strip().lower())
    factor = _UNITS.get(found["unit"]) if found else None
    if found is None or factor is None:
        return number(text)
    value = _number(found["number"])
    return None if value is None else format((value * factor).normalize(), "f")


def day(text: str, *, serials: bool = False) -> str | None:
    """The day as `2026-01-31`; of a moment with an offset the moment itself, whose day depends on a time zone."""
    read = _read(text, serials=serials, epochs=False)
    if read is None:
        return None
    return read.isoformat(" ") if read.tzinfo else read.date().isoformat()


def moment(text: str, *, zone: str | None = None, serials: bool = False) -> str | None:
    """The moment as `2026-01-31 08:00:00`, with an offset where one is known: from the text, or from `zone`."""
    read = _read(text, serials=serials, epochs=True)
    if read is None:
        return None
    if read.tzinfo is None and zone is not None:
        read = read.replace(tzinfo=ZoneInfo(zone))
    try:
        return (read.astimezone(UTC) if read.tzinfo else read).isoformat(" ")
    except OverflowError:
        return None


def _number(text: str) -> Decimal | None:
    plain = _CURRENCY.sub("", text.translate(WIDTH)).lower().replace("−", "-").replace("–", "-")
    found = _NUMBER.fullmatch(plain)
    if (
        not found
        or bool(found["open"]) != bool(found["close"])
        or not (found["whole"] or (found["part"] or ".") != ".")
    ):
        return None
    try:
        digits = Decimal((found["whole"] or "0").replace(",", "") + (found["part"] or "") + (found["power"] or ""))
    except InvalidOperation:
        return None
    scale = found["scale"]
    value = digits / 100 if scale == "%" else digits * _SCALES.get(scale or "", 1)
    if value >= _LARGEST:
        return None
    minus = (found["sign"] == "-") != bool(found["open"]) or bool(found["after"])
    return -value if minus else value


def _read(text: str, *, serials: bool, epochs: bool) -> datetime | None:
    """The clock time in a text, with a time zone where the text settles it."""
    plain = text.translate(WIDTH).strip()
    try:
        if serials and _SERIAL.fullmatch(plain):
            return _EXCEL_START + timedelta(seconds=round(float(plain) * 86_400))
        if epochs and _EPOCH.fullmatch(plain):
            seconds = float(plain)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= 10**11 else seconds, UTC)
        for pattern in (*_DAYS, _COMPACT):
            if found := pattern.fullmatch(plain):
                return _moment(found.groupdict())
    except (ValueError, OverflowError):
        return None
    return None


def _moment(parts: dict[str, str | None]) -> datetime:
    """The moment of the parts of a text.

    Raises:
        ValueError: there is no such day or time.
    """
    year, month, day = (int(parts[name] or 0) for name in ("year", "month", "day"))
    if month > 12 and day <= 12:
        # 1/31/2026: only month before day makes a day of it.
        month, day = day, month
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if parts.get("half") == "下午" and hour < 12:
        hour += 12
    date(year, month, day)
    fraction = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, fraction, _offset(parts.get("offset")))


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if text[0] == "-" else span)
