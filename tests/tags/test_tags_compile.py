"""Definitions of tags: what is accepted, what is found, in which order they are built, which are left out."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from huaxiang.core.errors import ProjectError
from huaxiang.core.tables import STANDARD
from huaxiang.core.types import Type
from huaxiang.tags.compile import compile_all, compile_tags
from huaxiang.tags.select import fed_columns, mapped_columns, select_tags
from huaxiang.tags.spec import AnyTag

READ = TypeAdapter(AnyTag)


def tags(**definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        name: READ.validate_python({"name": name, "dimension": "d", "category": "c", **definition})
        for name, definition in definitions.items()
    }


def codes(**definitions: dict[str, Any]) -> list[str]:
    return [finding.code for finding in compile_all(tags(**definitions), STANDARD).findings]


ORDERS = {"table": "orders", "value": "count()", "where": "paid", "default": 0}


def test_tags_are_built_after_those_they_read():
    compiled = compile_tags(
        tags(
            a={"cases": [{"when": "b > 1", "then": "many"}], "otherwise": "few"},
            b={"expression": "c * 2"},
            c=ORDERS,
            d={"bins": {"of": "b", "breaks": [10]}},
        ),
        STANDARD,
    )
    order = [tag.name for tag in compiled]
    assert order.index("c") < order.index("b") < min(order.index("a"), order.index("d"))
    assert {tag.name: tag.type for tag in compiled} == {
        "a": Type.TEXT,
        "b": Type.INTEGER,
        "c": Type.INTEGER,
        "d": Type.TEXT,
    }


def test_a_circle_is_shown_with_all_its_members_and_nothing_else_is_blamed():
    specs = tags(a={"expression": "b + 1"}, b={"expression": "a + 1"}, c={"expression": "b"})
    (found,) = compile_all(specs, STANDARD).findings
    assert found.code == "tag_cycle"
    assert "a" in found.message
    assert "→" in found.message


def test_a_tag_may_have_the_name_of_a_function():
    assert codes(length={"expression": "length(city)"}, city={"attribute": "city"}) == []


def test_one_mistake_is_not_repeated_by_the_tags_that_read_it():
    assert codes(a={**ORDERS, "value": "sum(amont)"}, b={"expression": "a + 1"}) == ["unknown_column"]


def test_an_unknown_tag_is_looked_for_among_all_tags_whatever_their_order():
    specs = tags(a={"expression": "zonee"}, zone={"expression": "city"}, city={"attribute": "city"})
    (finding,) = compile_all(specs, STANDARD).findings
    assert finding.remedy == "Did you mean 'zone'?"


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ({"table": "order", "value": "count()"}, "unknown_table"),
        ({"table": "products", "value": "count()"}, "unknown_table"),
        ({"table": "orders", "value": "amount"}, "aggregate_missing"),
        ({"table": "orders", "value": "sum(amount) + amount"}, "column_outside_aggregate"),
        ({"table": "orders", "value": "count()", "where": "amount"}, "expression_type"),
        ({"table": "orders", "value": "count()", "where": "occurred_at < now()"}, "expression_now"),
        ({"attribute": "gendre"}, "unknown_attribute"),
        ({"expression": "spend"}, "unknown_tag"),
        ({"cases": [{"when": "true", "then": 1}, {"when": "true", "then": "x"}]}, "mixed_types"),
        ({"bins": {"of": "nothing", "breaks": [1]}}, "unknown_tag"),
        ({"sql": "delete from orders", "type": "number"}, "sql_not_a_select"),
        (
            {"sql": "select customer_id, 1 as value from orders; drop table orders", "type": "number"},
            "sql_not_a_select",
        ),
        ({"sql": "select customer_id, 1 as value from secrets", "type": "number"}, "unknown_table"),
        ({"sql": "select customer_id, 1 as value from read_csv('/etc/passwd')", "type": "number"}, "unknown_table"),
        ({"sql": "select customer_id, now() as value from orders", "type": "moment"}, "expression_now"),
        ({"sql": "select customer_id, count(*) n from orders group by 1", "type": "number"}, "sql_columns"),
        ({"sql": "selec", "type": "number"}, "sql_not_a_select"),
    ],
)
def test_a_mistake_in_a_tag_has_its_code(definition, code):
    assert code in codes(t=definition)


def test_bins_of_a_text_need_top():
    assert codes(c={"attribute": "city"}, b={"bins": {"of": "c", "quantiles": 5}}) == ["expression_type"]
    assert codes(c={"attribute": "city"}, b={"bins": {"of": "c", "top": 5}}) == []


@pytest.mark.parametrize(
    "definition",
    [
        {"attribute": "city", "table": "orders", "value": "count()"},
        {"label": "nothing"},
        {"table": "orders", "value": "count()", "window": "90 days"},
        {"table": "orders", "value": "count()", "window": {"from": "30d", "to": "90d"}},
        {"bins": {"of": "a", "breaks": [3, 1]}},
        {"bins": {"of": "a", "breaks": [1], "top": 3}},
        {"bins": {"of": "a", "quantiles": 3, "labels": ["low", "high"]}},
        {"cases": []},
        {"attribute": "city", "colour": "red"},
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(definition):
    with pytest.raises(ValidationError):
        tags(t=definition)


def test_all_mistakes_of_all_tags_are_raised_together():
    with pytest.raises(ProjectError) as raised:
        compile_tags(tags(a={"attribute": "x"}, b={"table": "y", "value": "count()"}), STANDARD)
    assert len(raised.value.findings) == 2


# -- which tags can be built ----------------------------------------------------------------------------------


def left_out(feeds: list[tuple[str, list[str]]], **definitions: dict[str, Any]) -> dict[str, str]:
    mapped = mapped_columns(feeds, STANDARD)
    compiled = compile_tags(tags(**definitions), STANDARD)
    selected = select_tags(compiled, fed_columns(mapped, STANDARD), mapped, unwanted={"never"})
    return {tag.name: tag.reason.en for tag in selected.left_out}


def test_a_tag_on_a_table_that_nobody_feeds_is_left_out_and_so_are_those_that_read_it():
    reasons = left_out([("records", ["city"])], n=ORDERS, twice={"expression": "n * 2"}, home={"attribute": "city"})
    assert reasons == {"n": "no source feeds orders", "twice": "needs n, which can't be built"}


def test_a_default_feeds_a_column_and_so_does_a_lookup():
    feeds = [("orders", ["order_id", "occurred_at", "amount"]), ("order_lines", ["order_id", "amount", "product_id"])]
    lines = {"table": "order_lines", "value": "top(category)", "where": "paid"}
    assert left_out(feeds, n=ORDERS) == {}
    assert left_out(feeds, t=lines) == {"t": "no source feeds order_lines.category"}
    assert left_out([*feeds, ("products", ["product_id", "category"])], t=lines) == {}


def test_what_a_tag_requires_besides_what_it_reads_must_be_fed():
    assert left_out([("orders", ["amount"])], n={**ORDERS, "requires": ["spend"]}) == {"n": "no source feeds spend"}


def test_what_is_required_must_be_mapped_and_a_default_does_not_do():
    feeds = [("orders", ["order_id", "amount"])]
    returned = {**ORDERS, "where": "status = 'returned'"}
    assert left_out(feeds, r=returned) == {}
    assert left_out(feeds, r={**returned, "requires": ["orders.status"]}) == {"r": "no source feeds orders.status"}


def test_a_project_can_leave_tags_out():
    reasons = left_out([("orders", ["amount"])], never=ORDERS, twice={"expression": "never * 2"})
    assert reasons == {
        "never": "left out by the project (leave_out)",
        "twice": "needs never, which can't be built",
    }


def test_what_a_tag_requires_may_come_from_another_table_but_not_from_a_default():
    feeds = [("orders", ["order_id"]), ("order_lines", ["order_id", "product_id"]), ("products", ["product_id"])]
    needed = {"table": "order_lines", "value": "count()", "requires": ["order_lines.premium"]}
    assert left_out(feeds, t=needed) == {"t": "no source feeds order_lines.premium"}
    assert left_out([*feeds, ("products", ["premium"])], t=needed) == {}
    by_default = {**ORDERS, "requires": ["orders.status"]}
    assert left_out(feeds, t=by_default) == {"t": "no source feeds orders.status"}
