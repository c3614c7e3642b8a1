"""Counting many tags in one query: every row of every scale has a number of its own, its code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.types import Type
from huaxiang.personas.scales import Scale, elements

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment


def coded(profiles: ibis.Table, scales: Sequence[Scale], moment: Moment) -> ibis.Table:
    """`customer_no` and a column per tag with the code of the customer's value: what is counted for any group of them.

    Written once as a table, it spares every further group the work of cutting values into rows.
    """
    codes = {
        scale.tag.name: _code(scale, profiles[scale.tag.name], moment, first) for scale, first in _numbered(scales)
    }
    return profiles.select("customer_no", **codes)


def counted(
    engine: Engine, codes: ibis.Table, members: ibis.Table, scales: Sequence[Scale], *, of: str
) -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """How many of the group fall into each row of each scale, and how many have a value at all.

    `codes` and `members` hold the group's rows of `coded` and of `profiles`; from the latter only lists are read.
    """
    import ibis

    if not scales:
        return {}, {}
    queries = [codes.select(code=ibis.array([codes[scale.tag.name] for scale in scales]).unnest())]
    for scale, first in _numbered(scales):
        if scale.kind == "elements":
            listed = members.select(element=elements(members[scale.tag.name]))
            queries.append(listed.select(code=_shifted(scale.element(listed.element), first)))
    rows = ibis.union(*queries) if len(queries) > 1 else queries[0]
    rows = rows.filter(rows.code.notnull())
    sizes = engine.rows(rows.group_by("code").aggregate(size=rows.count()), step=f"personas: counts of {of}")
    found = {row["code"]: row["size"] for row in sizes}
    counts: dict[str, tuple[int, ...]] = {}
    known: dict[str, int] = {}
    for scale, first in _numbered(scales):
        name, last = scale.tag.name, first + len(scale.values)
        counts[name] = tuple(found.get(code, 0) for code in range(first, last))
        known[name] = found.get(last, 0) if scale.tag.type is Type.LIST else sum(counts[name])
    return counts, known


def _numbered(scales: Sequence[Scale]) -> Iterator[tuple[Scale, int]]:
    """Each scale with its first code. The one after its last row counts the customers who have a list at all."""
    first = 0
    for scale in scales:
        yield scale, first
        first += len(scale.values) + 1


def _code(scale: Scale, column: Any, moment: Moment, first: int) -> Any:
    import ibis

    if scale.kind == "elements":
        return ibis.ifelse(column.notnull(), ibis.literal(first + len(scale.values), "int32"), ibis.null("int32"))
    return _shifted(scale.position(column, moment), first)


def _shifted(position: Any, first: int) -> Any:
    return (position + first).cast("int32")
