"""What the shop's systems keep of purchases and visits: the files of orders, lines, returns and events."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.simulate import catalogue, records
from huaxiang.simulate.behaviour import EVENTS, QUERIES, Events
from huaxiang.simulate.columns import (
    Array,
    blank,
    chance,
    choose,
    cumulative,
    day_text,
    decimal,
    digits,
    join,
    labelled,
    moment_text,
    money,
    pick,
    scattered,
    text_of,
    utc,
    where,
)
from huaxiang.simulate.marketing import CAMPAIGNS
from huaxiang.simulate.people import People
from huaxiang.simulate.personas import APP, CHANNELS, MINI, STORE, WEB
from huaxiang.simulate.places import CITIES
from huaxiang.simulate.purchases import STATUSES, Orders
from huaxiang.simulate.world import END, Block

_ORDERS_PRIME = 9_999_999_967
_PER_BLOCK = 10_000_000
_CODES = [campaign.code for campaign in CAMPAIGNS]
_PAGES = ("首页", "活动页", "品类页", "我的")


def order_numbers(block: Block, orders: Orders) -> pa.Array:
    """The number of each order: its day and ten digits."""
    serial = scattered(block.number * 4_000_000 + np.arange(len(orders)), 41, _ORDERS_PRIME)
    return join(pc.replace_substring(day_text(orders.at), "-", ""), digits(serial, 10))


def orders_table(block: Block, people: People, orders: Orders) -> pa.Table:
    """The orders: each names its customer the way its channel does, some not at all; a few amounts are impossible."""
    random = block.random("orders file")
    n, person = len(orders), orders.person
    phone, member_no, openid = customers_of(block, people, orders)
    amount = orders.amount + orders.shipping
    wrong = chance(random, 0.0006, n)
    store = join(pick([c.name for c in CITIES], people.city[person]), "店")
    payment = choose(random, cumulative([[30, 25, 20, 25], [55, 42, 3, 0]]), (orders.channel != STORE).astype(np.int64))
    return pa.table(
        {
            "order_no": order_numbers(block, orders),
            "placed_at": moment_text(orders.at),
            "status": pick(STATUSES, orders.status),
            "channel": pick(CHANNELS, orders.channel),
            "store": blank(store, orders.channel != STORE),
            "phone": phone,
            "member_no": member_no,
            "openid": openid,
            "amount": money(np.where(wrong, -amount, amount)),
            "discount": money(orders.discount),
            "shipping": money(orders.shipping),
            "items": text_of(orders.items),
            "payment": pick(["微信支付", "支付宝", "银行卡", "现金"], payment),
            "coupon": labelled([c.offer for c in CAMPAIGNS], orders.campaign).cast(pa.string()),
            "campaign": labelled(_CODES, orders.campaign).cast(pa.string()),
            "province": pick([c.province for c in CITIES], people.city[person]),
            "city": pick([f"{c.name}市" for c in CITIES], people.city[person]),
        }
    )


def customers_of(block: Block, people: People, orders: Orders) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Phone, member number and openid on each order. In stores a card is shown, or a phone given, or nothing."""
    random = block.random("order customers")
    n, person = len(orders), orders.person
    at = pa.array(person)
    in_store = orders.channel == STORE
    silent = chance(random, np.where(in_store, 0.04, 0.003), n)
    card = in_store & people.member[person] & chance(random, 0.93, n)
    mini = orders.channel == MINI
    return (
        blank(people.given_phone.take(at), silent | card | (mini & chance(random, 0.5, n))),
        blank(people.member_no.take(at), silent | ~card),
        blank(people.openid.take(at), silent | ~mini),
    )


def lines_table(block: Block, orders: Orders) -> pa.Table:
    """The lines of the orders; who bought and when is the order's to say."""
    order, product = orders.line_order, orders.line_product
    return pa.table(
        {
            "order_no": order_numbers(block, orders).take(pa.array(order)),
            "product_id": labelled(catalogue.IDS, product),
            "quantity": pa.array(orders.line_quantity.astype(np.int32)),
            "amount": decimal(orders.line_amount),
            "discount": decimal(orders.line_discount),
            "cost": decimal(catalogue.COST_OF[product] * orders.line_quantity),
            "on_promotion": pa.array(orders.line_discount > 0),
        }
    )


def returns_table(block: Block, people: People, orders: Orders) -> pa.Table:
    """Returned orders, each a fact of its own, with the amount as the refund form prints it."""
    random = block.random("returns")
    chosen = np.flatnonzero(orders.returned_at > 0)
    rows = pa.array(chosen)
    phone, member_no, openid = (column.take(rows) for column in customers_of(block, people, orders))
    amount = pa.array([f"¥{value:,.2f}" for value in orders.amount[chosen]])
    reasons = ("质量问题", "尺码不合适", "不喜欢", "发错货", "七天无理由")
    return pa.table(
        {
            "order_no": order_numbers(block, orders).take(rows),
            "returned_at": moment_text(orders.returned_at[chosen]),
            "channel": pick(CHANNELS, orders.channel[chosen]),
            "phone": phone,
            "member_no": member_no,
            "openid": openid,
            "refund": where(chance(random, 0.02, len(chosen)), "-", amount),
            "reason": pick(reasons, random.integers(0, len(reasons), len(chosen))),
        }
    )


def events_tables(block: Block, people: People, events: Events) -> dict[str, pa.Table]:
    """The events by channel: the app knows devices, the mini-program openids, the web cookies and then phones."""
    common = _events(block, events)
    ios = people.ios[events.person]
    phone_os = ios.astype(np.int64)
    app, mini, web = (np.flatnonzero(events.channel == channel) for channel in (APP, MINI, WEB))
    second = records.two_devices(block, people)[events.person] & events.second
    device = records.device_ids(block, people, events.person[app], second[app])
    two_browsers = (people.index[events.person] % 5 == 0) & events.second
    login = records.login_at(block, people)[events.person]
    known = ((events.at >= login) & (login < END) & ~two_browsers)[web]
    at_web = pa.array(events.person[web])
    cookie = where(two_browsers[web], people.cookie(1).take(at_web), people.cookie().take(at_web))
    systems = ("Android", "iOS", "Windows", "macOS")
    web_os = np.where(events.desktop, 2 + phone_os, phone_os)
    return {
        "app": _part(common, app, device_id=device, device=_all("phone", app), os=labelled(systems, phone_os[app])),
        "mini": _part(
            common, mini, openid=people.openid.take(pa.array(events.person[mini])), device=_all("phone", mini),
            os=labelled(systems, phone_os[mini]),
        ),
        "web": _part(
            common, web, cookie=cookie, phone=blank(people.given_phone.take(at_web), ~known),
            device=labelled(["phone", "computer"], events.desktop[web].astype(np.int64)),
            os=labelled(systems, web_os[web]),
        ),
    }  # fmt: skip


def _events(block: Block, events: Events) -> pa.Table:
    n = len(events)
    page = np.where(events.kind == 1, (events.session + np.arange(n)) % len(_PAGES), -1)
    return pa.table(
        {
            "event_id": pa.array(block.number * _PER_BLOCK + np.arange(n)),
            "event": labelled(EVENTS, events.kind),
            "occurred_at": utc(events.at),
            "received_at": utc(events.received),
            "session_id": pa.array(block.number * _PER_BLOCK + events.session),
            "channel": labelled(CHANNELS, events.channel),
            "page": labelled(_PAGES, page),
            "product_id": labelled(catalogue.IDS, events.product),
            "query": labelled(QUERIES, events.query),
            "campaign": labelled(_CODES, events.campaign),
            "duration": pa.array(events.duration, mask=np.isnan(events.duration)),
            "value": pa.array(events.value, mask=np.isnan(events.value)),
        }
    )


def _part(common: pa.Table, rows: Array, **columns: pa.Array) -> pa.Table:
    """The rows of one channel, with who did it in front and on which device behind."""
    part = common.take(pa.array(rows))
    for place, (name, values) in enumerate(columns.items()):
        part = part.add_column(part.num_columns if name in {"device", "os"} else 1 + place, name, values)
    return part


def _all(word: str, rows: Array) -> pa.Array:
    return labelled([word], np.zeros(len(rows), np.int64))
