"""Which identifiers name somebody else than before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import ibis

RENAMED = "_identifiers_renamed"


def changed_identifiers(engine: Engine, former: ibis.Table) -> ibis.Table:
    """The identifiers (`type`, `value`) that named nobody, or another customer, in a build whose they are `former`."""
    import ibis

    now = engine.table("identifiers")
    columns = ["type", "scope", "value", "customer_no"]
    sides = [one.anti_join(other, columns).select("type", "value") for one, other in ((now, former), (former, now))]
    return engine.create(RENAMED, ibis.union(*sides, distinct=True), step="identity: identifiers of others")
