"""What it would take to leave a segment: the borders that its rule draws, and how far its typical member is from each.

A rule is read down to comparisons of tags with fixed values; a tag that is made of cases stands for the rule of its
case. What can't be read so is told as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import NOWHERE
from huaxiang.core.text import Language, Text
from huaxiang.expressions.parse import parse
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.groups import Group
from huaxiang.personas.measure import Measures, rounded
from huaxiang.personas.portrait import too_small
from huaxiang.personas.tags import Tag
from huaxiang.personas.words import Words

DEPTH = 2
"""How many tags made of cases are opened, one inside the other."""

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class BorderRow(AspectRow):
    """One border of a segment. `distance`: from the median member to it, in the unit of the tag; 0 is on the border.

    `alternative`: the rule asks for this or something else, so crossing one border alone need not be leaving.
    """

    table: ClassVar[str] = "portrait_borders"

    persona: str
    position: int
    tag: str | None
    operator: str
    border: str
    median: float | None
    distance: float | None
    alternative: bool
    statement: Text


@dataclass(frozen=True)
class _Predicate:
    """A comparison in a rule; `tag` None: a condition that is told as it is written."""

    tag: str | None
    operator: str
    value: Any
    alternative: bool


def border_rows(
    persona: str,
    rule: str,
    tags: Mapping[str, Tag],
    groups: Mapping[str, Group],
    inside: Measures,
    *,
    currency: str,
    threshold: int,
) -> list[BorderRow]:
    """The borders of a rule, the nearest first where distances can be told. None for a list.

    No distance is told where fewer than `threshold` members have a value.
    """
    medians = {
        name: median for name, median in inside.medians.items() if not too_small(inside.samples[name].count, threshold)
    }
    found = [_row(persona, one, tags, groups, medians, currency) for one in _predicates(rule, tags)]
    found.sort(key=lambda row: (row.alternative, _relative(row)))
    rows = list({row.statement: row for row in reversed(found)}.values())[::-1]
    return [_at(row, i) for i, row in enumerate(rows, 1)]


def _relative(row: BorderRow) -> float:
    """How far the border is, as a part of the median member's own value; those that can't be told last."""
    if row.distance is None or row.median is None:
        return 1e9
    return row.distance / max(abs(row.median), abs(row.median - row.distance), 1e-9)


def _at(row: BorderRow, position: int) -> BorderRow:
    return replace(row, position=position)


# -- reading a rule ---------------------------------------------------------------------------------------------------


def _predicates(
    rule: str, tags: Mapping[str, Tag], depth: int = 0, *, alternative: bool = False
) -> Iterator[_Predicate]:
    try:
        tree = parse(rule, owner="", at=NOWHERE)
    except ProjectError:
        return
    for part, either in _parts(tree, alternative):
        for one in _predicate(part, either):
            opened = _case(one, tags) if depth < DEPTH else None
            if opened is None:
                yield one
            else:
                yield from _predicates(opened, tags, depth + 1, alternative=one.alternative)


def _parts(tree: Any, alternative: bool) -> Iterator[tuple[Any, bool]]:
    """The conditions of a rule that must all hold, and of its alternatives."""
    from sqlglot import exp

    match tree:
        case exp.Paren():
            yield from _parts(tree.this, alternative)
        case exp.And():
            for side in (tree.left, tree.right):
                yield from _parts(side, alternative)
        case exp.Or():
            for side in (tree.left, tree.right):
                yield from _parts(side, True)
        case _:
            yield tree, alternative


def _predicate(tree: Any, alternative: bool) -> Iterator[_Predicate]:
    from sqlglot import exp

    match tree:
        case exp.Between(this=exp.Column()):
            borders = [(sign, _number(tree.args[side])) for sign, side in ((">=", "low"), ("<=", "high"))]
            if all(value is not None for _, value in borders):
                yield from (_Predicate(tree.this.name, sign, value, alternative) for sign, value in borders)
                return
        case exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            if (found := _compared(tree)) is not None:
                yield _Predicate(*found, alternative)
                return
        case _:
            if (held := _equal(tree)) is not None:
                yield _Predicate(*held, alternative)
                return
    yield _Predicate(None, "", tree.sql(), alternative)


def _compared(tree: Any) -> tuple[str, str, Any] | None:
    """A tag, a sign and a number, whichever side the tag stands on."""
    from sqlglot import exp

    sign = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}[type(tree)]
    column, value = tree.left, _number(tree.right)
    if not isinstance(column, exp.Column):
        column, value, sign = tree.right, _number(tree.left), _FLIPPED[sign]
    return (column.name, sign, value) if isinstance(column, exp.Column) and value is not None else None


def _equal(tree: Any) -> tuple[str | None, str, Any] | None:
    """A tag that has one of some values, holds or does not hold; or a segment."""
    from sqlglot import exp

    match tree:
        case exp.EQ(this=exp.Column(), expression=exp.Literal()):
            return tree.left.name, "=", _literal(tree.right)
        case exp.In(this=exp.Column()) if all(isinstance(one, exp.Literal) for one in tree.expressions):
            return tree.this.name, "in", tuple(_literal(one) for one in tree.expressions)
        case exp.Column():
            return tree.name, "is", True
        case exp.Not(this=exp.Column()):
            return tree.this.name, "is", False
        case exp.Anonymous() if tree.name.lower() == "in_segment" and tree.expressions:
            return None, "in_segment", tree.expressions[0].name
    return None


def _literal(tree: Any) -> Any:
    return tree.this if tree.is_string else _number(tree)


def _number(tree: Any) -> float | None:
    from sqlglot import exp

    negative = isinstance(tree, exp.Neg)
    inner = tree.this if negative else tree
    if not isinstance(inner, exp.Literal) or inner.is_string:
        return None
    return -float(inner.this) if negative else float(inner.this)


def _case(one: _Predicate, tags: Mapping[str, Tag]) -> str | None:
    """The rule that gives a tag the value that is asked for; None where it is not made by one.

    Of a tag made of cases it is that of the case itself: what earlier cases took away is left to them.
    """
    tag = tags.get(one.tag or "")
    if tag is None:
        return None
    if one.operator == "is" and one.value is True:
        return tag.defined.get("expression")
    if one.operator == "=":
        cases = tag.defined.get("cases") or ()
        return next((case.get("when") for case in cases if case.get("then") == one.value), None)
    return None


# -- telling it -------------------------------------------------------------------------------------------------------


def _row(
    persona: str,
    one: _Predicate,
    tags: Mapping[str, Tag],
    groups: Mapping[str, Group],
    medians: Mapping[str, float],
    currency: str,
) -> BorderRow:
    tag = tags.get(one.tag or "")
    median = None if tag is None or one.operator not in _FLIPPED else medians.get(tag.name)
    distance = None if median is None else rounded(abs(median - one.value))
    said = {words.language: _words(one, tag, groups, median, distance, words) for words in _both(currency)}
    border = ", ".join(map(str, one.value)) if isinstance(one.value, tuple) else _plain(one.value)
    statement = Text(said["en"], said["zh"])
    return BorderRow(persona, 0, one.tag, one.operator, border, median, distance, one.alternative, statement)


def _both(currency: str) -> tuple[Words, Words]:
    return Words("en", currency), Words("zh", currency)


def _words(
    one: _Predicate,
    tag: Tag | None,
    groups: Mapping[str, Group],
    median: float | None,
    distance: float | None,
    words: Words,
) -> str:
    language = words.language
    if one.operator == "in_segment":
        segment = groups.get(one.value)
        named = segment.label[language] if segment else one.value
        return f"离开分群“{named}”。" if language == "zh" else f"Leaves the segment “{named}”."
    if tag is None:
        return f"不再满足：{one.value}。" if language == "zh" else f"This holds no longer: {one.value}."
    label = tag.label[language]
    if one.operator in _FLIPPED:
        return _crossing(one, tag, label, median, distance, words)
    if one.operator == "is":
        return _turning(label, bool(one.value), language)
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    told = ("、" if language == "zh" else ", ").join(tag.value_label(_plain(value))[language] for value in values)
    if language == "zh":
        return f"“{label}”不再是{told}。"
    return f"{label} is no longer {told}." if len(values) == 1 else f"{label} is none of {told} any more."


def _turning(label: str, value: bool, language: Language) -> str:
    if language == "zh":
        return f"“{label}”{'不再成立' if value else '开始成立'}。"
    return f"“{label}” {'holds no longer' if value else 'begins to hold'}."


def _crossing(one: _Predicate, tag: Tag, label: str, median: float | None, distance: float | None, words: Words) -> str:
    """A number that rises above or falls below its border; one that grows by itself needs only time."""
    way = _WAYS[one.operator][words.language].format(border=words.amount(tag, one.value))
    chinese, by_time = words.language == "zh", one.operator in ("<", "<=") and tag.is_time_since
    if median is None or distance is None:
        return f"“{label}”{way}。" if chinese else f"{label} {way}."
    typical, away = words.amount(tag, median), words.amount(tag, distance)
    if chinese:
        return f"“{label}”{way}：成员中位数为 {typical}，相差 {away}{'，只需时间推移' if by_time else ''}。"
    more = ", which takes nothing but time" if by_time else ""
    return f"{label} {way}: the median member has {typical}, {away} away{more}."


_WAYS: dict[str, Text] = {
    "<": Text("reaches {border}", "达到 {border}"),
    "<=": Text("rises above {border}", "超过 {border}"),
    ">": Text("falls to {border}", "降至 {border}"),
    ">=": Text("falls below {border}", "低于 {border}"),
}
"""How a border is crossed, by what the rule asks for."""


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
