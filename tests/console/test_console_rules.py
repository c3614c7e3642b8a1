"""A rule that was put together says what was chosen, and nothing that was typed becomes more than a value."""

from __future__ import annotations

import pytest
import sqlglot
import sqlglot.expressions as sge
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.console.rules import OPERATORS, OPERATORS_OF, Condition, Group, rule_text


def number(operator: str, *values: str) -> Condition:
    return Condition("spend", "number", operator, list(values))


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (number("at_least", "1,000"), "spend >= 1000"),
        (number("between", "1", "2.50"), "spend between 1 and 2.50"),
        (Condition("city", "text", "in", ["上海", "O'Hare"]), "city in ('上海', 'O''Hare')"),
        (Condition("city", "text", "is_not", ["上海"]), "(city <> '上海' or city is null)"),
        (Condition("birthday", "date", "more", ["1990-01-01"]), "birthday > date '1990-01-01'"),
        (Condition("member", "boolean", "yes"), "member is true"),
        (Condition("champions", "segment", "no_member"), "not in_segment('champions')"),
        (Condition("interests", "list", "known"), "interests is not null"),
    ],
)
def test_a_condition_is_written_in_the_language_of_segments(part, text):
    assert rule_text(Group(parts=[part])) == text


def test_groups_within_groups_keep_their_brackets():
    inner = Group("or", parts=[number("more", "5"), Condition("member", "boolean", "yes")])
    outside = Group("or", negated=True, parts=[Condition("member", "boolean", "no")])
    rule = Group("and", parts=[number("less", "9"), inner, outside])
    assert rule_text(rule) == "spend < 9 and (spend > 5 or member is true) and not (member is false)"


@pytest.mark.parametrize("part", [Condition(), number("at_least"), number("between", "1"), Group(), number("yes")])
def test_what_is_not_finished_says_nothing(part):
    assert rule_text(Group(parts=[part])) == ""


@pytest.mark.parametrize("typed", ["many", "1e", "nan", "1; drop table profiles", "1 or 1=1"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match=r".*"):
        rule_text(Group(parts=[number("at_least", typed)]))


@settings(deadline=None)
@given(st.text(min_size=1).filter(str.strip))
def test_whatever_is_typed_as_text_stays_one_literal(typed):
    tree = sqlglot.parse_one(rule_text(Group(parts=[Condition("city", "text", "is", [typed])])), dialect="duckdb")
    assert isinstance(tree, sge.EQ)
    assert tree.expression == sge.Literal.string(typed.strip())


def test_every_operator_is_offered_for_something():
    assert {key for keys in OPERATORS_OF.values() for key in keys} == set(OPERATORS)
