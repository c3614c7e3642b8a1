"""A whole build of the tiny project: every figure is worked out by hand in the comments."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from seen import balance, identity, members, profiles, table, tags_of
from tiny import by_name

from huaxiang.service.builds import Build

WANG, LI, ZHAO, GUEST = "phone:13900000001", "phone:13900000002", "email:zhao@x.cn", "phone:13900000005"


def test_every_row_that_was_read_is_in_one_place(tiny: Build):
    found = balance(tiny)
    # Nine rows: one without a key, one recorded at as_of.
    assert found["crm"] == {"read": 9, "used": 7, "quarantined": 1, "deduplicated": 0, "set_aside": 1}
    # Twelve orders: A6 names nobody, A7 has no amount, A8 no day; A3 is there twice; A9 is at as_of.
    assert found["orders"] == {"read": 12, "used": 7, "quarantined": 3, "deduplicated": 1, "set_aside": 1}
    assert found["lines"] == {"read": 7, "used": 7, "quarantined": 0, "deduplicated": 0, "set_aside": 0}


def test_quarantine_keeps_file_row_reason_and_the_row_itself(tiny: Build):
    found = {(row["source"], row["row"]): row for row in table(tiny, "quarantine")}
    assert {key: row["reason"] for key, row in found.items()} == {
        ("crm", 7): "missing key",
        ("orders", 8): "no customer",
        ("orders", 9): "invalid amount",
        ("orders", 10): "invalid occurred_at",
    }
    seventh = found["orders", 9]
    assert (seventh["file"], seventh["record_key"], seventh["detail"]) == (
        "data/orders.csv",
        "A7",
        "invalid amount: 'ten'",
    )
    assert json.loads(seventh["data"])["amount"] == "ten"


def test_records_that_share_a_phone_or_a_mail_address_are_one_customer(tiny: Build):
    ids = identity(tiny)
    assert ids["crm", "1"] == ids["crm", "8"]
    assert ids["crm", "2"] == ids["crm", "3"]
    # wang, li, zhao, sun, qian and the guest of order A5.
    assert len(profiles(tiny)) == 6
    assert len(set(ids.values())) == 5


def test_a_junk_phone_joins_nobody(tiny: Build):
    ids = identity(tiny)
    assert ids["crm", "5"] != ids["crm", "6"]


def test_a_record_after_as_of_joins_nobody(tiny: Build):
    ids = identity(tiny)
    assert ("crm", "9") not in ids
    assert ids["crm", "1"] != ids["crm", "2"]


def test_the_aggregates_are_those_of_paid_orders_before_as_of(tiny: Build):
    # 100 + 1050.50; the return and the order at as_of do not count.
    wang = tags_of(tiny, WANG)
    assert (wang["orders_ever"], wang["spend_ever"], wang["spend_90d"]) == (2, Decimal("1150.50"), Decimal("1050.50"))
    # 80 at the first moment of the 90 days, and 20; the cancelled 999 does not count.
    li = tags_of(tiny, LI)
    assert (li["orders_ever"], li["spend_ever"], li["spend_90d"]) == (2, 100, 100)
    # The guest bought a second before the 90 days began.
    guest = tags_of(tiny, GUEST)
    assert (guest["orders_ever"], guest["spend_ever"], guest["spend_90d"]) == (1, 10, 0)
    zhao = tags_of(tiny, ZHAO)
    assert (zhao["orders_ever"], zhao["spend_ever"], zhao["spend_90d"]) == (0, 0, 0)


def test_order_lines_know_customer_and_time_from_orders_and_categories_from_products(tiny: Build):
    # wang: 60 + 1050.50 milk powder against 40 fruit; li: 50 + 30 + 20 fruit; the guest's product is not listed.
    assert [tags_of(tiny, who)["best_category"] for who in (WANG, LI, GUEST, ZHAO)] == ["母婴", "生鲜", None, None]
    assert [tags_of(tiny, who)["widest"] for who in (WANG, LI, GUEST, ZHAO)] == [2, 1, 1, None]


def test_attributes_are_cleaned_and_the_newest_value_survives(tiny: Build):
    assert [tags_of(tiny, who)["sex"] for who in (WANG, LI, ZHAO, GUEST)] == ["female", "male", "female", None]
    assert [tags_of(tiny, who)["home"] for who in (WANG, LI, ZHAO, GUEST)] == ["杭州", "深圳", "北京", None]


def test_rules_and_bins_follow_the_aggregates(tiny: Build):
    assert [tags_of(tiny, who)["kind"] for who in (WANG, LI, GUEST, ZHAO)] == ["big", "small", "small", "looker"]
    # Spends 0, 0, 0, 10, 100, 1150.50: three of six lie below 10, so it begins the upper half.
    assert [tags_of(tiny, who)["half"] for who in (WANG, LI, GUEST, ZHAO)] == [2, 2, 2, 1]


def test_segments_hold_whom_their_rules_name(tiny: Build):
    wang, li, guest = (tiny.customer(who)["customer_id"] for who in (WANG, LI, GUEST))
    assert members(tiny) == {
        ("buyers", wang),
        ("buyers", li),
        ("buyers", guest),
        ("big", wang),
        ("small_buyers", li),
        ("small_buyers", guest),
    }
    sizes = {row["name"]: (row["size"], row["share"]) for row in tiny.segments()}
    assert sizes["buyers"] == (3, 0.5)
    assert sizes["nobody"] == (0, 0)


def test_the_figures_of_the_build_are_those_of_its_tables(tiny: Build):
    summary = tiny.summary
    assert (summary["customers"], summary["records"], summary["quarantined"]) == (6, 7, 4)
    assert summary["facts"] == {"orders": 7, "order_lines": 7}
    assert (summary["tags_built"], summary["segments"], summary["personas"]) == (9, 4, 2)
    assert summary["as_of"] == "2026-03-01"
    assert summary["peak_memory_mib"] > 0
    assert next(step["step"] for step in summary["steps"]) == "read crm"
    assert sum(step["seconds"] for step in summary["steps"]) <= summary["seconds"] + 0.1


def test_the_catalog_counts_who_has_a_value(tiny: Build):
    catalog = by_name(tiny.tags(), "name")
    # wang, li, zhao of six; and all six by default.
    assert catalog["sex"]["coverage"] == pytest.approx(0.5)
    assert catalog["spend_ever"]["coverage"] == 1


def test_facts_are_stored_by_customer_and_time(tiny: Build):
    rows = table(tiny, "fact_orders", "customer_no", "occurred_at", "order_id")
    assert rows == sorted(rows, key=lambda row: (row["customer_no"], row["occurred_at"]))
    assert {row["order_id"] for row in rows} == {"A1", "A2", "R1", "A3", "A4", "A4c", "A5"}
