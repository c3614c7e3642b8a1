"""A project of eight people, small enough that every figure of its build can be worked out by hand.

The people, and what a build at AS_OF must find out about them:

    wang    CRM 1 and 8 (one phone in two spellings), orders A1, A2, return R1
    li      CRM 2 and 3 (one mail address), order A3 by phone 2 and A4 by the phone of CRM 3
    zhao    CRM 4, a mail address and no order
    sun     CRM 5, only the junk phone
    qian    CRM 6, only the junk phone: not sun
    guest   no record; order A5 names a phone
    nobody  CRM 7 without a key goes to quarantine, and so does order A6, which names nobody
    late    CRM 9 was recorded after AS_OF, and order A9 happened then
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

AS_OF = "2026-03-01"
ZONE = "Asia/Shanghai"

CRM = """crm_id,name,sex,birthday,mobile,mail,province,city,updated
1,王芳,女,1990-05-01,13900000001,wang@x.cn,浙江,杭州,2025-01-05 10:00:00
2,李雷,男,1985-12-31,139 0000 0002,lilei@x.cn,广东省,深圳市,2025-02-01 09:00:00
3,李磊,男,,13900000099,LiLei@X.cn ,广东,深圳,2025-03-01 09:00:00
4,赵敏,女,2000-02-29,,zhao@x.cn,北京,北京,2025-04-01 09:00:00
5,孙一,,,13800138000,,,,2025-05-01 09:00:00
6,钱二,,,13800138000,,,,2025-05-01 09:00:00
,周三,男,,13900000007,,,,2025-05-01 09:00:00
8,王方,女,,+86 139-0000-0001,,浙江,杭州,2024-12-01 09:00:00
9,吴晚,男,,13900000002,wang@x.cn,上海,上海,2026-03-01 00:00:00
"""

ORDERS = """order_no,phone,placed_at,status,amount,discount,channel
A1,13900000001,2025-06-01 12:00:00,paid,100.00,0,app
A2,13900000001,2026-02-28 23:59:59,paid,"¥1,050.50",50,store
R1,13900000001,2026-02-28 23:59:59,returned,100.00,,store
A3,13900000002,2025-12-01 00:00:00,completed,80.00,,app
A4,13900000099,2026-02-01 08:00:00,shipped,20.00,5,app
A4c,13900000099,2026-02-02 08:00:00,cancelled,999.00,,app
A5,13900000005,2025-11-30 23:59:59,paid,10.00,,app
A6,,2026-01-01 08:00:00,paid,10.00,,app
A7,13900000001,2026-01-01 08:00:00,paid,ten,,app
A8,13900000001,not a day,paid,10.00,,app
A9,13900000001,2026-03-01 00:00:00,paid,5000.00,,app
A3,13900000002,2025-12-01 00:00:00,completed,80.00,,app
"""

LINES = """order_no,product,quantity,amount
A1,p1,1,60.00
A1,p2,2,40.00
A2,p1,1,1050.50
A3,p2,1,50.00
A3,p3,1,30.00
A4,p3,1,20.00
A5,p9,1,10.00
"""

PRODUCTS = """product,name,category,brand
p1,奶粉,母婴,甲牌
p2,苹果,生鲜,乙牌
p3,梨,生鲜,丙牌
"""

PROJECT = f"""name: tiny
time_zone: {ZONE}
currency: CNY
minimum_group: 1
as_of: {AS_OF}
"""

SOURCES = """sources:
  crm:
    path: data/crm.csv
    key: crm_id
    feeds:
      - table: records
        identifiers: {phone: mobile, email: mail}
        columns:
          recorded_at: updated
          name: name
          gender: {value: sex, clean: [gender]}
          birthday: birthday
          province: {value: province, clean: [province]}
          city: {value: city, clean: [city]}
  orders:
    path: data/orders.csv
    key: order_no
    feeds:
      - table: orders
        duplicates: {}
        identifiers: {phone: phone}
        columns:
          order_id: order_no
          occurred_at: placed_at
          status: status
          amount: {value: amount, clean: [money]}
          discount: discount
          channel: channel
  lines:
    path: data/lines.csv
    feeds:
      - table: order_lines
        columns: {order_id: order_no, product_id: product, quantity: quantity, amount: amount}
  products:
    path: data/products.csv
    key: product
    feeds:
      - table: products
        columns: {product_id: product, product_name: name, category: category, brand: brand}
"""

TAGS = """dimensions:
  own:
    label: {en: Own, zh: 自有}
    categories: {all: {label: {en: All, zh: 全部}}}
tags:
  orders_ever: {dimension: own, category: all, table: orders, where: paid, value: count(), default: 0}
  spend_ever: {dimension: own, category: all, table: orders, where: paid, value: sum(amount), default: 0}
  spend_90d: {dimension: own, category: all, table: orders, where: paid, window: 90d, value: sum(amount), default: 0}
  best_category:
    {dimension: own, category: all, table: order_lines, where: paid, value: "top(category, by => sum(amount))"}
  sex: {dimension: own, category: all, attribute: gender}
  home: {dimension: own, category: all, attribute: city}
  kind:
    dimension: own
    category: all
    cases: [{when: orders_ever = 0, then: looker}, {when: spend_ever >= 1000, then: big}]
    otherwise: small
  half: {dimension: own, category: all, bins: {of: spend_ever, quantiles: 2}}
  widest:
    dimension: own
    category: all
    type: integer
    sql: select customer_id, max(quantity) as value from order_lines where paid group by 1
"""

SEGMENTS = """segments:
  buyers: {label: {en: Buyers, zh: 买家}, where: orders_ever > 0}
  big: {label: {en: Big, zh: 大客户}, where: kind = 'big'}
  small_buyers: {label: {en: Small, zh: 小客户}, where: in_segment('buyers') and not in_segment('big')}
  nobody: {label: {en: Nobody, zh: 无人}, where: spend_ever > 1000000}
"""

PERSONAS = """personas:
  buyers: {label: {en: Buyers, zh: 买家}, segment: buyers, question: {en: Who?, zh: 谁？}}
  nobody: {label: {en: Nobody, zh: 无人}, segment: nobody}
"""


def write_tiny(folder: Path, *, library: bool = False, **files: str) -> Path:
    """Write the project into `folder`. `files` replace the text of `crm`, `orders`, `lines`, `products`, `sources`,
    `tags`, `segments`, `personas`; `library` adds the retail library."""
    data = {"crm": CRM, "orders": ORDERS, "lines": LINES, "products": PRODUCTS}
    texts = {f"data/{name}.csv": files.get(name, text) for name, text in data.items()}
    texts["huaxiang.yml"] = PROJECT + ("uses: [huaxiang/retail]\n" if library else "")
    texts["sources/all.yml"] = files.get("sources", SOURCES)
    texts["tags/own.yml"] = files.get("tags", TAGS)
    texts["segments/all.yml"] = files.get("segments", SEGMENTS)
    texts["personas/all.yml"] = files.get("personas", PERSONAS)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def lines_of(text: str, *more: Sequence[object]) -> str:
    """A CSV text with further rows."""
    return text + "".join(",".join("" if value is None else str(value) for value in row) + "\n" for row in more)


def by_name(rows: Sequence[Mapping[str, object]], key: str) -> dict[object, Mapping[str, object]]:
    """Rows by one of their columns."""
    return {row[key]: row for row in rows}
