"""Rules of the user's own: what is counted, what is shown, and what stops a build."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from huaxiang.core.errors import DataError
from huaxiang.core.findings import Location
from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.project.rules import check_mapped, check_raw
from huaxiang.quality.expect import check_blocking, check_outcomes, rules_table
from huaxiang.sources.check import check_source
from huaxiang.sources.spec import SourceSpec

AT = Moment.parse("2026-06-30", "Asia/Shanghai")


def source(*rules, **more):
    return SourceSpec(name="s", path="a.csv", expect=rules, at=Location("s.yml", 1), **more)


def raw(**columns):
    rows = len(next(iter(columns.values())))
    return ibis.memtable(pa.table({**columns, "_file": ["a.csv"] * rows, "_row": list(range(1, rows + 1))}))


def test_a_rule_counts_the_rows_on_which_it_is_known(engine):
    rows = raw(price=[1.0, -1.0, None, 4.0, 5.0])
    [found] = check_raw(engine, source({"name": "positive", "that": "price > 0", "share": 0.8}), rows, AT)
    assert (found.rows, found.failed, found.share, found.holds) == (4, 1, 0.75, False)
    assert found.examples == ("a.csv#2",)


def test_texts_that_mean_nothing_are_no_values(engine):
    rows = raw(city=["x", "-", "", "y"])
    rules = ({"name": "there", "that": "city is not null"}, {"name": "x", "that": "city = 'x'"})
    there, x = check_raw(engine, source(*rules), rows, AT)
    assert (there.rows, there.failed) == (4, 2)
    assert (x.rows, x.failed) == (2, 1)


def test_a_rule_that_holds_on_just_the_share_that_is_wanted_holds(engine):
    [found] = check_raw(engine, source({"name": "a", "that": "x < 4", "share": 0.75}), raw(x=[1, 2, 3, 4]), AT)
    assert found.holds
    assert list(check_outcomes([found])) == []


def test_the_numbers_of_failing_rows_are_told_but_no_more_than_five_and_never_what_they_hold(engine):
    [found] = check_raw(engine, source({"name": "a", "that": "x = 'no'"}), raw(x=["secret"] * 7), AT)
    assert found.examples == ("a.csv#1", "a.csv#2", "a.csv#3", "a.csv#4", "a.csv#5")
    [finding] = check_outcomes([found])
    assert (finding.code, finding.severity) == ("expect_failed", "warning")
    assert "a.csv#5, …" in finding.message
    assert "secret" not in finding.message


def test_a_rule_that_is_known_on_no_row_is_told_and_blocks_nothing(engine):
    rule = {"name": "a", "that": "x > 0", "severity": "block"}
    [found] = check_raw(engine, source(rule), raw(x=pa.array([None, None], pa.float64())), AT)
    assert found.holds is None
    assert [finding.code for finding in check_outcomes([found])] == ["expect_unknown"]
    check_blocking([found], serving=True)


def test_a_rule_about_a_table_sees_the_usable_rows_as_they_were_mapped(engine, mapped):
    rows, _ = mapped({"amount": 1.0}, {"amount": -1.0}, {"amount": -1.0, "_aside": "filtered"},
                     {"amount": -1.0, "_problems": ["missing order_id"]})  # fmt: skip
    rules = ({"name": "a", "table": "orders", "that": "amount > 0"}, {"name": "raw", "that": "price > 0"})
    [found] = check_mapped(engine, source(*rules), "orders", rows, AT)
    assert (found.rule.name, found.table, found.rows, found.failed) == ("a", "orders", 2, 1)


def test_all_blocking_rules_are_told_at_once_and_a_warning_stops_nothing(engine):
    rules = (
        {"name": "first", "that": "x > 1", "severity": "block", "label": "Larger than one"},
        {"name": "second", "that": "x > 2", "severity": "block", "share": 0.99},
        {"name": "third", "that": "x > 3"},
    )
    outcomes = check_raw(engine, source(*rules), raw(x=[1, 2, 3]), AT)
    with pytest.raises(DataError) as caught:
        check_blocking(outcomes, serving=True)
    message = str(caught.value)
    assert "The former snapshot keeps serving." in message
    assert "rule 'first' (Larger than one): x > 1 holds on 66.6667 % of 3 rows, 100 % are wanted" in message
    assert "rule 'second': x > 2 holds on 33.3333 % of 3 rows, 99 % are wanted" in message
    assert "Rows that fail: a.csv#1, a.csv#2" in message
    assert "third" not in message
    with pytest.raises(DataError, match="No snapshot was written"):
        check_blocking(outcomes, serving=False)


def test_the_table_of_rules_has_both_labels_and_the_rows_to_look_at(engine):
    rule = {"name": "a", "that": "x > 1", "label": {"en": "Large", "zh": "够大"}, "dimension": "accuracy"}
    [row] = rules_table(check_raw(engine, source(rule), raw(x=[1, 2]), AT)).to_pylist()
    assert row == {"source": "s", "table": None, "name": "a", "label_en": "Large", "label_zh": "够大", "that": "x > 1",
                   "severity": "warn", "dimension": "accuracy", "wanted": 1.0, "rows": 2, "failed": 1, "share": 0.5,
                   "holds": False, "examples": ["a.csv#1"]}  # fmt: skip


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two rules are named 'a'"):
        source({"name": "a", "that": "x"}, {"name": "a", "that": "y"})


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"that": "nonsense > 1"}, "unknown_column"),
        ({"that": "x + 1"}, "expression_type"),
        ({"that": "x > 1", "table": "tickets"}, "unknown_table"),
        ({"that": "amout > 1", "table": "orders"}, "unknown_column"),
        ({"that": "now() > day"}, "expression_now"),
    ],
)
def test_a_rule_that_makes_no_sense_is_a_finding(rule, code):
    feed = {"table": "orders", "columns": {"order_id": "x", "occurred_at": "x", "amount": "x"}}
    spec = source({"name": "a", **rule}, feeds=(feed,))
    from huaxiang.core.types import Type

    found = list(check_source(spec, {"x": Type.INTEGER, "day": Type.MOMENT}, STANDARD, ()))
    assert code in [finding.code for finding in found]
