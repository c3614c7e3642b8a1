"""The biggest customers, and those whose records contradict each other: the usual signs of people merged by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import ibis

CLUSTERS = "identity_clusters"

LISTED = 10
"""Customers that are listed for either reason."""

MIXED = 3
"""Different birthdays that speak for more than one person; two are a slip of the pen."""

_TOLD = {"names": "name", "birthdays": "birthday"}
"""What is counted → the column of `records`."""

MIXED_CUSTOMERS = "_identity_mixed"
"""Working table, dropped when health is done: customer_no, birthdays, of those with at least `MIXED`."""

_STEP = "identity: biggest customers"


def write_clusters(engine: Engine, records: ibis.Table | None) -> int | None:
    """Write `identity_clusters`: the ten customers with most records, and the ten with most birthdays, if `MIXED`.

    Columns: `customer_no`, `customer_id`, `records`, `identifiers`, `names`, `birthdays` (how many different ones their
    records hold; null where no source maps the column). `records` are the accepted ones with their `customer_no`.
    Returns how many customers have `MIXED` birthdays or more; None where no source maps birthdays.
    """
    import ibis

    customers, identifiers = engine.table("customers"), engine.table("identifiers")
    mixed = engine.create(MIXED_CUSTOMERS, _mixed(customers, records), step=_STEP)
    biggest = customers.filter(customers.records > 0).order_by(ibis.desc("records"), "customer_id").limit(LISTED)
    oddest = mixed.order_by(ibis.desc("birthdays"), "customer_no").limit(LISTED)
    listed = ibis.union(biggest.select("customer_no"), oddest.select("customer_no"), distinct=True)
    found = customers.semi_join(listed, "customer_no")
    named = identifiers.semi_join(listed, "customer_no")
    found = _with(found, named.group_by("customer_no").agg(identifiers=named.count()))
    found = found.mutate(identifiers=found.identifiers.fill_null(0))
    mapped = _mapped(records)
    if records is not None and mapped:
        own = records.semi_join(listed, "customer_no")
        counts = {name: own[column].nunique() for name, column in mapped.items()}
        found = _with(found, own.group_by("customer_no").agg(**counts))
    found = found.mutate(**{name: ibis.null("int64") for name in _TOLD if name not in mapped})
    columns = ("customer_no", "customer_id", "records", "identifiers", *_TOLD)
    engine.create(CLUSTERS, found.select(*columns).order_by(ibis.desc("records"), "customer_id"), step=_STEP)
    if "birthdays" not in mapped:
        return None
    return int(engine.rows(mixed.aggregate(mixed=mixed.count()), step=_STEP)[0]["mixed"])


def _mapped(records: ibis.Table | None) -> dict[str, str]:
    """What of `_TOLD` sources map."""
    return {name: column for name, column in _TOLD.items() if records is not None and column in records.columns}


def _mixed(customers: ibis.Table, records: ibis.Table | None) -> ibis.Table:
    if records is None or "birthday" not in records.columns:
        return customers.limit(0).select("customer_no", birthdays="records")
    told = records.filter(records.birthday.notnull()).select("customer_no", "birthday").distinct()
    several = told.semi_join(customers.filter(customers.records >= MIXED), "customer_no")
    counted = several.group_by("customer_no").agg(birthdays=several.count())
    return counted.filter(counted.birthdays >= MIXED)


def _with(customers: ibis.Table, counts: ibis.Table) -> ibis.Table:
    return customers.left_join(counts, "customer_no").drop("customer_no_right")
