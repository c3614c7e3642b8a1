"""What records said and since when: the attributes of customers at moments of the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.tables import PROVENANCE
from huaxiang.identity.spec import IdentitySpec
from huaxiang.identity.survivorship import attribute_names, rank_rows, surviving_ranks, surviving_values

if TYPE_CHECKING:
    import ibis

HISTORY = "record_history"
"""The usable records of customers with their attributes and `recorded_at`."""


def write_record_history(engine: Engine, ranked: ibis.Table) -> None:
    """Keep the records that attributes come from, as `rank_rows` ordered them, unless none says when it was made."""
    if "recorded_at" not in ranked.columns:
        return
    dated = ranked.aggregate(n=ranked["recorded_at"].count())
    if engine.rows(dated, step="dated records")[0]["n"]:
        given = [name for name in PROVENANCE if name in ranked.columns]
        engine.create(HISTORY, ranked.select("customer_no", *attribute_names(ranked), *given), step="record history")


def attributes_at(
    history: ibis.Table, pairs: ibis.Table, spec: IdentitySpec, moment_of: Any | None = None
) -> ibis.Table:
    """The surviving attributes of customers, each pair at its own moment.

    `pairs` has `pair`, `customer_no` and `_moment`; the result has one row per pair with `customer_no` standing for
    the pair's number, so that the rules of survivorship are those of a build. `moment_of` turns rows with a column
    `_moment` into the moment that expressions of rules read.
    """
    mine = pairs.select("pair", "_moment", _customer="customer_no")
    joined = history.join(mine, history["customer_no"] == mine["_customer"])
    undated = joined["recorded_at"].isnull()
    known = joined.filter(undated | (joined["recorded_at"] < joined["_moment"]))
    rows = known.select(*(name for name in history.columns if name != "customer_no"), customer_no=known["pair"])
    numbered = pairs.select("_moment", customer_no="pair")
    ranked = rank_rows(rows, spec).join(numbered, "customer_no")
    moment = None if moment_of is None else moment_of(ranked)
    return surviving_values(ranked, surviving_ranks(ranked, spec, moment), numbered)
