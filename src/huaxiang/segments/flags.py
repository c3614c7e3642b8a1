"""Who is in which segment, as flags of customers and as the table of members."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.compile import FLAG, CompiledSegment
from huaxiang.segments.done import KEY, Part
from huaxiang.segments.plan import SegmentPlan

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.moments import Moment
    from huaxiang.expressions.moment import RowMoment


def with_level(
    rows: ibis.Table,
    plan: SegmentPlan,
    names: Iterable[str],
    moment: Moment | RowMoment,
    parts: Mapping[str, Iterable[Part]] | None = None,
) -> ibis.Table:
    """`rows`, profiles with the flags that the segments `names` rest on, with a flag for each of these.

    `parts` are the sets of customers that have to hold beside the rule. A rule that is null does not hold.
    """
    marks: dict[str, list[tuple[str, bool]]] = {name: [] for name in names}
    for name, marked in marks.items():
        for part in (parts or {}).get(name, ()):
            marked.append((f"part:{name}:{len(marked)}", part.holds))
            rows = _marked(rows, marked[-1][0], part.customers)
    flags = {flag_of(name): _all(rows, plan.segments[name], marked, moment) for name, marked in marks.items()}
    return rows.mutate(**flags).drop(*(mark for marked in marks.values() for mark, _ in marked))


def with_flags(rows: ibis.Table, plan: SegmentPlan, at: Callable[[ibis.Table], Moment | RowMoment]) -> ibis.Table:
    """`rows`, profiles with a flag for each of `plan.standing`, with a flag for each segment: `flag_of` names them.

    `at` says at which moment rules are evaluated over a table.
    """
    for level in plan.levels:
        rows = with_level(rows, plan, [name for name in level if plan.segments[name].alone], at(rows))
    return rows


def flag_of(segment: str) -> str:
    """The column that says whether somebody is in a segment."""
    return FLAG + segment


def memberships(flags: ibis.Table, names: Iterable[str]) -> ibis.Table:
    """The table `segments` of the flags of `names`: `segment`, `customer_id`, `customer_no`, in this order."""
    import ibis

    ordered = sorted(names)
    if not ordered:
        return flags.select(ibis.literal("").name("segment"), CUSTOMER_ID, KEY).limit(0)
    none = ibis.null("int16")
    positions = [ibis.ifelse(flags[flag_of(name)], ibis.literal(i, "int16"), none) for i, name in enumerate(ordered)]
    rows = flags.select(CUSTOMER_ID, KEY, position=ibis.array(positions).unnest())
    rows = rows.filter(rows.position.notnull())
    named = rows.select(ibis.array(ordered)[rows.position].name("segment"), CUSTOMER_ID, KEY)
    return named.order_by("segment", KEY)


def _all(
    rows: ibis.Table, segment: CompiledSegment, marks: Iterable[tuple[str, bool]], moment: Moment | RowMoment
) -> Any:
    import ibis

    rule = [] if segment.rule is None else [segment.rule.ibis(rows, moment).fill_null(False)]
    return ibis.and_(*rule, *(rows[mark] if holds else ~rows[mark] for mark, holds in marks))


def _marked(rows: ibis.Table, mark: str, customers: ibis.Table) -> ibis.Table:
    """`rows` with a column that says whether somebody is among `customers`."""
    listed = customers.select(KEY).distinct().mutate(_listed=True)
    joined = rows.left_join(listed, KEY)
    columns = {column: joined[column] for column in rows.columns}
    return joined.select(**columns, **{mark: joined["_listed"].fill_null(False)})
