"""What expressions are worth: small tables with the arithmetic beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.types import of_ibis
from huaxiang.expressions import Scope, compile_expression
from huaxiang.store.engine import DuckEngine

ZONE = "Asia/Shanghai"
AS_OF = Moment.parse("2026-03-01", ZONE)


@pytest.fixture(scope="module")
def value():
    with DuckEngine.open(zone=ZONE) as engine:
        rows = pa.table(
            {
                "amount": pa.array([Decimal("12.50")], pa.decimal128(18, 2)),
                "nothing": pa.array([None], pa.float64()),
                "zero": pa.array([0], pa.int64()),
                "text": ["Ab 中"],
                # 23:30 on 28 February in Shanghai is 15:30 in UTC.
                "late": pa.array([datetime(2026, 2, 28, 15, 30, tzinfo=UTC)], pa.timestamp("us", "UTC")),
                "birthday": pa.array([date(2000, 3, 2)]),
                "leap": pa.array([date(2024, 2, 29)]),
            }
        )
        table = engine.create("t", rows, step="t")
        scope = Scope({name: of_ibis(type_) for name, type_ in table.schema().items()})

        def evaluate(text: str):
            result = table.select(x=compile_expression(text, scope).ibis(table, AS_OF))
            return engine.rows(result, step=text)[0]["x"]

        yield evaluate


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount * 2", Decimal("25.00")),
        ("amount / zero", None),
        ("amount / 5", 2.5),
        ("nothing + 1", None),
        ("nothing > 1", None),
        ("nothing is null", True),
        ("nothing is not null", False),
        ("coalesce(nothing, 7)", 7.0),
        ("amount between 12.5 and 13", True),
        ("zero in (0, 1)", True),
        ("lower(text)", "ab 中"),
        ("length(text)", 4),
        ("substring(text, 4, 1)", "中"),
        ("split_part(text, ' ', 2)", "中"),
        ("text like 'A%'", True),
        ("contains(text, '中')", True),
        ("hour(late)", 23),
        ("date(late)", date(2026, 2, 28)),
        ("weekday(late)", 6),  # a Saturday
        ("days_since(late)", 1),
        ("years_since(birthday)", 25),  # 26 only tomorrow
        ("months_since(birthday)", 311),
        ("years_since(leap)", 2),
        ("days_between(birthday, leap)", 8764),
        ("days_to_anniversary(birthday)", 1),
        ("days_to_anniversary(leap)", 364),  # 28 February 2027
        ("days_to_anniversary(late)", 364),
        ("text(zero)", "0"),
        ("text(amount)", "12.50"),
        ("late >= '2026-02-28'", True),
        ("late < '2026-02-28T23:31:00'", True),
        ("date(late) = '2026-02-28'", True),
        ("ln(zero)", None),
        ("ln(1)", 0.0),
        ("round(amount / 3, 2)", 4.17),
        ("floor(amount)", 12),
        ("case when zero = 1 then 'one' end", None),
        ("greatest(zero, 3)", 3),
        ("extract(text, '[a-z]')", "b"),
        ("extract(text, '[0-9]')", None),
    ],
)
def test_the_value_of(text, expected, value):
    assert value(text) == expected
