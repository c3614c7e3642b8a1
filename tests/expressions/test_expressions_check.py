"""What an expression may say, and what is said about one that is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Location
from huaxiang.core.types import Type
from huaxiang.expressions import Scope, compile_expression
from huaxiang.expressions.functions import Macro, functions

COLUMNS = {
    "amount": Type.MONEY,
    "status": Type.TEXT,
    "occurred_at": Type.MOMENT,
    "birthday": Type.DATE,
    "quantity": Type.INTEGER,
    "rating": Type.NUMBER,
    "paid": Type.BOOLEAN,
    "姓 名": Type.TEXT,
}
SCOPE = Scope(COLUMNS, owner="tag 'x'", aggregates=True, segments=frozenset({"champions"}))


def finding(text: str, scope: Scope = SCOPE):
    with pytest.raises(ProjectError) as raised:
        compile_expression(text, scope, Location("tags/x.yml", 7))
    return raised.value.findings[0]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("amount * 2", Type.MONEY),
        ("amount / 2", Type.NUMBER),
        ("amount + rating", Type.NUMBER),
        ("quantity + 1", Type.INTEGER),
        ("amount > 100 and status = 'paid'", Type.BOOLEAN),
        ("not paid or rating is null", Type.BOOLEAN),
        ("occurred_at >= '2026-01-01'", Type.BOOLEAN),
        ("birthday < date '2000-01-01'", Type.BOOLEAN),
        ("status in ('paid', 'shipped')", Type.BOOLEAN),
        ("case when paid then 'a' else 'b' end", Type.TEXT),
        ("case status when 'paid' then 1 when 'placed' then 0 end", Type.INTEGER),
        ("if(paid, 1, 0)", Type.INTEGER),
        ("coalesce(status, 'unknown') || '!'", Type.TEXT),
        ("days_since(last(occurred_at)) <= 30d", Type.BOOLEAN),
        ("sum(amount) filter (where paid) / nullif(count(), 0)", Type.NUMBER),
        ("count(distinct status)", Type.INTEGER),
        ("distinct(status)", Type.INTEGER),
        ("top(status, by => sum(amount))", Type.TEXT),
        ("within(sum(amount), 90d, 30d)", Type.MONEY),
        ("trend(count(), 30d, 90d)", Type.NUMBER),
        ("in_segment('champions')", Type.BOOLEAN),
        ('length("姓 名")', Type.INTEGER),
        ("years_since(birthday)", Type.INTEGER),
    ],
)
def test_an_expression_has_the_type_of_its_value(text, type_):
    assert compile_expression(text, SCOPE).type is type_


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("amont > 1", "unknown_column", "Did you mean 'amount'?"),
        ("sums(amount)", "unknown_function", "Did you mean 'sum'?"),
        ("now()", "expression_now", "as_of"),
        ("current_date", "expression_now", "as_of"),
        ("today() - 1", "expression_now", "as_of"),
        ("(select max(amount) from orders)", "expression_subquery", "subquery"),
        ("amount in (select 1)", "expression_subquery", "subquery"),
        ("exists(select 1)", "expression_subquery", "subquery"),
        ("amount; drop table orders", "expression_syntax", "more than one statement"),
        ("", "expression_syntax", "empty"),
        ("amount +", "expression_syntax", "'amount +' is no SQL expression: something is missing in it."),
        ("sum(amount", "expression_syntax", "a closing bracket is missing"),
        ("sum(amount))", "expression_syntax", "')' is not expected there"),
        ("status = 'paid", "expression_syntax", "a quote is opened and not closed"),
        ("amount + status", "expression_type", "'+' takes integer or money or number"),
        ("sum(amount) over (order by occurred_at)", "expression_not_allowed", "window function"),
        ("sum(sum(amount))", "expression_aggregate", "inside another aggregate"),
        ("status > 1", "expression_type", "can't be compared"),
        ("lower(amount)", "expression_type", "takes text, not money"),
        ("sum(status)", "expression_type", "not text ('status')"),
        ("paid and quantity", "expression_type", "boolean"),
        ("case when quantity then 1 end", "expression_type", "condition"),
        ("case when paid then 1 else 'a' end", "expression_type", "different types"),
        ("quantile(amount, 2)", "expression_arguments", "0 to 1"),
        ("longest_streak('year')", "expression_arguments", "'month'"),
        ("nth(status, 0)", "expression_arguments", "from 1"),
        ("trend(sum(amount), 90d, 30d)", "expression_arguments", "shorter"),
        ("within(amount, 30d)", "expression_arguments", "around an aggregate"),
        ("within(sum(amount), soon)", "unknown_column", "soon"),
        ("within(sum(amount), 'soon')", "expression_type", "90d"),
        ("round(amount, quantity)", "expression_arguments", "constant"),
        ("sum(amount, by => sum(quantity))", "expression_arguments", "top"),
        ("in_segment('champion')", "unknown_segment", "Did you mean 'champions'?"),
        ("orders.amount", "unknown_column", "orders.amount"),
        ("cast(amount as text)", "expression_not_allowed", "cast"),
        ("birthday = '1.1.2000'", "expression_type", "2026-06-30"),
        ("lower()", "expression_arguments", "lower(text)"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(text, code, said):
    found = finding(text)
    assert found.code == code
    assert said in str(found)
    assert str(found).endswith("(tags/x.yml:7)")
    assert "tag 'x'" in found.message


def test_all_mistakes_of_an_expression_are_found_at_once():
    with pytest.raises(ProjectError) as raised:
        compile_expression("amont > 1 and statsu = 'paid' and now() > birthday", SCOPE)
    assert {found.code for found in raised.value.findings} == {"unknown_column", "expression_now"}
    assert len(raised.value.findings) == 3


def test_an_aggregate_has_no_place_in_a_filter_of_rows():
    found = finding("sum(amount) > 1", Scope(COLUMNS))
    assert found.code == "expression_aggregate"


def test_segments_are_spoken_of_in_segments_only():
    assert finding("in_segment('champions')", Scope(COLUMNS)).code == "expression_not_allowed"


def test_a_wanted_type_is_asked_for():
    with pytest.raises(ProjectError) as raised:
        compile_expression("amount + 1", SCOPE, wanted=frozenset({Type.BOOLEAN}))
    assert "boolean is wanted" in str(raised.value)


@given(st.text(max_size=40))
def test_no_text_whatever_ends_in_anything_but_an_expression_or_findings(text):
    with suppress(ProjectError):
        compile_expression(text, SCOPE)


@pytest.mark.parametrize("name", sorted(functions()))
def test_every_function_is_documented_in_both_languages_and_its_example_compiles(name):
    row = functions()[name]
    assert row.label.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in row.label.zh + row.documentation.zh)
    if row.hidden:
        return
    assert row.example, "an example is part of the documentation"
    assert f"{name}(" in row.example or isinstance(row, Macro)
