"""Values and expressions on which every engine must agree: each function of the definition language, tried on literal
rows with gaps, Chinese text, borders of days and of summer time."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, of_ibis
from huaxiang.expressions import Scope, compile_expression
from huaxiang.expressions.functions import functions

AS_OF = {
    "Asia/Shanghai": Moment.parse("2026-03-01", "Asia/Shanghai"),
    "America/New_York": Moment.parse("2026-03-09T01:30:00", "America/New_York"),
}
"""Time zones without and with summer time, which begins in New York on 8 March 2026."""

_INTEGERS = (None, 0, 1, -1, 2, 7, -7, 28, 1_000_000, 2**40)
_NUMBERS = (None, 0.0, 1.0, -1.0, 0.5, -2.5, 2.675, 1.005, 1e-7, 123456789.125, 1e16, -0.1, 100.0)
_MONEY = (None, "0.00", "0.01", "-0.05", "12.50", "99.99", "-1050.50", "1234567890.12")
_TEXTS = (
    None, "", " ", "a", "A", "Ab 中", "王芳", "x.y|z", "100%", "a_b\\c", "Straße", "ÉCOLE", "ΑΣ", "a\nb", "b\n",
    "13812345678", "T-1,T-2", "𠮷野家", "\u3000全角ＡＢ１２\u3000", "$5", "a[b]&&c", "广东省广州市",
)  # fmt: skip
_DATES = (
    None, date(2000, 2, 29), date(2026, 2, 28), date(2026, 3, 1), date(2024, 2, 29), date(1985, 12, 31),
    date(2026, 3, 8), date(1970, 1, 1), date(1999, 3, 9),
)  # fmt: skip
_MOMENTS = (
    None,
    datetime(2026, 2, 28, 15, 59, 59, 999999, UTC),
    datetime(2026, 2, 28, 16, 0, 0, 0, UTC),
    datetime(2026, 3, 8, 6, 59, 59, 0, UTC),
    datetime(2026, 3, 8, 7, 0, 0, 0, UTC),
    datetime(2025, 11, 2, 5, 30, 0, 0, UTC),
    datetime(2025, 11, 2, 6, 30, 0, 0, UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1, UTC),
    datetime(1999, 12, 31, 23, 59, 59, 500000, UTC),
)
_RAW = (
    None, "", "  ", "男", " F ", "Mr.", "2.0", "妖", "是", "No", "√", "1", "0.0", "中国",
    "13800138000", "+86 138-0013-8000", "（010）6552 9988", "001 212 736 5000", "tel:138 0013 8000", "12345",
    "Li.Lei@X.CN ", "mailto:a@b.com", "a@b", "ａ＠ｂ.ｃｏｍ", "王  芳", "ＷＡＮＧ　Fang", "欧阳·娜娜",
    "廣東省", "广东", "GD", "44", "guangdong", "广州市", "Guangzhou", "廣州", "内蒙古自治区", "延边朝鲜族自治州",
    "United States", "CN", "火星", "广东省深圳市南山区科技园路1号", "腾讯科技（深圳）有限公司",
    "91440300708461136T", "采购经理", "11010519491231002X", "110105194912310021", "110105 19491231 002x", "好评😀👍🏽",
    "3 件", "两斤",
    "1,234.50", "¥1,050.5", "１２．５", "1.2万", "3亿", "12%", "(5)", "5-", "-0.005", "1.005", "2.675", "1e3",
    "ten", "-7", "0012", "123456789012345.5", "99999999999999999", "2026-01-31", "2026/1/5", "20260131", "31.01.2026",
    "2026年1月31日", "1/31/2026", "2026-02-30", "1900-01-01", "1900/1/1", "2026-01-31 23:59:59", "2026-03-08 02:30:00",
    "2025-11-02 01:30:00", "2026-01-31T08:00:00Z", "2026-01-31 08:00:00.123456", "2026-01-31T08:00:00+05:30",
    "1767225600", "1767225600000", "20260131080000", "2026年1月31日 下午3点05分", "２０２６－０１－３１",
    "\u200b张三\ufeff", "\u00a0x\u00a0",
)  # fmt: skip

ROWS = 240

COLUMNS: dict[str, tuple[pa.DataType, tuple[Any, ...]]] = {
    "i": (pa.int64(), _INTEGERS),
    "j": (pa.int64(), _INTEGERS),
    "x": (pa.float64(), _NUMBERS),
    "y": (pa.float64(), _NUMBERS),
    "m": (pa.decimal128(18, 2), tuple(None if text is None else Decimal(text) for text in _MONEY)),
    "n": (pa.decimal128(18, 2), tuple(None if text is None else Decimal(text) for text in _MONEY)),
    "s": (pa.string(), _TEXTS),
    "t": (pa.string(), _TEXTS),
    "b": (pa.bool_(), (None, True, False)),
    "c": (pa.bool_(), (None, True, False)),
    "d": (pa.date32(), _DATES),
    "e": (pa.date32(), _DATES),
    "u": (pa.timestamp("us", "UTC"), _MOMENTS),
    "v": (pa.timestamp("us", "UTC"), _MOMENTS),
    "raw": (pa.string(), _RAW),
    "customer_id": (pa.string(), tuple(f"c_{number:03}" for number in range(ROWS))),
    "segment:vip": (pa.bool_(), (None, True, False, True)),
}


def rows() -> pa.Table:
    """Rows that hold every literal of each column, in ever new company."""
    chance = random.Random(20260301)
    columns: dict[str, Any] = {"row": pa.array(range(ROWS), pa.int64())}
    for name, (kind, pool) in COLUMNS.items():
        values = [value for _ in range(math.ceil(ROWS / len(pool))) for value in chance.sample(pool, len(pool))]
        columns[name] = pa.array(values[:ROWS], kind)
    return pa.table(columns)


EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "add": ("m + n", "x + i", "m + j", "m + x"),
    "subtract": ("m - n", "x - y", "i - m"),
    "multiply": ("m * 3", "m * n", "x * y", "i * x"),
    "divide": ("m / n", "x / y", "i / j", "m / 3"),
    "modulo": ("i % 7", "i % j", "i % -3", "m % 7"),
    "negate": ("-i", "-x", "-m"),
    "equals": ("i = j", "s = t", "d = e", "u = v", "b = c", "u = d", "m = x"),
    "not_equals": ("i <> j", "s <> t"),
    "less": ("x < y", "s < t", "d < e", "u < '2026-03-08'"),
    "less_equal": ("i <= j", "u <= v", "s <= t"),
    "greater": ("m > n", "u > d", "d > '2026-02-28'"),
    "greater_equal": ("m >= 12.5", "u >= '2026-03-01'", "u >= '2026-02-28T23:30:00'"),
    "between": ("i between -1 and 7", "d between '2000-01-01' and '2026-02-28'", "s between 'a' and '王'"),
    "and": ("b and c", "b and i > 0"),
    "or": ("b or c", "b or s = 'a'"),
    "not": ("not b", "not (x > 0)"),
    "is_null": ("x is null", "s is not null", "u is null", "b is null"),
    "concatenate": ("s || t", "s || '-' || t"),
    "like": ("s like 'a%'", "s like '%_b%'", "s like '100%'", "s like '%\\c'", "s like t"),
    "ilike": ("s ilike 'AB%'", "s ilike 'éc%'"),
    "in": ("s in ('a', '王芳')", "i in (0, 7)", "i in (j, 1)", "m in (12.5, 1)", "d in ('2000-02-29')"),
    "case": ("case when x > 0 then 'up' when x < 0 then 'down' end", "case when b then m else 0 end"),
    "coalesce": ("coalesce(x, y, 0)", "coalesce(s, t)", "coalesce(m, 0)", "coalesce(u, v)"),
    "nullif": ("nullif(i, 0)", "nullif(s, '')", "nullif(m, 12.5)"),
    "abs": ("abs(i)", "abs(x)", "abs(m)"),
    "round": ("round(x)", "round(x, 2)", "round(x * 100, 1)", "round(m / 3, 2)", "round(m)", "round(i)"),
    "floor": ("floor(x)", "floor(m)", "floor(i / 3)"),
    "ceil": ("ceil(x)", "ceil(m)"),
    "ln": ("ln(x)", "ln(m)"),
    "sqrt": ("sqrt(x)", "sqrt(i)"),
    "exp": ("exp(x / 1e17)", "exp(-i / 1e13)"),
    "power": ("power(x, 2)", "power(i, 0.5)"),
    "least": ("least(x, y)", "least(m, 5)", "least(i, j, 3)"),
    "greatest": ("greatest(x, 0)", "greatest(m, n)", "greatest(i, j, 3)"),
    "lower": ("lower(s)",),
    "upper": ("upper(s)",),
    "length": ("length(s)",),
    "contains": ("contains(s, '中')", "contains(s, t)", "contains(s, '')"),
    "starts_with": ("starts_with(s, 'a')", "starts_with(s, t)"),
    "ends_with": ("ends_with(s, 'b')", "ends_with(s, '%')"),
    "replace": ("replace(s, 'a', 'xx')", "replace(s, '.', '')", "replace(s, '$', '\\')", "replace(s, '', 'x')"),
    "substring": ("substring(s, 2)", "substring(s, 1, 2)", "substring(s, 3, 1)", "substring(raw, 5, 2)"),
    "split_part": ("split_part(s, '|', 1)", "split_part(s, '.', 2)", "split_part(s, ',', 2)", "split_part(s, 'a', 9)"),
    "extract": (
        "extract(s, '[0-9]+')", "extract(s, '(T)-([0-9])', 2)", "extract(s, 'b$')", "extract(s, '^.')",
        "extract(s, '(?i)[a-c]+')", "extract(s, '[\\[&]+')", "extract(s, '[[:alpha:]]+')", "extract(s, '\\p{Han}+')",
        "extract(s, 'a.b')", "extract(s, '\\s')", "extract(s, '(?P<first>a)')",
        "extract(raw, '[a-z]+\\b.?')", "extract(raw, '\\B[0-9]')", "extract(raw, '[[:^ascii:]]+')",
    ),
    "text": ("text(i)", "text(x)", "text(m)", "text(d)", "text(u)", "text(b)", "text(s)"),
    "concat": ("concat(s, t)", "concat(s, '/', text(i))"),
    "year": ("year(d)", "year(u)"),
    "month": ("month(d)", "month(u)"),
    "day": ("day(d)", "day(u)"),
    "hour": ("hour(u)",),
    "weekday": ("weekday(d)", "weekday(u)"),
    "days_since": ("days_since(d)", "days_since(u)"),
    "months_since": ("months_since(d)", "months_since(u)"),
    "years_since": ("years_since(d)", "years_since(u)"),
    "days_to_anniversary": ("days_to_anniversary(d)", "days_to_anniversary(u)"),
    "days_between": ("days_between(d, e)", "days_between(u, v)", "days_between(d, u)"),
    "minutes_between": ("minutes_between(u, v)",),
    "trim": ("trim(s)",),
    "width": ("width(s)",),
    "name": ("name(s)",),
    "gender": ("gender(i)", "gender(x)"),
    "number": ("number(i)", "number(m)", "number(b)"),
    "money": ("money(x / 1e3)", "money(i)"),
    "boolean": ("boolean(i)",),
    "moment": ("moment(d)", "moment(i * 1767225)", "moment(x)"),
    "date": ("date(u)", "date(d)", "date(i)"),
    "in_segment": ("in_segment('vip')", "not in_segment('vip') and x > 0"),
    "percentile": ("percentile(x)", "percentile(m) >= 90", "percentile(i, 'vip')"),
    "top_percent": ("top_percent(x, 10)", "top_percent(m, 2.5)", "top_percent(i, 50, 'vip')"),
    "bucket": ("bucket('spring', 10)", "bucket('春', 3)"),
}  # fmt: skip
CLEANED = tuple(row.name for row in functions().values() if row.group == "cleaning" or row.name == "date")
EXPRESSIONS |= {name: (f"{name}(raw)", *EXPRESSIONS.get(name, ())) for name in CLEANED}
"""Function → expressions that use it, for every function that is computed per row or compares rows."""


def compiled(table: Any, text: str, zone: str) -> Any:
    """The Ibis value of an expression over a table of these columns."""
    types = {name: of_ibis(dtype) for name, dtype in table.schema().items()}
    return compile_expression(text, Scope(types, segments=frozenset({"vip"}))).ibis(table, AS_OF[zone])


def types() -> dict[str, Type]:
    """The types of the columns."""
    import ibis

    schema = ibis.schema(pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()]))
    return {name: of_ibis(dtype) for name, dtype in schema.items()}


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal; floating numbers up to the last digits, in which systems' libraries differ."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other


def differences(one: list[Any], other: list[Any]) -> list[tuple[int, Any, Any]]:
    """The rows in which two columns differ."""
    pairs = zip(one, other, strict=True)
    return [(row, left, right) for row, (left, right) in enumerate(pairs) if not same(left, right)]
