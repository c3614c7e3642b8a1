"""From accepted rows to facts: whose they are, what other tables fill in, defaults, and why a row can't be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.tables import PROVENANCE, Lookup, Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.defaults import default_expressions
from huaxiang.expressions.moment import RowMoment

if TYPE_CHECKING:
    import ibis

KEY = "customer_no"
ORDER = ("_source", "_file", "_row")
"""Where a row stands in its source: the order of facts at the same moment."""

FIRST = "occurred_at"
"""By which of several rows with one key is the earliest, where they have it; after that by `ORDER`."""

Owned = Callable[["ibis.Table"], "ibis.Table"]
"""Adds `customer_no` to an accepted table."""


def joined_rows(
    table: Table, accepted: Mapping[str, ibis.Table], aside: Mapping[str, ibis.Table], owned: Owned, moment: Moment
) -> ibis.Table:
    """The accepted rows of a fact table with customer, looked-up values and defaults.

    `aside` are the rows of other tables that were set aside. `_problem` says why a row can't be used, `_aside` why it
    does not count; both null for facts.
    """
    rows = owned(accepted[table.name])
    for lookup in table.lookups:
        if lookup.table in accepted:
            rows = _looked_up(rows, lookup, accepted[lookup.table], owned)
    rows = defaulted(rows, table, moment)
    rows = _awaiting(rows.mutate(_problem=_problem(rows, table)), table, accepted, aside)
    return rows.mutate(_aside=_aside(rows, table, moment))


def facts(joined: ibis.Table, table: Table) -> ibis.Table:
    """The usable rows, numbered (`_seq`) and sorted by customer and time, as they are stored."""
    return in_order(usable(joined, table), table)


def facts_sorted_once(joined: ibis.Table, table: Table) -> ibis.Table:
    """The same as `facts`, for an engine that hands rows on in their order: numbered as they come out of one sort.

    A number within each customer costs a sort of whole rows of its own, and engines forget that order.
    """
    return in_order_once(usable(joined, table), table)


def in_order_once(rows: ibis.Table, table: Table) -> ibis.Table:
    """The same as `in_order`, for an engine that hands rows on in their order."""
    import ibis

    assert table.time is not None  # noqa: S101 - only fact tables come here
    rows = rows.order_by(KEY, table.time, *ORDER)
    first = (rows[KEY].lag(1) != rows[KEY]).fill_null(True)
    placed = rows.mutate(_place=ibis.row_number(), _begins=first)
    begun = ibis.ifelse(placed["_begins"], placed["_place"], ibis.null("int64")).max().over(rows=(None, 0))
    sequence = (placed["_place"] - begun).cast("int64")
    return placed.select(KEY, *table.names, "_day", _seq=sequence, **{name: placed[name] for name in PROVENANCE})


def usable(joined: ibis.Table, table: Table) -> ibis.Table:
    """The rows that are facts, with the columns of these but for their numbers."""
    assert table.time is not None  # noqa: S101 - only fact tables come here
    found = joined.filter(joined["_problem"].isnull(), joined["_aside"].isnull())
    columns = [found[KEY].cast("int64"), *(found[name] for name in table.names)]
    return found.select(*columns, _day=found[table.time].date(), **{name: found[name] for name in PROVENANCE})


def in_order(rows: ibis.Table, table: Table) -> ibis.Table:
    """Facts sorted by customer and time, numbered within each customer (`_seq`)."""
    import ibis

    assert table.time is not None  # noqa: S101 - only fact tables come here
    order = [rows[table.time], *(rows[name] for name in ORDER)]
    sequence = ibis.row_number().over(group_by=rows[KEY], order_by=order)
    numbered = rows.select(
        KEY, *table.names, "_day", _seq=sequence.cast("int64"), **{name: rows[name] for name in PROVENANCE}
    )
    return numbered.order_by(KEY, "_seq")


def _looked_up(rows: ibis.Table, lookup: Lookup, other: ibis.Table, owned: Owned) -> ibis.Table:
    """`rows` with empty columns filled from the earliest row of `other` with the same key."""
    import ibis

    names = [*lookup.fill, *([KEY] if lookup.customer else [])]
    first = first_rows(lookup, owned(other) if lookup.customer else other)
    chosen = first.select(_key=first[lookup.on], **{f"_from_{name}": first[name] for name in names})
    joined = rows.left_join(chosen, rows[lookup.on] == chosen["_key"])
    filled = {name: ibis.coalesce(joined[name], joined[f"_from_{name}"]) for name in names}
    return joined.select(*(name for name in rows.columns if name not in filled), **filled)


def first_rows(lookup: Lookup, other: ibis.Table) -> ibis.Table:
    """The rows of the looked-up table that fill others: of each key the earliest."""
    import ibis

    keyed = other.filter(other[lookup.on].notnull())
    first = [keyed[FIRST]] if FIRST in keyed.columns else []
    rank = ibis.row_number().over(group_by=keyed[lookup.on], order_by=[*first, *(keyed[n] for n in ORDER)])
    ranked = keyed.mutate(_rank=rank)
    return ranked.filter(ranked["_rank"] == 0).drop("_rank")


def _awaiting(
    rows: ibis.Table, table: Table, accepted: Mapping[str, ibis.Table], aside: Mapping[str, ibis.Table]
) -> ibis.Table:
    """`rows` with `_awaited`: whether what is missing would come from a row that was set aside, as a line's order."""
    import ibis

    rows = rows.mutate(_awaited=ibis.literal(False))
    for lookup in table.lookups:
        if lookup.customer and lookup.table in aside:
            keys = aside[lookup.table].select(_key=lookup.on).distinct()
            known = accepted[lookup.table].select(_key=lookup.on)
            joined = rows.left_join(keys.anti_join(known, "_key"), rows[lookup.on] == keys["_key"])
            awaited = joined["_problem"].notnull() & joined["_key"].notnull()
            rows = joined.mutate(_awaited=joined["_awaited"] | awaited).drop("_key")
    return rows


def defaulted(rows: ibis.Table, table: Table, moment: Moment | RowMoment) -> ibis.Table:
    """Fill empty columns with their defaults, one after the other: a default may read one before it."""
    for name, default in default_expressions(table).items():
        value = default.ibis(rows, moment).cast(ibis_type(table[name].type))
        rows = rows.mutate(**{name: rows[name].fill_null(value)})
    return rows


def _problem(rows: ibis.Table, table: Table) -> Any:
    import ibis

    missing = [(rows[column.name].isnull(), f"missing {column.name}") for column in table.columns if column.required]
    return ibis.cases((rows[KEY].isnull(), "no customer"), *missing, else_=ibis.null("string"))


def _aside(rows: ibis.Table, table: Table, moment: Moment) -> Any:
    import ibis

    assert table.time is not None  # noqa: S101
    limit = ibis.literal(moment.utc, type=ibis_type(Type.MOMENT))
    later = rows[table.time] >= limit
    if "received_at" in rows.columns:
        later = later | (rows["received_at"] > limit).fill_null(False)
    return ibis.cases(
        (later, "after as_of"), (rows["_awaited"], "part of a row that was set aside"), else_=ibis.null("string")
    )
