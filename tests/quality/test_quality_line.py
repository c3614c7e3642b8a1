"""The whole way from a dirty file to a balanced split, as the runner goes it."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.quality.profile import profile_feed
from huaxiang.quality.split import check_balance, find_duplicates, split_feed
from huaxiang.sources.map import map_feed
from huaxiang.sources.readers import open_source
from huaxiang.sources.spec import SourceSpec

CONTENT = """订单号,手机,金额,下单时间,状态
1,138 0000 0001,"¥1,234.50",2026-06-01 10:00:00,paid
1,138 0000 0001,"¥1,234.50",2026-06-01 10:00:00,paid
2,13800000002,-,2026/6/2,paid
3,13800000003,"12,x",2026年6月3日,paid
4,13800000004,5,someday,paid
5,13800000005,6
6,13800000006,7,04.06.2026,test
7,13800000007,8,2026-06-30,paid
,13800000008,9,2026-06-05,paid
8,junk,10,2026-06-05,paid
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_every_line_of_a_dirty_file_ends_in_one_place(engine, tmp_path, encoding):
    (tmp_path / "orders.csv").write_bytes(CONTENT.encode(encoding))
    columns = {"order_id": "订单号", "amount": "金额", "occurred_at": "下单时间", "status": "状态"}
    people = {"phone": "手机"}
    feed = {"table": "orders", "where": "状态 != 'test'", "columns": columns, "identifiers": people, "duplicates": {}}
    spec = SourceSpec(name="s", path="orders.csv", feeds=(feed,))
    raw = open_source(engine, spec, tmp_path, tmp_path / "scratch")
    mapped = engine.create(
        "mapped_s_0",
        map_feed(
            raw.table,
            source=spec,
            feed=spec.feeds[0],
            table=STANDARD["orders"],
            identifiers={"phone": IdentifierSpec(clean=("phone",))},
            zone="Asia/Shanghai",
            moment=Moment.parse("2026-06-30", "Asia/Shanghai"),
        ),
        step="map s",
    )
    duplicates = engine.create("duplicates_s_0", find_duplicates(mapped), step="duplicates of s")
    parts = split_feed(mapped, duplicates, raw.table, raw.rejects, source="s", feed=0, target="orders")

    [balance] = engine.rows(parts.balance, step="balance")
    check_balance([balance])
    assert [balance[part] for part in ("read", "used", "quarantined", "deduplicated", "set_aside")] == [10, 2, 5, 1, 2]

    quarantined = engine.rows(parts.quarantined.order_by("row"), step="quarantine")
    assert [(row["row"], row["reason"]) for row in quarantined] == [
        (3, "missing amount"),
        (4, "invalid amount"),
        (5, "invalid occurred_at"),
        (6, "wrong number of columns"),
        (9, "missing order_id"),
    ]
    assert quarantined[1]["detail"] == "invalid amount: '12,x'"
    assert json.loads(quarantined[1]["data"])["订单号"] == "3"
    assert json.loads(quarantined[3]["data"]) == {"text": "5,13800000005,6"}

    accepted = engine.rows(parts.accepted.order_by("_row"), step="accepted")
    assert [(row["order_id"], row["id_phone"], row["_row"]) for row in accepted] == [
        ("1", "+8613800000001", 2),
        ("8", None, 10),
    ]
    aside = Counter(row["_aside"] for row in engine.rows(mapped.select("_aside"), step="aside"))
    assert (aside["filtered"], aside["after_as_of"]) == (1, 1)

    profile = profile_feed(engine, mapped, ["amount", "id_phone"], step="profile")
    assert profile.columns["amount"].invalid == 1
    assert profile.columns["id_phone"].invalid == 1
