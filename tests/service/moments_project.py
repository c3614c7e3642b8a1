"""A project whose identity never changes and whose facts come in late: what builds at past moments are compared on."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

AS_OF = "2026-06-01"

TAGS = """dimensions:
  d: {label: {en: D, zh: 维}, categories: {c: {label: {en: C, zh: 类}}}}
tags:
  orders: {dimension: d, category: c, table: orders, where: paid, value: count(), default: 0}
  spend: {dimension: d, category: c, table: orders, where: paid, value: sum(amount), default: 0}
  spend_30d: {dimension: d, category: c, table: orders, where: paid, window: 30d, value: sum(amount), default: 0}
  spend_12h: {dimension: d, category: c, table: orders, window: 12h, value: sum(amount)}
  before: {dimension: d, category: c, table: orders, window: {from: 90d, to: 30d}, value: count(), default: 0}
  trend: {dimension: d, category: c, table: orders, value: "trend(sum(amount), 7d, 60d)"}
  channels: {dimension: d, category: c, table: orders, value: "top_list(channel, 2)"}
  favourite: {dimension: d, category: c, table: orders, value: top(channel)}
  streak: {dimension: d, category: c, table: orders, value: current_streak('month'), default: 0}
  days: {dimension: d, category: c, table: orders, value: days_since(max(occurred_at))}
  rhythm: {dimension: d, category: c, table: orders, value: typical_interval()}
  fresh: {dimension: d, category: c, table: orders, where: days_since(occurred_at) <= 9, value: count(), default: 0}
  night: {dimension: d, category: c, table: orders, value: share(hour(occurred_at) < 6)}
  lasting: {dimension: d, category: c, table: orders, value: sum(amount), ttl: 20d, default: 0}
  briefly: {dimension: d, category: c, table: orders, where: paid, value: "last(channel)", ttl: 36h}
  home: {dimension: d, category: c, attribute: city}
  birthday: {dimension: d, category: c, attribute: birthday}
  age: {dimension: d, category: c, expression: years_since(birthday)}
  next_birthday: {dimension: d, category: c, expression: days_to_anniversary(birthday)}
  months: {dimension: d, category: c, expression: months_since(last_order)}
  last_order: {dimension: d, category: c, table: orders, value: max(occurred_at)}
  lately: {dimension: d, category: c, expression: last_order >= '2026-03-01'}
  kind:
    dimension: d
    category: c
    cases: [{when: orders = 0, then: looker}, {when: spend > 200, then: big}]
    otherwise: small
  fifth: {dimension: d, category: c, bins: {of: spend, quantiles: 5}}
  rank: {dimension: d, category: c, bins: {of: days, quantiles: 3, descending: true, where: orders > 0}}
  town: {dimension: d, category: c, bins: {of: home, top: 2}}
  band: {dimension: d, category: c, bins: {of: spend, breaks: [50, 200]}}
  champion: {dimension: d, category: c, expression: fifth = 5 and kind = 'big'}
  largest:
    dimension: d
    category: c
    type: money
    sql: >-
      with mine as (select o.customer_id, amount from orders o where occurred_at >= as_of - interval 40 day)
      select customer_id, max(amount) as value from mine group by 1
  advisor:
    {dimension: d, category: c, file: data/list.csv, key: phone, identifier: phone, column: advisor, type: text}
"""

SOURCES = """sources:
  crm:
    path: data/crm.csv
    key: id
    feeds:
      - table: records
        identifiers: {phone: phone}
        columns: {recorded_at: updated, birthday: birthday, city: city}
  orders:
    path: data/orders.csv
    key: id
    feeds:
      - table: orders
        identifiers: {phone: phone}
        columns:
          order_id: id
          occurred_at: placed
          received_at: received
          status: status
          amount: amount
          channel: channel
"""


def write_project(folder: Path, zone: str = "America/New_York", customers: int = 60, seed: int = 1) -> Path:
    """Records whose city changes, orders around the clock change of March, one in six known only days later."""
    draw = random.Random(seed)
    start = datetime(2026, 1, 1)
    crm, orders = ["id,phone,birthday,city,updated"], ["id,phone,placed,received,status,amount,channel"]
    for number in range(customers):
        phone = f"139{number:08d}"
        birthday = f"{draw.randint(1950, 2005)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        born = "2000-02-29" if number == 3 else birthday
        # The last tenth has orders only: nobody knows them before the first one.
        for copy in range(draw.randint(1, 3) if number < customers * 0.9 else 0):
            updated = start + timedelta(hours=draw.randint(0, 3600))
            crm.append(f"{number}_{copy},{phone},{born},{draw.choice(['北京', '上海', '广州', '成都'])},{updated}")
        for order in range(draw.randint(0, 12)):
            placed = start + timedelta(minutes=draw.randint(0, 3600 * 60))
            delay = timedelta(hours=draw.randint(1, 400)) if draw.random() < 0.17 else timedelta(0)
            known = (placed + delay).replace(tzinfo=ZoneInfo(zone)).isoformat() if delay else ""
            status = draw.choice(["paid", "paid", "cancelled"])
            amount = draw.randint(100, 20000) / 100
            orders.append(f"{number}-{order},{phone},{placed},{known},{status},{amount},{draw.choice('abc')}")
    texts = {
        "huaxiang.yml": f"name: past\ntime_zone: {zone}\nas_of: {AS_OF}\nkeep_snapshots: 50\nminimum_group: 1\n",
        "sources/all.yml": SOURCES,
        "tags/own.yml": TAGS,
        "data/crm.csv": "\n".join(crm) + "\n",
        "data/orders.csv": "\n".join(orders) + "\n",
        "data/list.csv": "phone,advisor\n13900000001,Lin\n",
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
