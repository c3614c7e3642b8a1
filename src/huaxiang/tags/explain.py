"""The rows behind a value, for one customer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import ALL_TIME, Moment, Window
from huaxiang.core.tables import PROVENANCE
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.nodes import Aggregate, column_names
from huaxiang.tags.compiled import CompiledTag, Tables
from huaxiang.tags.spec import AggregateTag

if TYPE_CHECKING:
    import ibis

KEY = "customer_no"
LIMIT = 200
"""Rows shown at most: the newest ones."""


def rows_behind(
    engine: Engine, tag: CompiledTag, tables: Tables, moment: Moment, customer: int
) -> list[dict[str, Any]]:
    """The facts that count for an aggregate tag of one customer, the newest first, with where each came from."""
    assert isinstance(tag.spec, AggregateTag)  # noqa: S101
    assert tag.value is not None  # noqa: S101
    facts = engine.table(f"fact_{tag.spec.table}")
    time = tables[tag.spec.table].time
    assert time is not None  # noqa: S101
    mine = facts.filter(facts[KEY] == customer)
    counts = _any([_condition(tag, aggregate, mine, time, moment) for aggregate in tag.value.aggregates])
    read = [name for name in (*tag.value.columns, *(tag.where.columns if tag.where else ())) if name != time]
    shown = mine.filter(counts).order_by(mine[time].desc(), mine["_seq"].desc()).limit(LIMIT)
    return engine.rows(shown.select(time, *dict.fromkeys(read), *PROVENANCE), step=f"rows behind {tag.name}")


def facts_behind(
    engine: Engine, tags: Iterable[CompiledTag], tables: Tables, moment: Moment, customer: int
) -> dict[str, Any]:
    """How much the aggregate tags of one customer rest on: the number of `facts`, and the `newest` and `oldest`.

    A fact that counts for several of them counts once. What rests on few or old facts is less sure.
    """
    by_table: dict[str, list[CompiledTag]] = {}
    for tag in tags:
        if isinstance(tag.spec, AggregateTag):
            by_table.setdefault(tag.spec.table, []).append(tag)
    found = []
    for name, group in by_table.items():
        facts, time = engine.table(f"fact_{name}"), tables[name].time
        assert time is not None  # noqa: S101 - only fact tables have aggregates
        mine = facts.filter(facts[KEY] == customer)
        counts = [
            _condition(tag, aggregate, mine, time, moment)
            for tag in group
            if tag.value is not None
            for aggregate in tag.value.aggregates
        ]
        counted = mine.filter(_any(counts))
        figures = counted.aggregate(facts=counted.count(), newest=counted[time].max(), oldest=counted[time].min())
        found += engine.rows(figures, step=f"facts behind tags over {name}")
    return {
        "facts": sum(row["facts"] for row in found),
        "newest": max((row["newest"] for row in found if row["newest"]), default=None),
        "oldest": min((row["oldest"] for row in found if row["oldest"]), default=None),
    }


def _condition(tag: CompiledTag, aggregate: Aggregate, facts: ibis.Table, time: str, moment: Moment) -> Any:
    import ibis

    from huaxiang.expressions.ibis_form import to_ibis

    assert isinstance(tag.spec, AggregateTag)  # noqa: S101
    window: Window = aggregate.window or tag.spec.window or ALL_TIME
    start, end = window.bounds(moment)
    stamp = ibis_type(Type.MOMENT)
    parts = [facts[time] < ibis.literal(end, type=stamp)]
    if start is not None:
        parts.append(facts[time] >= ibis.literal(start, type=stamp))
    if tag.where is not None:
        parts.append(tag.where.ibis(facts, moment))
    if aggregate.where is not None:
        parts.append(to_ibis(aggregate.where, facts, moment))
    if aggregate.function.skips_nulls and aggregate.arguments and column_names(aggregate.arguments[0]):
        parts.append(to_ibis(aggregate.arguments[0], facts, moment).notnull())
    condition = parts[0]
    for part in parts[1:]:
        condition = condition & part
    return condition


def _any(conditions: list[Any]) -> Any:
    result = conditions[0]
    for condition in conditions[1:]:
        result = result | condition
    return result
