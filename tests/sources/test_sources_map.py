"""Mapping: every raw row becomes one row of the standard table that says what it is worth."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.sources.map import map_feed
from huaxiang.sources.spec import FeedSpec, SourceSpec

ZONE = "Asia/Shanghai"
AS_OF = Moment.parse("2026-06-30", ZONE)


@pytest.fixture
def mapped(read, engine):
    """Read `content`, map it by `feed`, and give the rows as dictionaries."""

    def of(content, feed, *, name="a.csv", identifiers=None, **spec):
        source = SourceSpec(name="s", path=name, feeds=(FeedSpec(**feed),), **spec)
        raw = read(name, content, **spec)
        table = map_feed(
            raw.table,
            source=source,
            feed=source.feeds[0],
            table=STANDARD[feed["table"]],
            identifiers=identifiers or {},
            zone=ZONE,
            moment=AS_OF,
        )
        return engine.rows(table.order_by("_row"), step="map")

    return of


def orders(**columns):
    return {"table": "orders", "columns": {"order_id": "id", "occurred_at": "time", "amount": "amount"} | columns}


def test_values_become_the_types_of_the_standard_table(mapped):
    [row] = mapped('id,time,amount\n7,2026-06-01 08:00:00,"¥1,234.50"\n', orders(items="3"))
    assert row["order_id"] == "7"
    assert row["occurred_at"] == datetime(2026, 6, 1, 0, 0, tzinfo=UTC)
    assert row["amount"] == Decimal("1234.50")
    assert row["items"] == 3
    assert (row["_source"], row["_file"], row["_row"], row["_record_key"]) == ("s", "a.csv", 1, "a.csv#1")
    assert row["_problems"] is None
    assert row["_aside"] is None


def test_unmapped_columns_take_their_default_over_the_mapped_ones(mapped):
    content = "id,time,amount,state\n1,2026-06-01,5,paid\n2,2026-06-01,5,cancelled\n"
    assert [row["paid"] for row in mapped(content, orders(status="state"))] == [True, False]
    assert [(row["status"], row["paid"]) for row in mapped(content, orders())] == [("paid", True)] * 2


def test_a_column_that_a_lookup_can_fill_waits_for_it(mapped):
    feed = {"table": "order_lines", "columns": {"order_id": "id", "amount": "amount"}}
    [row] = mapped("id,amount\n1,5\n", feed)
    assert row["_problems"] is None
    assert (row["occurred_at"], row["status"], row["paid"]) == (None, None, None)


def test_a_date_column_with_three_formats_is_read(mapped):
    content = "id,birth\n1,1990-01-31\n2,31.01.1990\n3,1990年1月31日\n4,soon\n"
    rows = mapped(content, {"table": "records", "columns": {"birthday": {"value": "birth", "clean": "date"}}})
    assert [row["birthday"] for row in rows] == [date(1990, 1, 31)] * 3 + [None]
    assert [row["_invalid"] for row in rows] == [None, None, None, ["birthday"]]


def test_a_required_value_that_makes_no_sense_is_a_problem_that_quotes_it(mapped):
    content = 'id,time,amount\n1,2026-06-01,"12,x"\n2,2026-06-01,-\n3,junk,5\n,2026-06-01,5\n'
    rows = mapped(content, orders())
    assert [row["_problems"] for row in rows] == [
        ["invalid amount: '12,x'"],
        ["missing amount"],
        ["invalid occurred_at: 'junk'"],
        ["missing order_id"],
    ]


def test_an_optional_value_that_makes_no_sense_is_null_and_counted(mapped):
    [row] = mapped("id,time,amount,n\n1,2026-06-01,5,many\n", orders(items="n"))
    assert (row["items"], row["_invalid"], row["_problems"]) == (None, ["items"], None)
    [row] = mapped("id,time,amount,n\n1,2026-06-01,5,many\n", orders(items={"value": "n", "invalid": "reject"}))
    assert row["_problems"] == ["invalid items: 'many'"]


def test_missing_values_follow_the_rule_of_the_column(mapped):
    content = "id,time,amount,n\n1,2026-06-01,5,\n"
    assert mapped(content, orders(items="n"))[0]["items"] is None
    assert mapped(content, orders(items={"value": "n", "missing": "fill", "fill": 1}))[0]["items"] == 1
    rejected = mapped(content, orders(items={"value": "n", "missing": "reject"}))
    assert rejected[0]["_problems"] == ["missing items"]


@pytest.mark.parametrize("birth", ["1899-12-31", "2026-07-01", "0001-01-01"])
def test_an_impossible_birthday_is_invalid(mapped, birth):
    [row] = mapped(f"id,birth\n1,{birth}\n", {"table": "records", "columns": {"birthday": "birth"}})
    assert (row["birthday"], row["_invalid"]) == (None, ["birthday"])


def test_a_negative_number_of_children_is_invalid(mapped):
    [row] = mapped("id,n\n1,-2\n", {"table": "records", "columns": {"children": "n"}})
    assert (row["children"], row["_invalid"]) == (None, ["children"])


def test_nulls_in_the_key_are_a_problem(mapped):
    feed = {"table": "records", "columns": {"city": "city"}}
    rows = mapped("shop,no,city\nA,1,广州\nA,,广州\n", feed, key=("shop", "no"))
    assert [row["_record_key"] for row in rows] == ["A|1", None]
    assert [row["_problems"] for row in rows] == [None, ["missing key: shop, no"]]


def test_identifiers_are_cleaned_and_junk_and_misfits_are_null(mapped):
    rules = {
        "phone": IdentifierSpec(clean=("phone",), junk=("13800138000",)),
        "member_no": IdentifierSpec(pattern="[A-Z][0-9]+"),
    }
    feed = {"table": "records", "identifiers": {"phone": "mobile", "member_no": "no", "openid": "wx"}}
    content = "mobile,no,wx\n138 0000 0001,A12, o1 \n13800138000,12,-\n12,AA1,o2\n"
    rows = mapped(content, feed, identifiers=rules)
    assert [row["id_phone"] for row in rows] == ["+8613800000001", None, None]
    assert [row["id_member_no"] for row in rows] == ["A12", None, None]
    assert [row["id_openid"] for row in rows] == ["o1", None, "o2"]
    assert rows[1]["_invalid"] == ["id_phone", "id_member_no"]


def test_rows_that_the_feed_does_not_want_are_set_aside(mapped):
    feed = orders() | {"where": "kind = 'sale'"}
    rows = mapped("id,time,amount,kind\n1,2026-06-01,5,sale\n2,2026-06-01,5,test\n3,2026-06-01,x,\n", feed)
    assert [row["_aside"] for row in rows] == [None, "filtered", "filtered"]


def test_what_was_not_known_at_as_of_is_set_aside(mapped):
    content = (
        "id,time,amount,got\n"
        "1,2026-06-29 23:59:59,5,2026-06-30\n"  # happened before, known at as_of itself
        "2,2026-06-30 00:00:00,5,2026-06-30\n"  # happened at as_of
        "3,2026-06-01 00:00:00,5,2026-06-30 00:00:01\n"  # known only after
        "4,2026-06-01 00:00:00,5,\n"
    )
    rows = mapped(content, orders(received_at="got"))
    assert [row["_aside"] for row in rows] == [None, "after_as_of", "after_as_of", None]


def test_records_made_after_as_of_are_set_aside(mapped):
    feed = {"table": "records", "columns": {"recorded_at": "at"}}
    rows = mapped("id,at\n1,2026-06-29\n2,2026-06-30\n3,\n", feed)
    assert [row["_aside"] for row in rows] == [None, "after_as_of", None]


def test_times_without_offset_are_those_of_the_source(mapped):
    content = "id,time,amount\n1,2026-06-01 08:00,5\n2,2026-06-01T08:00:00Z,5\n3,1780300800,5\n"
    rows = mapped(content, orders(), time_zone="America/New_York")
    assert [row["occurred_at"] for row in rows] == [
        datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
        datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
        datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
    ]


def test_a_column_name_that_is_no_expression_is_meant_as_the_column(mapped):
    content = "订单 编号,时间,金额(元)\n1,2026-06-01,5\n"
    feed = {"table": "orders", "columns": {"order_id": "订单 编号", "occurred_at": "时间", "amount": "金额(元)"}}
    [row] = mapped(content, feed)
    assert (row["order_id"], row["amount"], row["_problems"]) == ("1", Decimal("5.00"), None)


def test_rows_that_are_equal_share_a_mark(mapped):
    content = "id,time,amount\n1,2026-06-01,5\n1,2026-06-01,5\n1,2026-06-01,5.0\n1,,5\n"
    same = [row["_same"] for row in mapped(content, orders(), key="id")]
    assert same[0] == same[1]
    assert len(set(same)) == 3
    assert [row["_same"] for row in mapped(content, orders() | {"duplicates": {}})] == same


def test_equal_rows_without_a_key_are_two_unless_duplicates_are_asked_for(mapped):
    content = "id,time,amount\n1,2026-06-01,5\n1,2026-06-01,5\n"
    assert [row["_same"] for row in mapped(content, orders())] == [None, None]


def test_duplicates_are_compared_by_the_named_columns_and_nulls_equal_nothing(mapped):
    feed = {"table": "records", "identifiers": {"phone": {"value": "mobile", "clean": "phone"}},
            "duplicates": {"by": ["phone"]}}  # fmt: skip
    rows = mapped("mobile,x\n138 0000 0001,a\n+8613800000001,b\n,c\n,d\n", feed)
    same = [row["_same"] for row in rows]
    assert same[0] == same[1]
    assert same[2:] == [None, None]
