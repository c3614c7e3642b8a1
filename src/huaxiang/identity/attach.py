"""Whose is a row: joins of accepted tables to the customers that identity found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from huaxiang.identity.pairs import scope_of
from huaxiang.identity.spec import IdentifierSpec

if TYPE_CHECKING:
    import ibis


def with_customer(table: ibis.Table, identifiers: ibis.Table, types: Mapping[str, IdentifierSpec]) -> ibis.Table:
    """The rows of an accepted table of facts with their `customer_no`.

    Each row belongs to the customer of its strongest identifier that still names somebody; `types` are the linking
    types, the strongest first (`IdentityResult.types`). A row without one has null: values that were junk or over
    their limit are not in `identifiers` and attach nothing. No row is lost or doubled.
    """
    import ibis

    joined, found = table, []
    for type_, spec in types.items():
        if f"id_{type_}" not in table.columns:
            continue
        owner, value, scope = (f"_{part}_{type_}" for part in ("owner", "value", "scope"))
        of_type = identifiers.filter(identifiers.type == type_)
        known = of_type.select(**{value: of_type.value, scope: of_type.scope, owner: of_type.customer_no})
        same = [table[f"id_{type_}"].cast("string") == known[value]]
        if spec.scope is not None:
            same.append(scope_of(table, spec) == known[scope])
        joined = joined.left_join(known, same)
        found.append(owner)
    customer = ibis.coalesce(*(joined[owner] for owner in found)) if found else ibis.null("int64")
    return joined.select(*table.columns, customer_no=customer)


def with_record_customer(records: ibis.Table, identity: ibis.Table) -> ibis.Table:
    """The rows of `accepted_records` with their `customer_no`, by source and record key."""
    known = identity.select("source", "record_key", "customer_no")
    same = [records["_source"] == known.source, records["_record_key"].cast("string") == known.record_key]
    return records.join(known, same).select(*records.columns, "customer_no")
