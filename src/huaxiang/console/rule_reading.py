"""From the text of a rule back to the groups of conditions that people put together in the rule builder.

What sqlglot makes of the text is told apart by the `key` of its nodes: `eq`, `and`, `paren` …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from huaxiang.console.rules import OPERATORS_OF, Condition, Group, Kind, value_of
from huaxiang.console.words import later
from huaxiang.service.rules import syntax

DEEPEST = 3
"""Groups within groups, at most: deeper ones are written as text."""

COMMENT = later("It holds a comment.")
DEEP = later("Its groups are nested too deeply.")
UNKNOWN = later("'{part}' is no tag or segment of the build that serves.")
UNOFFERED = later("There is no condition for '{part}'.")

_Found = tuple[str, list[Any]] | None
"""What a condition is about, and its values as nodes."""


class BeyondBuilderError(ValueError):
    """A rule that groups and conditions can't show. `reason` is marked by `later`; `part` is what it is about."""

    def __init__(self, reason: str, part: str = "") -> None:
        super().__init__(reason.format(part=part))
        self.reason, self.part = reason, part


def rule_tree(rule: str, kinds: Mapping[str, Kind]) -> Group:
    """The groups that `rule` is made of: written again (`rules.rule_text`) they mean the same.

    `kinds` says what conditions may be about, by name. An empty rule is a group with a condition to be chosen.

    Raises:
        BeyondBuilderError: it says more than groups and conditions can.
        ProjectError: it is no rule.
    """
    if not rule.strip():
        return Group(parts=[Condition()])
    tree = syntax(rule)
    if any(node.comments for node in tree.walk()):
        raise BeyondBuilderError(COMMENT)
    group = _group(tree, kinds)
    first = group.parts[0]
    if len(group.parts) == 1 and isinstance(first, Group) and first.negated:
        group = first  # the rule as a whole is turned round
    if _depth(group) > DEEPEST:
        raise BeyondBuilderError(DEEP)
    return group


def _depth(group: Group) -> int:
    return 1 + max((_depth(part) for part in group.parts if isinstance(part, Group)), default=0)


def _group(node: Any, kinds: Mapping[str, Kind]) -> Group:
    """The whole rule, or what stands between brackets."""
    if node.key not in ("and", "or"):
        return Group(parts=[_part(node, kinds)])
    parts = [_part(each, kinds) for each in node.flatten(unnest=False)]
    return Group("or" if node.key == "or" else "and", parts=parts)


def _part(node: Any, kinds: Mapping[str, Kind]) -> Condition | Group:
    condition = _condition(node, kinds)
    if condition is not None:
        return condition
    match node.key:
        case "paren":
            return _group(node.this, kinds)
        case "and" | "or":  # in `a or b and c` nobody had to write the brackets
            return _group(node, kinds)
        case "not":
            return _turned_round(node.this.this if node.this.key == "paren" else node.this, kinds)
        case "neq":
            return _turned_round(_equal(node), kinds)
    raise BeyondBuilderError(UNOFFERED, node.sql(dialect="duckdb", normalize_functions=False)[:80])


def _turned_round(node: Any, kinds: Mapping[str, Kind]) -> Group:
    group = _group(node, kinds)
    group.negated = True
    return group


def _equal(node: Any) -> Any:
    from sqlglot.expressions import EQ

    return EQ(this=node.this.copy(), expression=node.expression.copy())


def _condition(node: Any, kinds: Mapping[str, Kind]) -> Condition | None:
    """The condition that `node` is; None: it is none, but may hold some."""
    for operator, read in _FORMS.items():
        found = read(node)
        if found is None:
            continue
        name, given = found
        if name not in kinds:
            raise BeyondBuilderError(UNKNOWN, name)
        kind = kinds[name]
        values = [value for each in given if (value := _typed(each, kind)) is not None]
        if operator in OPERATORS_OF[kind] and len(values) == len(given):
            return Condition(name, kind, operator, values)
    return None


def _typed(node: Any, kind: Kind) -> str | None:
    """A literal as somebody would type it for a tag of this kind; None: nobody could."""
    sign = "-" if node.key == "neg" else ""
    is_date = node.key == "cast" and node.to.is_type("date")
    literal = node.this if sign or is_date else node
    if literal.key != "literal" or is_date != (kind == "date") or literal.is_string == (kind == "number"):
        return None
    written = f"{sign}{literal.this}"
    try:
        value = value_of(written, kind)
    except ValueError:
        return None
    return value if value == written or kind == "number" else None


# -- what each operator looks like ------------------------------------------------------------------------------


def _compares(key: str) -> Callable[[Any], _Found]:
    return lambda node: _about(node.this, [node.expression]) if node.key == key else None


def _is(node: Any, what: Callable[[Any], bool]) -> _Found:
    return _about(node.this, []) if node.key == "is" and what(node.expression) else None


def _about(node: Any, values: list[Any]) -> _Found:
    return (node.name, values) if node.key == "column" and not node.table else None


def _is_not(node: Any) -> _Found:
    """`(tag <> value or tag is null)`, as the builder writes it."""
    both = node.this if node.key == "paren" else node
    if both.key != "or" or both.this.key != "neq" or not _is(both.expression, _null):
        return None
    found = _about(both.this.this, [both.this.expression])
    return found if found and both.expression.this == both.this.this else None


def _in(node: Any) -> _Found:
    return _about(node.this, node.expressions) if node.key == "in" and node.expressions else None


def _between(node: Any) -> _Found:
    return _about(node.this, [node.args["low"], node.args["high"]]) if node.key == "between" else None


def _calls(node: Any, function: str, arguments: int) -> bool:
    return node.key == "anonymous" and node.name.lower() == function and len(node.expressions) == arguments


def _contains(node: Any) -> _Found:
    return _about(node.expressions[0], [node.expressions[1]]) if _calls(node, "contains", 2) else None


def _member(node: Any) -> _Found:
    called = _calls(node, "in_segment", 1) and node.expressions[0].is_string
    return (node.expressions[0].this, []) if called else None


def _turned(read: Callable[[Any], _Found]) -> Callable[[Any], _Found]:
    return lambda node: read(node.this) if node.key == "not" else None


def _null(node: Any) -> bool:
    return bool(node.key == "null")


def _bare(node: Any) -> _Found:
    return _about(node, [])


_FORMS: Mapping[str, Callable[[Any], _Found]] = {
    "is": _compares("eq"),
    "is_not": _is_not,
    "in": _in,
    "contains": _contains,
    "at_least": _compares("gte"),
    "at_most": _compares("lte"),
    "more": _compares("gt"),
    "less": _compares("lt"),
    "between": _between,
    "yes": lambda node: _bare(node) or _is(node, lambda value: value.key == "boolean" and value.this),
    "no": lambda node: _turned(_bare)(node) or _is(node, lambda value: value.key == "boolean" and not value.this),
    "known": _turned(lambda node: _is(node, _null)),
    "unknown": lambda node: _is(node, _null),
    "member": _member,
    "no_member": _turned(_member),
}
"""Operator (`rules.OPERATORS`) → what tells the name and the values of a condition with it; None: it is none."""
