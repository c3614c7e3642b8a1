"""What the shop's systems know about its people: CRM, till, app, mini-program, web – each a part, none without dirt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from huaxiang.simulate import dirt
from huaxiang.simulate.columns import (
    Array,
    blank,
    chance,
    choose,
    cumulative,
    day_text,
    digits,
    join,
    moment_text,
    pick,
    scattered,
    text_of,
    utc,
    where,
)
from huaxiang.simulate.names import NICKNAMES
from huaxiang.simulate.people import EDUCATION, INCOME, MARITAL, OCCUPATIONS, People
from huaxiang.simulate.places import CITIES, ESTATES, REGION_OF, REGIONS, ROADS
from huaxiang.simulate.world import DAY, END, START, Block

LEVELS = ("普通会员", "银卡会员", "金卡会员", "钻石会员")


@dataclass(frozen=True)
class Records:
    """The rows of one record source in the order of the file, with the person behind each and the key of each."""

    table: pa.Table
    person: Array
    key: pa.Array


def crm_records(block: Block, people: People) -> Records:
    """The CRM: most people once, some twice – entered again, with another spelling, by somebody who did not look."""
    random = block.random("crm")
    known = np.flatnonzero(people.crm)
    twice = known[chance(random, 0.04, len(known))]
    rows = np.concatenate((known, twice))
    again = np.arange(len(rows)) >= len(known)
    shuffled = random.permutation(len(rows))
    rows, again = rows[shuffled], again[shuffled]
    n, at = len(rows), pa.array(rows)
    key = where(again, people.second_crm_id.take(at), people.crm_id.take(at))
    entered = np.where(
        again, people.joined[rows] + (random.random(n) * 300 * DAY).astype(np.int64), people.joined[rows]
    )
    entered = np.minimum(entered, END - DAY)
    # The second record has either the phone or the mail in common with the first, sometimes neither.
    phone = dirt.phone(random, people.given_phone.take(at), missing=0.07, junk=0.006)
    phone = blank(phone, again & chance(random, 0.3, n))
    email = dirt.email(random, people.email.take(at), missing=0.38)
    name = where(again, dirt.name(random, people, rows, slips=0.3), dirt.name(random, people, rows))
    road = join(pick(ROADS, random.integers(0, len(ROADS), n)), text_of(random.integers(1, 400, n)), "号")
    flat = join(text_of(random.integers(1, 30, n)), "栋", text_of(random.integers(101, 2505, n)), "室")
    address = join(
        pick([c.name for c in CITIES], people.city[rows]), "市", road, pick(ESTATES, random.integers(0, 10, n)), flat
    )
    children = where(chance(random, 0.004, n), "99", text_of(people.children[rows]))
    table = pa.table(
        {
            "crm_id": key,
            "name": name,
            "mobile": phone,
            "email": email,
            "sex": dirt.gender(random, people.female[rows]),
            "birthday": dirt.birthday(random, people.birthday[rows], missing=0.12),
            "province": dirt.province(random, people.city[rows], missing=0.05),
            "city": dirt.city(random, people.city[rows], missing=0.05),
            "address": blank(address, chance(random, 0.35, n)),
            "occupation": blank(pick(OCCUPATIONS, people.occupation[rows]), chance(random, 0.3, n)),
            "education": blank(pick(EDUCATION, people.education[rows]), chance(random, 0.35, n)),
            "income": blank(pick(INCOME, people.income[rows]), chance(random, 0.45, n)),
            "marital": blank(pick(MARITAL, people.marital[rows]), chance(random, 0.3, n)),
            "children": blank(children, chance(random, 0.35, n)),
            "source": pick(
                ["门店", "APP", "小程序", "官网", "活动"], choose(random, cumulative([30, 30, 25, 10, 5]), n)
            ),
            "registered_at": moment_text(entered),
            "updated_at": moment_text(entered + ((END - entered) * random.random(n) ** 3).astype(np.int64)),
        }
    )
    return Records(table, rows, key)


def till_records(block: Block, people: People, spent: Array) -> dict[str, Records]:
    """The member files that the tills of each region send: Chinese headers, wide digits, amounts as printed."""
    random = block.random("till")
    rows = random.permutation(np.flatnonzero(people.member))
    n, at = len(rows), pa.array(rows)
    total = spent[rows]
    points = np.floor(total * 1.2 + random.random(n) * 50).astype(np.int64)
    printed = pa.array([f"¥{amount:,.2f}" for amount in total])
    opened = people.joined[rows]
    year, month, day = dirt.calendar_parts((opened // DAY).astype("datetime64[D]"))
    slashed = join(text_of(year), "/", text_of(month), "/", text_of(day))
    table = pa.table(
        {
            "会员号": people.member_no.take(at),
            "姓名": dirt.name(random, people, rows),
            "手机": dirt.phone(random, people.given_phone.take(at), missing=0.03, junk=0.004),
            "性别": dirt.gender(random, people.female[rows], unknown=0.1),
            "生日": dirt.birthday(random, people.birthday[rows], missing=0.2),
            "等级": pick(LEVELS, np.searchsorted([300, 2_000, 8_000], total)),
            "积分": where(chance(random, 0.1, n), dirt.full_width(text_of(points)), text_of(points)),
            "累计消费": where(total == 0, "-", printed),
            "开卡日期": where(chance(random, 0.3, n), slashed, day_text(opened)),
            "城市": dirt.city(random, people.city[rows], missing=0.08),
            "门店": join(pick([c.name for c in CITIES], people.city[rows]), "店"),
        }
    )
    region = REGION_OF[people.city[rows]]
    files = {}
    for number, name in enumerate(REGIONS):
        chosen = np.flatnonzero(region == number)
        part = table.take(pa.array(chosen))
        files[name] = Records(part, rows[chosen], part["会员号"].combine_chunks())
    return files


def app_records(block: Block, people: People) -> Records:
    """The accounts of the app, one row per account and device; some log in with WeChat and leave no phone."""
    random = block.random("app")
    users = np.flatnonzero(people.app)
    rows = np.concatenate((users, np.flatnonzero(two_devices(block, people))))
    again = np.arange(len(rows)) >= len(users)
    shuffled = random.permutation(len(rows))
    rows, again = rows[shuffled], again[shuffled]
    n, at = len(rows), pa.array(rows)
    user = join("U", digits(scattered(people.index[rows], 91, 99_999_989), 8))
    device = device_ids(block, people, rows, again)
    wechat = people.mini[rows] & chance(random, 0.6, n)
    registered = people.joined[rows] + (random.random(n) * 5 * DAY).astype(np.int64) + again * 40 * DAY
    table = pa.table(
        {
            "user_id": user,
            "device_id": device,
            "phone": blank(people.phone.take(at), wechat & chance(random, 0.3, n)),
            "unionid": blank(people.unionid.take(at), ~wechat),
            "nickname": join(
                pick(NICKNAMES, random.integers(0, len(NICKNAMES), n)), text_of(random.integers(1, 99, n))
            ),
            "os": pick(["Android", "iOS"], people.ios[rows].astype(np.int8)),
            "registered_at": moment_text(np.minimum(registered, END - 60)),
        }
    )
    return Records(table, rows, join(user, "|", device))


def mini_records(block: Block, people: People) -> Records:
    """The users of the mini-program; those who did not allow it have no phone."""
    random = block.random("mini")
    rows = random.permutation(np.flatnonzero(people.mini))
    n, at = len(rows), pa.array(rows)
    key = people.openid.take(at)
    table = pa.table(
        {
            "openid": key,
            "unionid": blank(people.unionid.take(at), chance(random, 0.08, n)),
            "phone": blank(people.given_phone.take(at), chance(random, 0.25, n)),
            "nickname": pick(NICKNAMES, random.integers(0, len(NICKNAMES), n)),
            "city": dirt.city(random, people.city[rows], missing=0.3),
            "registered_at": utc(
                np.minimum(people.joined[rows] + (random.random(n) * 9 * DAY).astype(np.int64), END - 60)
            ),
        }
    )
    return Records(table, rows, key)


def web_records(block: Block, people: People) -> Records:
    """The log-ins on the web: the moment from which a cookie has a phone."""
    random = block.random("web")
    at = login_at(block, people)
    rows = random.permutation(np.flatnonzero(at < END))
    key = join("L", digits(scattered(people.index[rows], 17, 999_999_937), 9))
    table = pa.table(
        {
            "login_id": key,
            "cookie": people.cookie().take(pa.array(rows)),
            "phone": people.given_phone.take(pa.array(rows)),
            "logged_in_at": moment_text(at[rows]),
        }
    )
    return Records(table, rows, key)


def key_accounts_table(people: People, spent: Array) -> pa.Table:
    """The list that the stores keep by hand: two in three of the best customers, each with an advisor."""
    best = np.lexsort((people.index, -spent))[: min(60, len(people) // 50 + 1)]
    listed = np.sort(best[best % 3 != 0])
    advisors = ("陈顾问", "李顾问", "王顾问")
    phones = people.given_phone.take(pa.array(listed))
    return pa.table({"phone": phones, "advisor": pick(advisors, listed % len(advisors))})


def login_at(block: Block, people: People) -> Array:
    """When each person's first browser logs in; the end of time for those who never do."""
    random = block.random("logins")
    since = np.maximum(people.joined, START)
    at = since + (random.random(len(people)) ** 2 * (END - since) * 0.8).astype(np.int64)
    return np.where(people.web & chance(random, 0.75, len(people)), at, END)


def two_devices(block: Block, people: People) -> Array:
    """Who uses the app on two devices."""
    return people.app & chance(block.random("devices"), 0.15, len(people))


def device_ids(block: Block, people: People, rows: Array, second: Array) -> pa.Array:
    """The device of each row; a few devices report zeros in place of an id."""
    at = pa.array(rows)
    zeros = chance(block.random("zero devices"), 0.006, len(people))
    return where(
        zeros[rows], dirt.JUNK_DEVICE, where(second, people.device_id(1).take(at), people.device_id().take(at))
    )
