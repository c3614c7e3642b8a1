"""The biggest customers, and those whose records contradict each other: the usual signs of people merged by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import ibis

CLUSTERS = "identity_clusters"

BIGGEST = 10
"""Customers that are listed."""

MIXED = 3
"""Different birthdays that speak for more than one person; two are a slip of the pen."""

_TOLD = {"names": "name", "birthdays": "birthday"}
"""What is counted → the column of `records`."""

_STEP = "identity: biggest customers"


def write_clusters(engine: Engine, records: ibis.Table | None) -> ibis.Table:
    """Write `identity_clusters`: the ten customers with most records, the greatest first.

    Columns: `customer_no`, `customer_id`, `records`, `identifiers`, `names`, `birthdays` (how many different ones their
    records hold; null where no source maps the column). `records` are the accepted ones with their `customer_no`.
    """
    import ibis

    customers, identifiers = engine.table("customers"), engine.table("identifiers")
    biggest = customers.filter(customers.records > 0)
    biggest = biggest.order_by(ibis.desc("records"), "customer_id").limit(BIGGEST)
    named = identifiers.semi_join(biggest, "customer_no")
    owned = named.group_by("customer_no").agg(identifiers=named.count())
    found = biggest.left_join(owned, "customer_no").drop("customer_no_right")
    found = found.mutate(identifiers=found.identifiers.fill_null(0))
    counted = _mapped(records)
    if records is not None and counted:
        own = records.semi_join(biggest, "customer_no")
        numbers = {name: own[column].nunique() for name, column in counted.items()}
        found = found.left_join(own.group_by("customer_no").agg(**numbers), "customer_no").drop("customer_no_right")
    found = found.mutate(**{name: ibis.null("int64") for name in _TOLD if name not in counted})
    columns = ("customer_no", "customer_id", "records", "identifiers", "names", "birthdays")
    return engine.create(CLUSTERS, found.select(*columns).order_by(ibis.desc("records"), "customer_id"), step=_STEP)


def _mapped(records: ibis.Table | None) -> dict[str, str]:
    """What of `_TOLD` sources map."""
    return {name: column for name, column in _TOLD.items() if records is not None and column in records.columns}


def mixed_customers(engine: Engine, records: ibis.Table | None) -> int | None:
    """How many customers have records with three birthdays or more; None where no source maps birthdays."""
    if records is None or "birthday" not in records.columns:
        return None
    several = engine.table("customers")
    told = records.filter(records.birthday.notnull()).select("customer_no", "birthday").distinct()
    known = told.semi_join(several.filter(several.records >= MIXED), "customer_no")
    own = known.group_by("customer_no").agg(birthdays=known.count())
    mixed = own.filter(own.birthdays >= MIXED)
    return int(engine.rows(mixed.aggregate(mixed=mixed.count()), step=_STEP)[0]["mixed"])
