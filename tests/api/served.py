"""A small shop that is served: sixty people whose phones, names, addresses and incomes nobody may see in clear."""

from __future__ import annotations

from pathlib import Path

PEOPLE = 60
FEW = 5
"""`minimum_group` of the shop."""

PHONES = [f"139{7000000 + n * 7919:08d}" for n in range(PEOPLE)]
NAMES = [f"密名{chr(0x4E00 + 97 * n)}" for n in range(PEOPLE)]
MAILS = [f"planted{n:02d}x@secret.example" for n in range(PEOPLE)]
ADDRESSES = [f"暗号路{n:02d}弄{n * 31 % 89}号" for n in range(PEOPLE)]
INCOMES = [f"incomeband{n % 4}" for n in range(PEOPLE)]
JOBS = [f"craft{n % 6}worker" for n in range(PEOPLE)]

PLANTED = [*PHONES, *NAMES, *MAILS, *ADDRESSES, *sorted(set(INCOMES)), "MEMBER00"]
"""Values of the class L4, and those of L3 that are one person's; none is part of another text of the shop."""

PROJECT = f"""name: served
label: {{en: Served, zh: 服务}}
time_zone: Asia/Shanghai
currency: CNY
minimum_group: {FEW}
as_of: 2026-03-01
"""

SOURCES = """sources:
  crm:
    path: data/crm.csv
    key: member
    feeds:
      - table: records
        identifiers: {member_no: member, phone: mobile, email: mail}
        columns:
          recorded_at: updated
          name: name
          gender: {value: sex, clean: [gender]}
          address: address
          income_band: income
          occupation: job
  till:
    path: data/till.csv
    key: row
    feeds:
      - table: records
        identifiers: {phone: mobile}
        columns: {recorded_at: updated, name: name, occupation: job}
  orders:
    path: data/orders.csv
    key: order_no
    feeds:
      - table: orders
        identifiers: {phone: phone}
        columns: {order_id: order_no, occurred_at: placed_at, status: status, amount: {value: amount, clean: [money]}}
  app:
    live: true
    key: message_id
    feeds:
      - table: events
        where: type = 'track'
        identifiers: {phone: user_id}
        columns:
          {event_id: message_id, occurred_at: timestamp, received_at: received_at, name: event,
           product_id: properties_product_id}
"""

TAGS = """# Written by hand: these words stay.
dimensions:
  own:
    label: {en: Own, zh: 自有}
    categories: {all: {label: {en: All, zh: 全部}}}
tags:
  orders_ever: {dimension: own, category: all, table: orders, where: paid, value: count(), default: 0}
  spend_ever: {dimension: own, category: all, table: orders, where: paid, value: sum(amount), default: 0}  # money
  sex: {dimension: own, category: all, attribute: gender, privacy: L3}
  job: {dimension: own, category: all, attribute: occupation, privacy: L3}
  called: {dimension: own, category: all, attribute: name, privacy: L3}
  home: {dimension: own, category: all, attribute: address, privacy: L4}
  income: {dimension: own, category: all, attribute: income_band, privacy: L4}
  kind:
    dimension: own
    category: all
    cases: [{when: orders_ever = 0, then: looker}, {when: spend_ever >= 100, then: big}]
    otherwise: small
  top:
    dimension: own
    category: all
    cases: [{when: spend_ever >= 570, then: few}]
    otherwise: rest
  viewed: {dimension: own, category: all, table: events, value: count(), default: 0}
"""

SEGMENTS = """segments:
  buyers: {label: {en: Buyers, zh: 买家}, where: orders_ever > 0}
  big: {label: {en: Big, zh: 大客户}, where: kind = 'big'}
  tiny: {label: {en: Tiny, zh: 少数}, where: spend_ever >= 580}
  women: {label: {en: Women, zh: 女性}, where: sex = 'female'}
  low_income: {label: {en: Low income, zh: 低收入}, where: income like '%0'}
  lowest: {label: {en: Of low income, zh: 低收入者}, where: in_segment('low_income') and orders_ever >= 0}
"""

PERSONAS = """personas:
  buyers: {label: {en: Buyers, zh: 买家}, segment: buyers}
"""


def write_shop(folder: Path) -> Path:
    """Write the project into `folder`: customer n has n // 2 orders worth 10 n in all; the last one was mistyped."""
    crm = ["member,name,sex,mobile,mail,address,income,job,updated"]
    till = ["row,name,mobile,job,updated"]
    orders = ["order_no,phone,placed_at,status,amount"]
    for n in range(PEOPLE):
        sex = "女" if n % 3 else "男"
        crm.append(
            f"MEMBER00{n:02d},{NAMES[n]},{sex},{PHONES[n]},{MAILS[n]},{ADDRESSES[n]},{INCOMES[n]},{JOBS[n]},2025-02-01"
        )
        if n % 10 == 0:
            till.append(f"t{n},{NAMES[n]},{PHONES[n]},{JOBS[(n + 1) % PEOPLE]},2025-01-01")
        if n % 2:
            orders.append(f"O{n},{PHONES[n]},2025-06-{n % 28 + 1:02d} 12:00:00,paid,{10 * n}")
    orders.append(f"O99,{PHONES[0]},not a day,paid,10")
    texts = {
        "huaxiang.yml": PROJECT,
        "sources/all.yml": SOURCES,
        "tags/own.yml": TAGS,
        "segments/all.yml": SEGMENTS,
        "personas/all.yml": PERSONAS,
        "data/crm.csv": "\n".join(crm) + "\n",
        "data/till.csv": "\n".join(till) + "\n",
        "data/orders.csv": "\n".join(orders) + "\n",
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
