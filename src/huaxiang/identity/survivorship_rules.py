"""The rules of survivorship: each measures a record, and the smallest measure wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, of_ibis
from huaxiang.expressions import Expression, Scope, compile_expression
from huaxiang.expressions.functions.base import BOOL, ORDERED
from huaxiang.identity.spec import SOURCE, AttributeSpec, IdentitySpec, SurvivorshipRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis

MOST = 1 << 20
"""Measures lie between this and its negative."""

ORDERABLE = ORDERED | BOOL
"""The types by which an expression may order records."""


@dataclass(frozen=True)
class Choice:
    """A rule for one attribute: the attribute, the others, the sources in order, and the rule's own expression."""

    attribute: str
    attributes: Sequence[str]
    sources: Sequence[str]
    by: Callable[[ibis.Table], Any] | None = None


Measure = Callable[["ibis.Table", Choice], "ibis.IntegerValue"]


def _nothing(rows: ibis.Table, _: Choice) -> ibis.IntegerValue:
    return rows["_rank"] * 0


def _rarity(rows: ibis.Table, choice: Choice) -> ibis.IntegerValue:
    import ibis

    same = rows[choice.attribute].count().over(ibis.window(group_by=["customer_no", choice.attribute]))
    return -ibis.least(same, MOST)


def _source_position(rows: ibis.Table, choice: Choice) -> ibis.IntegerValue:
    return position(rows["_source"], choice.sources)


def _shortness(rows: ibis.Table, choice: Choice) -> ibis.IntegerValue:
    import ibis

    return -ibis.least(rows[choice.attribute].cast("string").length().cast("int64"), MOST)


def _emptiness(rows: ibis.Table, choice: Choice) -> ibis.IntegerValue:
    empty = rows["_rank"] * 0
    for name in choice.attributes:
        empty = empty + rows[name].isnull().cast("int64")
    return empty


def _place(rows: ibis.Table, choice: Choice) -> ibis.IntegerValue:
    """The place of the record among those of its customer by the rule's own expression, the highest value first."""
    import ibis

    assert choice.by is not None  # noqa: S101 - checked with the definition
    order = ibis.desc(choice.by(rows), nulls_first=False)
    place = ibis.dense_rank().over(ibis.window(group_by="customer_no", order_by=order))
    return ibis.least(place.cast("int64"), MOST)


RULES: dict[SurvivorshipRule, Measure] = {
    "most_recent": _nothing,
    "most_frequent": _rarity,
    "source_priority": _source_position,
    "longest": _shortness,
    "most_complete": _emptiness,
    "expression": _place,
}
"""Each rule's measure of a row: the smallest wins; of equal ones the most recent row (see `rank_rows`) does."""


def position(source: ibis.StringValue, sources: Sequence[str]) -> ibis.IntegerValue:
    """The place of a source in a list; sources that are not listed share the place after the last."""
    import ibis

    listed = [(source == name, ibis.literal(place, "int64")) for place, name in enumerate(sources)]
    last = ibis.literal(len(sources), "int64")
    return ibis.cases(*listed, else_=last) if listed else last


def choice_of(
    attribute: str, attributes: Sequence[str], spec: IdentitySpec, rows: ibis.Table, moment: Moment | None
) -> tuple[Measure, Choice]:
    """The measure for `attribute`, and what it needs: its own rule, or the default."""
    rule = spec.attributes.get(attribute, spec.default)
    by = None
    if rule.rule == "expression":
        types = {name: of_ibis(rows[name].type()) for name in attributes}
        compiled = compile_by(rule, types, attribute, spec)

        def by(of: ibis.Table) -> Any:
            columns = {name: of[name] for name in attributes} | {SOURCE: of["_source"]}
            return compiled.ibis(columns, moment)  # type: ignore[arg-type]

    return RULES[rule.rule], Choice(attribute, attributes, rule.sources or spec.default.sources, by)


def compile_by(rule: AttributeSpec, types: Mapping[str, Type], attribute: str | None, spec: IdentitySpec) -> Expression:
    """The checked expression of a rule; `attribute` is None for the default.

    Raises:
        ProjectError: with a finding for each mistake.
    """
    path = ("attributes", attribute, "by") if attribute in spec.attributes else ("default", "by")
    owner = f"attribute '{attribute}'" if path[0] == "attributes" else "default of attributes"
    scope = Scope({SOURCE: Type.TEXT, **types}, owner)
    return compile_expression(rule.by or "", scope, spec.place(*map(str, path)), wanted=ORDERABLE)
