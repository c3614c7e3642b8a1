"""Texts, findings, errors, money and the standard tables."""

from __future__ import annotations

import pytest

from huaxiang.core import errors
from huaxiang.core.errors import EngineError, HuaxiangError, ProjectError
from huaxiang.core.findings import Finding, Location, near_miss, unknown
from huaxiang.core.money import money_text
from huaxiang.core.spec import Spec, WindowField
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.expressions import Scope, compile_expression


def test_one_language_serves_both():
    assert Text.of("Orders") == Text("Orders", "Orders")
    assert Text.of({"zh": "订单"}) == Text("订单", "订单")
    assert Text.of({"en": "Orders", "zh": "订单"})["zh"] == "订单"


@pytest.mark.parametrize("value", [None, 3, {}, {"de": "Aufträge"}, {"en": 3}, ["Orders"]])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(ValueError, match="zh"):
        Text.of(value)


def test_an_unknown_name_lists_what_exists_and_the_near_miss():
    found = unknown("table", "order", ["orders", "events"], owner="tag 't'", at=Location("tags/x.yml", 14))
    shown = str(found)
    assert (
        shown == "tag 't': table 'order' is not defined. Tables: events, orders. Did you mean 'orders'? (tags/x.yml:14)"
    )
    assert near_miss("zzz", ["orders"]) is None


def test_every_error_has_a_code_of_its_own_and_stands_in_the_tree():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HuaxiangError)]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(kind.__name__ in str(errors.__doc__) for kind in kinds)


def test_an_error_carries_all_findings_or_its_step_and_sql():
    both = ProjectError([Finding("a", "One."), Finding("b", "Two.")])
    assert str(both) == "One.\nTwo."
    assert str(EngineError("no", step="profiles", sql="SELECT 1")) == "profiles: no\nSELECT 1"


def test_money_has_the_short_sign_and_the_currencys_digits():
    assert money_text(1234.5, "CNY", "en") == "¥1,234.50"
    assert money_text(1234.5, "CNY", "zh", 0) in ("¥1,234", "¥1,235")
    assert money_text(1234.5, "JPY", "en", None) in ("¥1,234", "¥1,235")
    assert money_text(12, "USD", "zh") == "$12.00"


class Windowed(Spec):
    window: WindowField


@pytest.mark.parametrize("window", ["90d", {"from": "180d", "to": "90d"}, {"to": "30d"}])
def test_a_window_is_a_duration_or_from_and_to(window):
    assert Windowed(window=window).window


@pytest.mark.parametrize("window", ["90 days ago", {"from": "30d", "to": "90d"}, {"since": "30d"}])
def test_a_window_that_makes_no_sense_is_refused(window):
    with pytest.raises(ValueError, match=r"window|duration"):
        Windowed(window=window)


def test_a_definition_knows_the_line_of_each_key():
    spec = Spec(at=Location("x.yml", 3), lines={"cases": 5, "cases.0.when": 6})
    assert spec.place("cases", 0, "when").line == 6
    assert spec.place("cases", 1).line == 5
    assert spec.place("label").line == 3


@pytest.mark.parametrize("table", STANDARD.values(), ids=STANDARD)
def test_a_standard_table_keeps_its_own_promises(table):
    assert len(set(table.names)) == len(table.names)
    assert table.time is None or table.time in table.names
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in column.label.zh) for column in table.columns)
    for lookup in table.lookups:
        other = STANDARD[lookup.table]
        assert {lookup.on, *lookup.fill} <= set(table.names) & set(other.names)
    for column in table.columns:
        if column.default:
            assert compile_expression(column.default, Scope(table.types)).type in (column.type, "text")
