"""The tiny project with two live sources: an app that sends events, and tills that send orders, lines and products."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tiny import CRM, ORDERS, SOURCES, write_tiny

LIVE_SOURCES = (
    SOURCES
    + """  app:
    live: true
    key: message_id
    feeds:
      - table: events
        where: type = 'track'
        identifiers: {phone: user_phone, email: user_email}
        columns:
          event_id: message_id
          occurred_at: timestamp
          received_at: received_at
          name: event
          channel: context_channel
          product_id: properties_product_id
          value: properties_value
  tills:
    live: true
    key: id
    feeds:
      - table: orders
        where: kind = 'order'
        duplicates: {by: [order_id], keep: last, order: version}
        identifiers: {phone: phone}
        columns:
          order_id: order_no
          occurred_at: at
          received_at: received_at
          status: status
          amount: {value: amount, clean: [money]}
          channel: "'store'"
      - table: order_lines
        where: kind = 'line'
        columns: {order_id: order_no, received_at: received_at, product_id: product, quantity: quantity, amount: amount}
      - table: products
        where: kind = 'product'
        columns: {product_id: product, product_name: label, category: category}
"""
)

LIVE_TAGS = """dimensions:
  own:
    label: {en: Own, zh: 自有}
    categories: {all: {label: {en: All, zh: 全部}}}
tags:
  orders_ever: {dimension: own, category: all, table: orders, where: paid, value: count(), default: 0}
  spend_ever: {dimension: own, category: all, table: orders, where: paid, value: sum(amount), default: 0}
  spend_3d: {dimension: own, category: all, table: orders, where: paid, window: 3d, value: sum(amount), default: 0}
  spend_2d_before:
    {dimension: own, category: all, table: orders, where: paid, window: {from: 4d, to: 2d}, value: sum(amount)}
  last_status: {dimension: own, category: all, table: orders, value: last(status)}
  last_amount: {dimension: own, category: all, table: orders, value: last(amount)}
  first_amount: {dimension: own, category: all, table: orders, value: first(amount)}
  mean_amount: {dimension: own, category: all, table: orders, where: paid, value: sum(amount) / count()}
  middle_amount: {dimension: own, category: all, table: orders, value: median(amount)}
  days_since_order: {dimension: own, category: all, table: orders, value: days_since(last(occurred_at))}
  recent_big:
    {dimension: own, category: all, table: orders, where: days_since(occurred_at) < 3 and amount > 50, value: count()}
  best_category:
    {dimension: own, category: all, table: order_lines, where: paid, value: "top(category, by => sum(amount))"}
  best_products: {dimension: own, category: all, table: order_lines, value: "top_list(product_name, 3)"}
  pieces: {dimension: own, category: all, table: order_lines, where: paid, value: sum(quantity)}
  views: {dimension: own, category: all, table: events, where: name = 'Product Viewed', value: count(), default: 0}
  view_days: {dimension: own, category: all, table: events, value: active_days()}
  seen: {dimension: own, category: all, table: events, value: distinct(product_id)}
  seen_category: {dimension: own, category: all, table: events, value: last(category)}
  hour_share: {dimension: own, category: all, table: events, value: share(hour(occurred_at) < 12)}
  streak: {dimension: own, category: all, table: events, value: current_streak('day')}
  worth: {dimension: own, category: all, table: events, window: 48h, value: avg(value)}
  sex: {dimension: own, category: all, attribute: gender}
  years: {dimension: own, category: all, expression: years_since(birthday)}
  birthday: {dimension: own, category: all, attribute: birthday}
  kind:
    dimension: own
    category: all
    cases: [{when: orders_ever = 0, then: looker}, {when: spend_ever >= 1000, then: big}]
    otherwise: small
  ratio: {dimension: own, category: all, expression: spend_3d / spend_ever}
  class: {dimension: own, category: all, bins: {of: spend_ever, breaks: [100, 1000]}}
  keen: {dimension: own, category: all, cases: [{when: "class = '<100' and views > 1", then: true}], otherwise: false}
  half: {dimension: own, category: all, bins: {of: spend_ever, quantiles: 2}}
  typical: {dimension: own, category: all, bins: {of: best_category, top: 2}}
"""

COMPARING = {"half", "typical"}
"""Tags of the project that compare a customer with everybody else."""

BUILT = datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=8)
"""The moment of the first build, 2026-03-01 in Shanghai."""

PHONES = ("13900000001", "139 0000 0002", "13900000099", "13900000005", "13911111111")
"""Two customers, one of them twice, a guest, and somebody nobody knows."""


def write_live(folder: Path) -> Path:
    """Write the project into `folder`. Its files hold nothing from the first build's moment on."""
    crm, orders = _without(CRM, "9,"), _without(ORDERS, "A9,")
    return write_tiny(folder, sources=LIVE_SOURCES, tags=LIVE_TAGS, crm=crm, orders=orders)


def _without(text: str, beginning: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(beginning))


def messages(seed: int, number: int, received: tuple[datetime, datetime]) -> tuple[list[Any], list[Any]]:
    """Random messages of the app and of the tills that arrived within `received`: late, early, again and torn ones."""
    chance = random.Random(seed)
    app = [_event(chance, f"a{seed}-{i}", _moment(chance, *received)) for i in range(number)]
    tills = [each for i in range(number) for each in _till(chance, f"t{seed}-{i}", _moment(chance, *received))]
    # Sent again with another moment: the first one stands.
    app += [{**chance.choice(app), "timestamp": received[0].isoformat()} for _ in range(number // 5)]
    return app, tills


def _event(chance: random.Random, key: str, received: datetime) -> dict[str, Any]:
    who = {"userPhone": chance.choice(PHONES)} if chance.random() < 0.7 else {"user": {"email": " LiLei@x.cn"}}
    return {
        "messageId": key,
        "type": chance.choice(["track", "track", "track", "page"]),
        "timestamp": _happened(chance, received),
        "received_at": received.isoformat(),
        "event": chance.choice(["Product Viewed", "Product Viewed", "Products Searched"]),
        "context": {"channel": chance.choice(["app", None])},
        "properties": {
            "productId": chance.choice(["p1", "p2", "p7", None]),
            "value": chance.choice([1, 2.5, None, "x"]),
        },
        **who,
    }


def _till(chance: random.Random, key: str, received: datetime) -> Iterator[dict[str, Any]]:
    order = f"N{chance.randrange(8)}" if chance.random() < 0.7 else chance.choice(["A1", "A3", "A4"])
    stamped = {"received_at": received.isoformat(), "order_no": order}
    kind = chance.choice(["order", "order", "line", "line", "line", "product"])
    match kind:
        case "order":
            yield {
                **stamped,
                "id": key,
                "kind": kind,
                # An order never changes hands.
                "phone": {"A1": PHONES[0], "A3": PHONES[1], "A4": PHONES[2]}.get(order, PHONES[int(order[1:]) % 5]),
                "at": _happened(chance, received),
                "status": chance.choice(["placed", "paid", "cancelled", None]),
                "amount": chance.choice(["¥120.50", "80", 1200, "ten"]),
                "version": chance.choice([1, 2, 3, None]),
            }
        case "line":
            for part in range(chance.choice([1, 2])):
                yield {
                    **stamped,
                    "id": f"{key}-{part}",
                    "kind": kind,
                    "product": chance.choice(["p1", "p2", "p3", "p7"]),
                    "quantity": chance.randrange(1, 4),
                    "amount": chance.choice([10, 25.5, 400]),
                }
        case _:
            yield {
                "id": key,
                "kind": kind,
                "product": "p7",
                "label": "蓝莓",
                "category": chance.choice(["生鲜", "零食"]),
            }


def _moment(chance: random.Random, first: datetime, last: datetime) -> datetime:
    return first + timedelta(seconds=chance.randrange(int((last - first).total_seconds())))


def _happened(chance: random.Random, received: datetime) -> str | None:
    """Shortly before it was received; sometimes long before, sometimes after it, sometimes no moment at all."""
    days = chance.choice([0, 0, 0, 0.5, 1, 2, 5, 40, -1, -10])
    happened = received - timedelta(days=days, seconds=chance.randrange(3600))
    return chance.choice(
        [happened.isoformat(), f"{happened + timedelta(hours=8):%Y-%m-%d %H:%M:%S}", "soon"][:2] * 8 + [None]
    )
