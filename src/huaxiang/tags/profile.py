"""From attributes and aggregates to the profile: a column per tag, layer upon layer of dependency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.moment import RowMoment
from huaxiang.expressions.nodes import Aggregate
from huaxiang.tags.atoms import Pass
from huaxiang.tags.bins import binned
from huaxiang.tags.calibration import Calibration, calibrated
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.freshness import fresh
from huaxiang.tags.spec import AggregateTag, AttributeTag, BinsTag, FormulaTag, ImportTag, RuleTag, SqlTag

if TYPE_CHECKING:
    import ibis

KEY = "customer_no"
IDENTITY = (KEY, "customer_id")


@dataclass(frozen=True)
class MomentColumn:
    """Says that each row has its own moment, in the column `_moment`."""

    zone: str
    name: str = "_moment"


At = Moment | MomentColumn
"""The moment of a profile: one for all customers, or each row's own."""


def layers(tags: Tags) -> list[list[CompiledTag]]:
    """The tags in layers: those of one layer read only tags of the layers before."""
    depth: dict[str, int] = {}
    result: list[list[CompiledTag]] = []
    for tag in tags.built:
        depth[tag.name] = 1 + max((depth[name] for name in tag.tags), default=-1)
        if depth[tag.name] == len(result):
            result.append([])
        result[depth[tag.name]].append(tag)
    return result


def base_layer(
    tags: Iterable[CompiledTag], facts: ibis.Table, runs: Iterable[Pass], given: Mapping[str, Any], moment: At
) -> ibis.Table:
    """The profile's first layer.

    `facts` is one wide row per customer: identity, `attribute_<name>`, and the atoms of `runs`. `given` maps the names
    of tags that were computed elsewhere (SQL, import) to their columns in `facts`. Rows with a moment of their own
    (`MomentColumn`) keep it, and stand for a customer at that moment.
    """
    atoms = {key: name for run in runs for key, name in run.atom_of.items()}
    own = [moment.name] if isinstance(moment, MomentColumn) else []
    at = _at(moment, facts)
    columns = {}
    for tag in tags:
        match tag.spec:
            case AttributeTag():
                columns[tag.name] = facts[f"attribute_{tag.spec.attribute}"]
            case AggregateTag():
                columns[tag.name] = _aggregate(tag, facts, atoms, at)
            case SqlTag() | ImportTag():
                columns[tag.name] = _given(tag, facts, given[tag.name], at)
            case FormulaTag() | RuleTag() | BinsTag():
                columns[tag.name] = _derived(tag, facts, at)
    return facts.select(*IDENTITY, *own, **columns)


def next_layer(tags: Iterable[CompiledTag], profiles: ibis.Table, moment: At) -> ibis.Table:
    """The tags of one more layer, with `customer_no`; `profiles` has at least the tags that these read."""
    at = _at(moment, profiles)
    return profiles.select(KEY, **{tag.name: _derived(tag, profiles, at) for tag in tags})


def as_aggregated(tag: CompiledTag) -> Aggregate | None:
    """The aggregate that is the value of `tag` as it stands, but for numbers that are not finite; None for other tags.

    These are most tags of a project, and `base_layer` would hand their columns through an engine for nothing.
    """
    if not isinstance(tag.spec, AggregateTag) or tag.value is None:
        return None
    node = tag.value.node
    changed = tag.spec.default is not None or tag.spec.ttl is not None or tag.calibration is not None
    return node if isinstance(node, Aggregate) and node.type is tag.type and not changed else None


def read_by(tags: Iterable[CompiledTag]) -> tuple[str, ...]:
    """The tags that `tags` read, each once."""
    return tuple(dict.fromkeys(name for tag in tags for name in tag.tags))


def _at(moment: At, rows: ibis.Table) -> Moment | RowMoment:
    return RowMoment(rows[moment.name], moment.zone) if isinstance(moment, MomentColumn) else moment


def _aggregate(
    tag: CompiledTag, facts: ibis.Table, atoms: Mapping[tuple[str, Aggregate], str], moment: Moment | RowMoment
) -> Any:
    assert isinstance(tag.spec, AggregateTag)  # noqa: S101
    assert tag.value is not None  # noqa: S101

    def resolve(aggregate: Aggregate) -> Any:
        column = facts[atoms[tag.name, aggregate]]
        empty = aggregate.function.empty
        return column if empty is None else column.fill_null(empty)

    value = _stored(tag.value.ibis({}, moment, resolve), tag, tag.spec.default, moment)
    if tag.spec.ttl is None:
        return value
    return fresh(value, [facts[atoms[tag.name, each]] for each in tag.newest], tag.spec.ttl, moment)


def _given(tag: CompiledTag, facts: ibis.Table, column: str, moment: Moment | RowMoment) -> Any:
    assert isinstance(tag.spec, SqlTag | ImportTag)  # noqa: S101
    return _stored(facts[column], tag, tag.spec.default, moment)


def _derived(tag: CompiledTag, profiles: ibis.Table, moment: Moment | RowMoment) -> Any:
    import ibis

    match tag.spec:
        case FormulaTag():
            assert tag.value is not None  # noqa: S101
            return _stored(tag.value.ibis(profiles, moment), tag, tag.spec.default, moment)
        case RuleTag():
            pairs = [
                (expression.ibis(profiles, moment), ibis.literal(case.then).cast(ibis_type(tag.type)))
                for expression, case in zip(tag.cases, tag.spec.cases, strict=True)
            ]
            otherwise = ibis.null() if tag.spec.otherwise is None else ibis.literal(tag.spec.otherwise)
            return ibis.cases(*pairs, else_=otherwise.cast(ibis_type(tag.type)))
        case BinsTag():
            condition = tag.where.ibis(profiles, moment) if tag.where else None
            return binned(tag.spec.bins, profiles, condition, moment.value if isinstance(moment, RowMoment) else None)
    raise TypeError(f"{tag.kind} tags are computed from facts")


def _stored(value: Any, tag: CompiledTag, default: Any, moment: Moment | RowMoment) -> Any:
    import ibis

    wanted = ibis_type(tag.type)
    value = value.cast(wanted)
    if tag.type is Type.NUMBER:
        # Not a number and infinity are no values a person could use.
        value = ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value)
    if tag.calibration is not None:
        value = _corrected(value, tag.calibration, moment)
    return value if default is None else value.fill_null(ibis.literal(default).cast(wanted))


def _corrected(value: Any, calibration: Calibration, moment: Moment | RowMoment) -> Any:
    """The calibrated value from the moment on at which the calibration could be known."""
    import ibis

    if isinstance(moment, Moment):
        return calibrated(value, calibration) if moment.utc >= calibration.known_at else value
    since = ibis.literal(calibration.known_at, type=ibis_type(Type.MOMENT))
    return ibis.ifelse(moment.value >= since, calibrated(value, calibration), value)
