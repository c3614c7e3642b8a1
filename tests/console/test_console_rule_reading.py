"""A rule is opened as the groups it was put together of; what groups can't show is told apart, and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.console.rule_reading import BeyondBuilderError, rule_tree
from huaxiang.console.rules import OPERATORS, OPERATORS_OF, Condition, Group, Kind, rule_text
from huaxiang.core.errors import ProjectError

KINDS: dict[str, Kind] = {
    "spend": "number",
    "city": "text",
    "member": "boolean",
    "birthday": "date",
    "interests": "list",
    "champions": "segment",
}

VALUES = {
    "number": st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=2).map(
        lambda value: format(value, "f")
    ),
    "date": st.dates(min_value=date(1900, 1, 1)).map(date.isoformat),
    "text": st.text(min_size=1, max_size=6).filter(lambda value: value.strip() == value),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[name]
    operator = draw(st.sampled_from(OPERATORS_OF[kind]))
    wanted = OPERATORS[operator].values
    sizes = {"min_size": 1, "max_size": 3} if wanted is None else {"min_size": wanted, "max_size": wanted}
    return Condition(name, kind, operator, draw(st.lists(VALUES.get(kind, st.nothing()), **sizes)))  # type: ignore[arg-type]


def groups(depth: int) -> st.SearchStrategy[Group]:
    part = conditions() if depth == 1 else st.one_of(conditions(), groups(depth - 1))
    parts = st.lists(part, min_size=1, max_size=3)
    return st.builds(Group, st.sampled_from(["and", "or"]), st.booleans(), parts)


def plain(group: Group) -> Group:
    """The same rule where only one way to put it together says it: how a single part is joined makes no difference."""
    parts = [plain(part) if isinstance(part, Group) else part for part in group.parts]
    return Group(group.joined if len(parts) > 1 else "and", group.negated, parts)


def whole(group: Group) -> Group:
    """A rule in plain form. `not (…)` is the whole that is turned round, and also a whole of one part that is."""
    group = plain(group)
    only = group.parts[0]
    alone = not group.negated and len(group.parts) == 1 and isinstance(only, Group) and only.negated
    return only if alone and isinstance(only, Group) else group


@settings(deadline=None, max_examples=60)
@given(groups(3))
def test_whatever_is_put_together_is_opened_as_it_was(rule: Group):
    text = rule_text(rule)
    opened = rule_tree(text, KINDS)
    assert opened == whole(rule)
    assert rule_text(opened) == text


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("member", "member is true"),
        ("not member and spend>=1e3", "member is false and spend >= 1000"),
        ("city not in ('上海')", "not (city in ('上海'))"),
        ("spend <> 5 or member", "not (spend = 5) or member is true"),
        ("member or spend > 5 and spend < 9", "member is true or (spend > 5 and spend < 9)"),
        ("", ""),
    ],
)
def test_a_rule_by_hand_is_opened_where_conditions_say_the_same(written: str, opened: str):
    assert rule_text(rule_tree(written, KINDS)) == opened


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("coalesce(member, false)", "no condition for 'coalesce(member, FALSE)'"),
        ("spend + 1 > 2", "no condition for 'spend + 1 > 2'"),
        ("spend in (1, 2)", "no condition for 'spend IN (1, 2)'"),
        ("spend > 90d", "no condition"),
        ("spend > city", "no condition"),
        ("city = ' 上海'", "no condition"),
        ("champions", "no condition"),
        ("in_segment(city)", "no condition"),
        ("t.spend > 1", "no condition"),
        ("orders > 1", "'orders' is no tag or segment"),
        ("in_segment('vips')", "'vips' is no tag or segment"),
        ("spend > 1 -- dear ones", "comment"),
        ("member and (member or (member and (member or spend > 1)))", "nested too deeply"),
    ],
)
def test_a_rule_beyond_groups_and_conditions_is_not_opened_as_one(rule: str, reason: str):
    with pytest.raises(BeyondBuilderError, match=r".*") as error:
        rule_tree(rule, KINDS)
    assert reason in str(error.value)


def test_what_is_no_rule_is_told_as_everywhere():
    with pytest.raises(ProjectError, match="no SQL expression"):
        rule_tree("spend >", KINDS)


@pytest.mark.parametrize("typed", ["1e999999999", "1e-999999999", "9" * 40])
def test_a_number_that_would_fill_the_memory_is_refused(typed: str):
    with pytest.raises(ValueError, match=r".*"):
        rule_text(Group(parts=[Condition("spend", "number", "more", [typed])]))


def test_a_number_is_shown_as_it_counts():
    (condition,) = rule_tree("spend > 0.50", KINDS).parts
    assert isinstance(condition, Condition)
    assert Decimal(condition.values[0]) == Decimal("0.5")
