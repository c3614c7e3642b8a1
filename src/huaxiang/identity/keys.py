"""What names a customer in a list that people keep: an identifier's value, with its scope where that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis


def with_scope(value: ibis.StringValue, scope: ibis.StringValue) -> ibis.StringValue:
    """How a value is written that names somebody only within its scope: `value@scope`."""
    return (scope == "").ifelse(value, value + "@" + scope)


def owners(identifiers: ibis.Table, type_: str) -> ibis.Table:
    """Who is named by which key, `customer_no` and `key`: a value as it is, and as `value@scope`."""
    import ibis

    own = identifiers.filter(identifiers.type == type_)
    keys = [own.select("customer_no", key=own["value"])]
    if "scope" in own.columns:
        scoped = own.filter(own.scope != "")
        keys.append(scoped.select("customer_no", key=with_scope(scoped["value"], scoped.scope)))
    return ibis.union(*keys, distinct=True) if len(keys) > 1 else keys[0]


def ambiguous(identifiers: ibis.Table, type_: str, keys: ibis.Table) -> ibis.Table:
    """Those of `keys` (`key`) that name several customers, one in each scope: `key`, and `choices`, a list of text."""
    own = identifiers.filter(identifiers.type == type_)
    said = own.semi_join(keys, own["value"] == keys.key)
    written = said.mutate(written=with_scope(said["value"], said.scope))
    grouped = written.group_by(key=written["value"]).agg(
        scopes=written.scope.nunique(), choices=written.written.collect(distinct=True)
    )
    return grouped.filter(grouped.scopes > 1).select("key", choices=grouped.choices.sort())
