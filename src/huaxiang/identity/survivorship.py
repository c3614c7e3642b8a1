"""Which value of an attribute survives when the records of a customer disagree, and from which record it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.tables import PROVENANCE
from huaxiang.identity.spec import IdentitySpec
from huaxiang.identity.survivorship_rules import MOST, choice_of, position

if TYPE_CHECKING:
    import ibis

ATTRIBUTES, ORIGINS = "attributes", "attribute_origins"
ROWS, RANKS = "attribute_rows", "attribute_ranks"
RANKED = "_identity_ranked"

_BEYOND = 1 << 40
"""More than there are rows: `measure * _BEYOND + rank` orders by the measure, then by rank."""


def write_attributes(
    engine: Engine, records: ibis.Table, customers: ibis.Table, spec: IdentitySpec, moment: Moment | None = None
) -> ibis.Table:
    """Write `attributes` (one row per customer) and `attribute_origins` (where each value came from).

    `records` are the rows of `accepted_records` with their `customer_no`; `moment` is that of the build, for rules
    whose expression reads it. `attribute_origins` is a view with `customer_no`, `attribute`, `source`, `record_key`,
    over the compact tables `attribute_ranks` and `attribute_rows`. The working table RANKED stays for who comes next.
    """
    sort = rank_rows_once if engine is engine.embedded else rank_rows
    ranked = engine.create(RANKED, sort(records, spec), step="survivorship: order of records")
    slim = ranked.select(rank="_rank", source="_source", record_key="_record_key")
    rows = engine.create(ROWS, slim, step="survivorship: rows")
    filled = filled_names(engine, ranked)
    ranks = engine.create(RANKS, surviving_ranks(ranked, spec, moment, filled), step="survivorship: rules")
    values = surviving_values(ranked, ranks, customers, filled)
    attributes = engine.create(ATTRIBUTES, values, step="survivorship: values")
    engine.view(ORIGINS, origins(ranks, rows), step="survivorship: origins")
    return attributes


def attribute_names(records: ibis.Table) -> list[str]:
    """The columns of `accepted_records` that say something about somebody."""
    return [name for name in records.columns if not name.startswith(("_", "id_")) and name != "customer_no"]


def filled_names(engine: Engine, ranked: ibis.Table) -> list[str]:
    """The attributes that any record has: sources map a part of the standard columns, all others are empty."""
    names = attribute_names(ranked)
    counted = ranked.aggregate(**{name: ranked[name].count() for name in names}, _rows=ranked.count())
    (row,) = engine.rows(counted, step="survivorship: attributes with a value")
    return [name for name in names if row[name]]


def rank_rows(records: ibis.Table, spec: IdentitySpec) -> ibis.Table:
    """The rows with `_rank`: by customer, the most recently recorded first.

    Rows recorded at the same moment are ordered by source (`default.sources` of identity.yml, then by name),
    record key, file and row, so that the order of the input never matters.
    """
    import ibis

    rank = ibis.row_number().over(ibis.window(order_by=_order(records, spec))).cast("int64")
    return records.select(*_kept(records), _rank=rank).order_by("_rank")


def rank_rows_once(records: ibis.Table, spec: IdentitySpec) -> ibis.Table:
    """The same for an engine that hands rows on in their order: numbered as they come out of one sort."""
    import ibis

    rows = records.order_by(*_order(records, spec)).select(*_kept(records))
    return rows.mutate(_rank=ibis.row_number().cast("int64"))


def _order(records: ibis.Table, spec: IdentitySpec) -> list[ibis.Value]:
    import ibis

    order = [records["customer_no"]]
    if "recorded_at" in records.columns:
        order.append(ibis.desc(records["recorded_at"], nulls_first=False))
    order.append(position(records["_source"], spec.default.sources))
    return order + [records[name] for name in ("_source", "_record_key", "_file", "_row") if name in records.columns]


def _kept(records: ibis.Table) -> list[str]:
    given = [name for name in ("customer_no", *PROVENANCE) if name in records.columns]
    return [*given, *attribute_names(records)]


def surviving_ranks(
    ranked: ibis.Table, spec: IdentitySpec, moment: Moment | None = None, filled: Sequence[str] | None = None
) -> ibis.Table:
    """Per customer and attribute the rank of the row whose value survives; null where no row has a value.

    `filled` are the attributes that any row has, where that is known. Attributes that stay `together` come from one
    row, even where it leaves some of them empty: that of the first of them that any row of the customer has.
    """
    import ibis

    keyed, names = ranked, attribute_names(ranked)
    wanted = names if filled is None else filled
    for name in wanted:
        measure, choice = choice_of(name, names, spec, ranked, moment)
        key = measure(ranked, choice) * _BEYOND + ranked["_rank"]
        keyed = keyed.mutate(**{f"_key_{name}": ranked[name].notnull().ifelse(key, None)})
    # The rank is what is left of the smallest key; a measure may be negative, the remainder never is.
    picked = {name: (keyed[f"_key_{name}"].min() + MOST * _BEYOND) % _BEYOND for name in wanted}
    found = keyed.group_by("customer_no").agg(**picked)
    ranks = found.select("customer_no", **{n: found[n] if n in picked else ibis.null("int64") for n in names})
    for group in spec.together:
        ranks = _together(ranks, ranked, [name for name in group if name in names])
    return ranks.order_by("customer_no")


def _together(ranks: ibis.Table, ranked: ibis.Table, group: Sequence[str]) -> ibis.Table:
    """The ranks with those of `group` replaced by the one row that speaks for all of them."""
    import ibis

    if len(group) < 2:
        return ranks
    chosen = ranks.mutate(_chosen=ibis.coalesce(*(ranks[name] for name in group)))
    there = ranked.select("_rank", **{f"_has_{name}": ranked[name].notnull() for name in group})
    joined = chosen.left_join(there, chosen["_chosen"] == there["_rank"])
    same = {name: joined[f"_has_{name}"].ifelse(joined["_chosen"], None) for name in group}
    return joined.mutate(**same).select(*ranks.columns)


def surviving_values(
    ranked: ibis.Table, ranks: ibis.Table, customers: ibis.Table, filled: Sequence[str] | None = None
) -> ibis.Table:
    """One row per customer with the surviving value of each attribute; `filled` see `surviving_ranks`."""
    import ibis

    names = attribute_names(ranked)
    wanted = names if filled is None else filled
    chosen = ranks.select("customer_no", **{f"_chosen_{name}": ranks[name] for name in wanted})
    rows = ranked.join(chosen, "customer_no")
    values = {name: rows[name].max(where=rows["_rank"] == rows[f"_chosen_{name}"]) for name in wanted}
    per_customer = rows.group_by("customer_no").agg(**values)
    everyone = customers.select("customer_no").left_join(per_customer, "customer_no")
    content = {name: everyone[name] if name in values else ibis.null(ranked[name].type()) for name in names}
    return everyone.select("customer_no", **content).order_by("customer_no")


def origins(ranks: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """The record that each surviving value came from."""
    import ibis

    parts = [
        ranks.filter(ranks[name].notnull()).select("customer_no", attribute=ibis.literal(name), rank=ranks[name])
        for name in ranks.columns
        if name != "customer_no"
    ] or [ranks.limit(0).select("customer_no", attribute=ibis.literal(""), rank="customer_no")]
    long = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return long.join(rows, "rank").select("customer_no", "attribute", "source", "record_key")
