"""The definition of a source is looked over: every wrong name is found, with the near miss."""

from __future__ import annotations

import pytest

from huaxiang.core.tables import STANDARD
from huaxiang.core.types import Type
from huaxiang.expressions.functions.cleaning import cleaning_functions
from huaxiang.sources.check import check_source
from huaxiang.sources.spec import SourceSpec

COLUMNS = dict.fromkeys(("id", "time", "amount", "mobile"), Type.TEXT)
GOOD = {"table": "orders", "columns": {"order_id": "id", "occurred_at": "time", "amount": "amount"}}


def findings(feed=GOOD, columns=COLUMNS, **spec):
    source = SourceSpec(**({"name": "s", "path": "a.csv", "feeds": [feed]} | spec))
    return list(check_source(source, columns, STANDARD, cleaning_functions()))


def test_a_good_source_has_no_findings():
    assert findings() == []
    assert findings(columns=None) == []


def test_a_renamed_column_is_found_with_the_near_miss():
    [finding] = findings(GOOD | {"columns": GOOD["columns"] | {"amount": "amout"}})
    assert finding.code == "unknown_column"
    assert "'amout' is not defined" in finding.message
    assert finding.remedy == "Did you mean 'amount'?"


@pytest.mark.parametrize(
    ("feed", "code", "remedy"),
    [
        ({"table": "order"}, "unknown_table", "Did you mean 'orders'?"),
        (GOOD | {"columns": GOOD["columns"] | {"chanel": "id"}}, "unknown_column", "Did you mean 'channel'?"),
        (
            {"table": "orders", "columns": {"order_id": "id", "occurred_at": "time"}},
            "unmapped_column",
            "Add 'amount: …'",
        ),
        (
            {"table": "records", "identifiers": {"phone": {"value": "mobile", "clean": "phones"}}},
            "unknown_cleaning_function",
            "Did you mean 'phone'?",
        ),
        (GOOD | {"where": "amount"}, "expression_type", ""),
        (GOOD | {"where": "now() > time"}, "expression_now", ""),
        (GOOD | {"where": "id in (select 1)"}, "expression_subquery", ""),
        (GOOD | {"duplicates": {"by": ["order_no"]}}, "unknown_column", "Did you mean 'order_id'?"),
        ({"table": "records", "columns": {"name": "id"}}, "no_identifier", "Add 'identifiers'."),
    ],
)
def test_each_mistake_is_found(feed, code, remedy):
    [finding] = findings(feed)
    assert finding.code == code
    assert finding.remedy.startswith(remedy)


def test_mistakes_of_the_source_itself_are_found():
    codes = [
        finding.code
        for finding in findings(key="nr", time_zone="Asia/Peking", freshness={"column": "updated", "warn_after": "7d"})
    ]
    assert codes == ["unknown_time_zone", "unknown_column", "freshness_column"]


def test_a_column_that_a_lookup_fills_need_not_be_mapped():
    assert findings({"table": "order_lines", "columns": {"order_id": "id", "amount": "amount"}}) == []


@pytest.mark.parametrize("value", ["now()", "date(now())", "(select max(time) from orders)", "coalesce(time, now())"])
def test_what_no_definition_may_say_is_found_before_the_source_is_read(value):
    [finding] = findings(GOOD | {"columns": GOOD["columns"] | {"amount": value}}, columns=None)
    assert finding.code in ("expression_now", "expression_subquery")


@pytest.mark.parametrize("value", ["金额(元)", "unit price", "a-b", "lower(mobile)"])
def test_what_may_be_the_name_of_a_column_is_believed_before_the_source_is_read(value):
    assert findings(GOOD | {"columns": GOOD["columns"] | {"channel": value}}, columns=None) == []
