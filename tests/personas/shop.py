"""A build of 100 customers with figures that can be worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from huaxiang.core.moments import Moment

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
CUSTOMERS = 100

# Customers 0–19 are the fans: 15 of them buy toys, and 10 of the other 80 do.
FANS = range(20)


def profiles(customers: int = CUSTOMERS) -> pa.Table:
    numbers = range(customers)
    columns: dict[str, tuple[Any, list[Any]]] = {
        "customer_id": (pa.string(), [f"c{n:04d}" for n in numbers]),
        "customer_no": (pa.int64(), list(numbers)),
        "category": (pa.string(), [_category(n) for n in numbers]),
        "is_member": (pa.bool_(), [n < 30 for n in numbers]),
        "spend_total": (pa.decimal128(18, 2), [Decimal(300 if n < 20 else 50) + n % 2 for n in numbers]),
        "score": (pa.int64(), [5 if n < 20 else n % 4 + 1 for n in numbers]),
        "age": (pa.int64(), [None if n % 10 == 9 else 20 + n % 50 for n in numbers]),
        "last_order": (pa.date32(), [date(2026, 6, 30) - timedelta(days=n + 1) for n in numbers]),
        "last_seen": (pa.timestamp("us", "UTC"), [datetime(2026, 6, 29, 17, tzinfo=UTC) for _ in numbers]),
        "interests": (pa.list_(pa.string()), [["toys", "toys", "books"] if n < 40 else ["books"] for n in numbers]),
        "nothing": (pa.string(), [None for _ in numbers]),
        "mail": (pa.string(), [f"{n}@example.com" for n in numbers]),
        "health": (pa.string(), ["fine" for _ in numbers]),
        "constant": (pa.float64(), [1.5 for _ in numbers]),
    }
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


def _category(n: int) -> str:
    if n in FANS:
        return "toys" if n < 15 else "food"
    return "toys" if n < 30 else "food" if n < 70 else "books"


def tag(name: str, type_: str, en: str, zh: str, **more: Any) -> dict[str, Any]:
    row = {
        "name": name, "type": type_, "label_en": en, "label_zh": zh, "dimension": "value", "category": name,
        "privacy": "L2", "unit": "", "coverage": 1.0, "distinct": 2, "definition": "{}", "values": "{}",
    }  # fmt: skip
    return row | more


TOYS = json.dumps({"toys": {"en": "Toys", "zh": "玩具"}, "food": {"en": "Food", "zh": "食品"}}, ensure_ascii=False)
TAGS = [
    tag("category", "text", "Favourite category", "最爱品类", distinct=3, values=TOYS, dimension="interest"),
    tag("is_member", "boolean", "Member", "会员"),
    tag("spend_total", "money", "Total spend", "累计消费", unit="currency", distinct=4),
    tag("score", "integer", "Score", "评分", distinct=5, definition='{"bins": {"of": "spend_total", "quantiles": 5}}'),
    tag("age", "integer", "Age", "年龄", unit="years", distinct=45, coverage=0.9),
    tag("last_order", "date", "Last order", "最近下单日", distinct=100),
    tag("last_seen", "moment", "Last seen", "最近到访", distinct=1),
    tag("interests", "list", "Interests", "兴趣", distinct=2, dimension="interest"),
    tag("nothing", "text", "Nothing", "空标签", coverage=0.0, distinct=0),
    tag("mail", "text", "Mail", "邮箱", distinct=100),
    tag("health", "text", "Health", "健康状况", privacy="L4", distinct=1),
    tag("constant", "number", "Constant", "常数", distinct=1),
]

SEGMENTS: dict[str, tuple[range, str, str, str]] = {
    "fans": (FANS, "Toy fans", "玩具迷", "is_toy_fan"),
    "rich": (range(20), "Big spenders", "高消费客户", "score = 5"),
    "recent": (range(25), "Recent buyers", "近期下单客户", "last_order >= date '2026-06-05'"),
    "half": (range(10, 60), "Half", "一半客户", "true"),
    "nobody": (range(0), "Nobody", "空群", "false"),
    "few": (range(5), "A few", "少数客户", "true"),
    "one": (range(1), "One", "一个人", "true"),
    "all": (range(CUSTOMERS), "All of them", "所有人", "true"),
}


def build(engine: Any) -> None:
    """Write the tables that personas read."""
    table = profiles()
    engine.create("profiles", table, step="test")
    engine.create("tag_catalog", pa.Table.from_pylist(TAGS), step="test")
    members = [(name, n) for name, (numbers, *_) in SEGMENTS.items() for n in numbers]
    content = {
        "segment": [name for name, _ in members],
        "customer_id": [f"c{n:04d}" for _, n in members],
        "customer_no": [n for _, n in members],
    }
    engine.create("segments", pa.table(content), step="test")
    catalog = [
        {
            "name": name,
            "label_en": en,
            "label_zh": zh,
            "action_en": "Invite them",
            "action_zh": "邀请参加",
            "rule": rule,
        }
        for name, (_, en, zh, rule) in SEGMENTS.items()
    ]
    engine.create("segment_catalog", pa.Table.from_pylist(catalog), step="test")
