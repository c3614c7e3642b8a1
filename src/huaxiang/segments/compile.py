"""From rules and lists to the table of members: every rule is computed once, in one pass over the profiles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.errors import ProjectError
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions import Expression, Scope, compile_expression
from huaxiang.expressions.parse import parse
from huaxiang.segments.spec import SegmentSpec

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.moments import Moment
    from huaxiang.expressions.moment import RowMoment

_FLAG = "segment:"
"""How an expression names the membership of a segment among its columns."""


@dataclass(frozen=True)
class SegmentPlan:
    """What can be built: `levels` of segments, each resting on earlier ones only; and why others are `left_out`."""

    levels: tuple[tuple[str, ...], ...]
    rules: Mapping[str, Expression]
    left_out: Mapping[str, Text]

    @property
    def built(self) -> tuple[str, ...]:
        """The segments to be built, in order of dependency."""
        return tuple(name for level in self.levels for name in level)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the rules read, each once."""
        names = (name for rule in self.rules.values() for name in rule.columns if not name.startswith(_FLAG))
        return tuple(dict.fromkeys(names))


def plan_segments(
    specs: Mapping[str, SegmentSpec], tag_types: Mapping[str, Type], uploaded: Collection[str] = ()
) -> SegmentPlan:
    """Say which segments can be built from the tags `tag_types` and the lists `uploaded`, and in which order."""
    rules: dict[str, Expression] = {}
    left_out: dict[str, Text] = {}
    for name, spec in specs.items():
        if spec.where is None:
            if name not in uploaded:
                left_out[name] = Text(f"its list '{spec.file}' was not read", f"未读取到名单“{spec.file}”")
            continue
        if missing := _missing_tags(spec, tag_types):
            left_out[name] = _lacking("tag", "标签", missing)
            continue
        try:
            rules[name] = compile_rule(name, spec, tag_types, specs)
        except ProjectError as error:
            left_out[name] = Text.of(str(error.findings[0]))
    levels: list[tuple[str, ...]] = []
    done: set[str] = set()
    waiting = [name for name in specs if name not in left_out]
    while ready := tuple(name for name in waiting if name not in rules or set(uses(rules[name])) <= done):
        levels.append(ready)
        done.update(ready)
        waiting = [name for name in waiting if name not in done]
    for name in waiting:
        left_out[name] = _lacking("segment", "分群", [used for used in uses(rules[name]) if used not in done])
    return SegmentPlan(tuple(levels), {name: rule for name, rule in rules.items() if name in done}, left_out)


def memberships(
    profiles: ibis.Table,
    specs: Mapping[str, SegmentSpec],
    tag_types: Mapping[str, Type],
    moment: Moment,
    uploaded: Mapping[str, ibis.Table] | None = None,
) -> ibis.Table:
    """The table `segments`: `segment`, `customer_id`, `customer_no`, in this order.

    A rule that is null for a customer does not hold. `uploaded` holds, for each list, a table with its `customer_no`s.
    """
    import ibis

    lists = uploaded or {}
    plan = plan_segments(specs, tag_types, lists)
    flags = profiles.select("customer_id", "customer_no", *plan.tags)
    for name in plan.built:
        if name not in plan.rules:
            flags = _with_list(flags, name, lists[name])
    flags = with_flags(flags, plan, lambda _: moment)
    names = sorted(plan.built)
    none = ibis.null("int16")
    positions = [ibis.ifelse(flags[_FLAG + name], ibis.literal(i, "int16"), none) for i, name in enumerate(names)]
    if not positions:
        empty = flags.select(ibis.literal("").name("segment"), "customer_id", "customer_no")
        return empty.limit(0)
    rows = flags.select("customer_id", "customer_no", position=ibis.array(positions).unnest())
    rows = rows.filter(rows.position.notnull())
    named = rows.select(ibis.array(names)[rows.position].name("segment"), "customer_id", "customer_no")
    return named.order_by("segment", "customer_no")


def with_flags(rows: ibis.Table, plan: SegmentPlan, at: Callable[[ibis.Table], Moment | RowMoment]) -> ibis.Table:
    """`rows`, profiles with a flag for each list, with a flag for each segment: `flag_of` names them.

    `at` says at which moment rules are evaluated over a table.
    """
    for level in plan.levels:
        rules = {flag_of(name): plan.rules[name] for name in level if name in plan.rules}
        moment = at(rows)
        rows = rows.mutate(**{flag: rule.ibis(rows, moment).fill_null(False) for flag, rule in rules.items()})
    return rows


def flag_of(segment: str) -> str:
    """The column that says whether somebody is in a segment."""
    return _FLAG + segment


def compile_rule(name: str, spec: SegmentSpec, tag_types: Mapping[str, Type], segments: Iterable[str]) -> Expression:
    """The rule of a segment, checked.

    Raises:
        ProjectError: with a finding for each mistake.
    """
    scope = Scope(tag_types, owner=f"segment '{name}'", kind="tag", segments=frozenset(segments))
    return compile_expression(spec.where or "", scope, spec.place("where"), wanted=frozenset({Type.BOOLEAN}))


def uses(rule: Expression) -> tuple[str, ...]:
    """The segments that a rule speaks of."""
    return tuple(name.removeprefix(_FLAG) for name in rule.columns if name.startswith(_FLAG))


def _missing_tags(spec: SegmentSpec, tag_types: Mapping[str, Type]) -> list[str]:
    """The names that a rule reads and that are no built tag; none where the rule can't be read at all."""
    from sqlglot import exp

    try:
        tree = parse(spec.where or "", owner="", at=spec.at)
    except ProjectError:
        return []
    return sorted({column.name for column in tree.find_all(exp.Column)} - set(tag_types))


def _with_list(flags: ibis.Table, name: str, members: ibis.Table) -> ibis.Table:
    listed = members.select("customer_no").distinct().mutate(listed=True)
    joined = flags.left_join(listed, "customer_no")
    columns = {column: joined[column] for column in flags.columns}
    return joined.select(**columns, **{_FLAG + name: joined.listed.fill_null(False)})


def _lacking(kind: str, kind_zh: str, names: list[str]) -> Text:
    many = len(names) > 1
    quoted = [f"'{name}'" for name in names]
    listed = " and ".join([", ".join(quoted[:-1]), quoted[-1]] if many else quoted)
    return Text(
        f"the {kind}{'s' if many else ''} {listed} {'are' if many else 'is'} not built",
        f"所需{kind_zh} {'、'.join(names)} 未构建",
    )
