"""A rule as people put it together: groups of conditions within groups, and the text that it is.

The text is the language of segments; what is typed is a literal in it and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from huaxiang.console.words import later

_LONGEST = 38
"""Digits of a number, at most: written out, `1e999999` would have a million."""

Kind = Literal["text", "number", "boolean", "date", "list", "segment"]
"""What a condition is about: the type of a tag as far as its operators go, or a segment."""

KINDS: Mapping[str, Kind] = {
    "text": "text",
    "integer": "number",
    "number": "number",
    "money": "number",
    "duration": "number",
    "boolean": "boolean",
    "date": "date",
    "moment": "date",
    "list": "list",
}
"""Type of a tag → what its conditions are about."""


@dataclass(frozen=True)
class Operator:
    """How a tag is held against what was typed: `values` is how many are typed (None: any number, by commas)."""

    label: str
    values: int | None
    write: Callable[[str, list[str]], str]


def _compares(sign: str) -> Callable[[str, list[str]], str]:
    return lambda tag, values: f"{tag} {sign} {values[0]}"


OPERATORS: Mapping[str, Operator] = {
    "is": Operator(later("is"), 1, _compares("=")),
    "is_not": Operator(later("is not"), 1, lambda tag, values: f"({tag} <> {values[0]} or {tag} is null)"),
    "in": Operator(later("is one of"), None, lambda tag, values: f"{tag} in ({', '.join(values)})"),
    "contains": Operator(later("contains"), 1, lambda tag, values: f"contains({tag}, {values[0]})"),
    "at_least": Operator(later("at least"), 1, _compares(">=")),
    "at_most": Operator(later("at most"), 1, _compares("<=")),
    "more": Operator(later("more than"), 1, _compares(">")),
    "less": Operator(later("less than"), 1, _compares("<")),
    "between": Operator(later("between"), 2, lambda tag, values: f"{tag} between {values[0]} and {values[1]}"),
    "yes": Operator(later("is yes"), 0, lambda tag, _: f"{tag} is true"),
    "no": Operator(later("is no"), 0, lambda tag, _: f"{tag} is false"),
    "known": Operator(later("is known"), 0, lambda tag, _: f"{tag} is not null"),
    "unknown": Operator(later("is unknown"), 0, lambda tag, _: f"{tag} is null"),
    "member": Operator(later("is a member"), 0, lambda name, _: f"in_segment('{name}')"),
    "no_member": Operator(later("is no member"), 0, lambda name, _: f"not in_segment('{name}')"),
}
"""Operators by key."""

_COMPARED = ("at_least", "at_most", "more", "less", "between", "is", "is_not", "known", "unknown")
OPERATORS_OF: Mapping[Kind, tuple[str, ...]] = {
    "text": ("in", "is", "is_not", "contains", "known", "unknown"),
    "number": _COMPARED,
    "date": _COMPARED,
    "boolean": ("yes", "no", "known", "unknown"),
    "list": ("known", "unknown"),
    "segment": ("member", "no_member"),
}
"""What a condition is about → the operators that make sense, the usual one first."""


@dataclass
class Condition:
    """One condition: `name` is a tag or a segment, `values` what was typed or chosen."""

    name: str = ""
    kind: Kind = "text"
    operator: str = "in"
    values: list[str] = field(default_factory=list)


@dataclass
class Group:
    """Conditions and groups of which all or any hold; `negated` turns it round."""

    joined: Literal["and", "or"] = "and"
    negated: bool = False
    parts: list[Condition | Group] = field(default_factory=list)


def rule_text(group: Group) -> str:
    """The rule in the language of segments; empty where nothing was chosen yet.

    Raises:
        ValueError: something that was typed is no value of its tag.
    """
    texts = [text for part in group.parts if (text := _part(part))]
    if not texts:
        return ""
    joined = texts[0] if len(texts) == 1 else f" {group.joined} ".join(texts)
    return f"not ({joined})" if group.negated else joined


def _part(part: Condition | Group) -> str:
    if isinstance(part, Group):
        text = rule_text(part)
        return f"({text})" if text and not part.negated else text
    if not part.name or part.operator not in OPERATORS_OF[part.kind]:
        return ""
    operator = OPERATORS[part.operator]
    typed = [value.strip() for value in part.values if value.strip()]
    if operator.values is None:
        return operator.write(part.name, [_literal(value, part.kind) for value in typed]) if typed else ""
    if len(typed) < operator.values:
        return ""
    return operator.write(part.name, [_literal(value, part.kind) for value in typed[: operator.values]])


def value_of(typed: str, kind: Kind) -> str:
    """What was typed for a tag of a kind, as it stands in rules: `1,000` → `1000`.

    Raises:
        ValueError: it is no value of such a tag.
    """
    match kind:
        case "number":
            try:
                number = Decimal(typed.replace(",", "").replace("，", ""))
            except InvalidOperation:
                raise ValueError(typed) from None
            # Written out, `1e999999` would have a million digits.
            if (
                not number.is_finite()
                or abs(number.adjusted()) > _LONGEST
                or -int(number.as_tuple().exponent) > _LONGEST
            ):
                raise ValueError(typed)
            return format(number, "f")
        case "date":
            return date.fromisoformat(typed).isoformat()
        case _:
            return typed.strip()


def _literal(typed: str, kind: Kind) -> str:
    value = value_of(typed, kind)
    match kind:
        case "number":
            return value
        case "date":
            return f"date '{value}'"
        case _:
            return "'" + value.replace("'", "''") + "'"
