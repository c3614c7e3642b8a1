"""Which value of an attribute survives when the records of a customer disagree, and from which record it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.spec import AttributeSpec, IdentitySpec, SurvivorshipRule

if TYPE_CHECKING:
    import ibis

ATTRIBUTES, ORIGINS = "attributes", "attribute_origins"
ROWS, RANKS = "attribute_rows", "attribute_ranks"
_RANKED = "_identity_ranked"

_BEYOND = 1 << 40
"""More than there are rows: `measure * _BEYOND + rank` orders by the measure, then by rank."""

_MOST = 1 << 20

Measure = Callable[["ibis.Table", str, Sequence[str]], "ibis.IntegerValue"]


def _no_measure(rows: ibis.Table, _: str, __: Sequence[str]) -> ibis.IntegerValue:
    return rows["_rank"] * 0


def _rarity(rows: ibis.Table, column: str, _: Sequence[str]) -> ibis.IntegerValue:
    import ibis

    same = rows[column].count().over(ibis.window(group_by=["customer_no", column]))
    return -ibis.least(same, _MOST)


def _source_position(rows: ibis.Table, _: str, sources: Sequence[str]) -> ibis.IntegerValue:
    return _position(rows["_source"], sources)


def _shortness(rows: ibis.Table, column: str, _: Sequence[str]) -> ibis.IntegerValue:
    import ibis

    return -ibis.least(rows[column].cast("string").length().cast("int64"), _MOST)


RULES: dict[SurvivorshipRule, Measure] = {
    "most_recent": _no_measure,
    "most_frequent": _rarity,
    "source_priority": _source_position,
    "longest": _shortness,
}
"""Each rule's measure of a row: the smallest wins; of equal ones the most recent row (see `rank_rows`) does."""


def write_attributes(engine: Engine, records: ibis.Table, customers: ibis.Table, spec: IdentitySpec) -> ibis.Table:
    """Write `attributes` (one row per customer) and `attribute_origins` (where each value came from).

    `records` are the rows of `accepted_records` with their `customer_no`. `attribute_origins` is a view with
    `customer_no`, `attribute`, `source`, `record_key`, over the compact tables `attribute_ranks` and
    `attribute_rows`.
    """
    ranked = engine.create(_RANKED, rank_rows(records, spec), step="survivorship: order of records")
    slim = ranked.select(rank="_rank", source="_source", record_key="_record_key")
    rows = engine.create(ROWS, slim, step="survivorship: rows")
    ranks = engine.create(RANKS, surviving_ranks(ranked, spec), step="survivorship: rules")
    values = surviving_values(ranked, ranks, customers)
    attributes = engine.create(ATTRIBUTES, values, step="survivorship: values")
    engine.view(ORIGINS, origins(ranks, rows), step="survivorship: origins")
    engine.drop(_RANKED)
    return attributes


def attribute_names(records: ibis.Table) -> list[str]:
    """The columns of `accepted_records` that say something about somebody."""
    return [name for name in records.columns if not name.startswith(("_", "id_")) and name != "customer_no"]


def rank_rows(records: ibis.Table, spec: IdentitySpec) -> ibis.Table:
    """The rows with `_rank`: by customer, the most recently recorded first.

    Rows recorded at the same moment are ordered by source (`default.sources` of identity.yml, then by name),
    record key, file and row, so that the order of the input never matters.
    """
    import ibis

    order = [records["customer_no"]]
    if "recorded_at" in records.columns:
        order.append(ibis.desc(records["recorded_at"], nulls_first=False))
    order.append(_position(records["_source"], spec.default.sources))
    order += [records[name] for name in ("_source", "_record_key", "_file", "_row") if name in records.columns]
    kept = [name for name in ("_source", "_record_key", "customer_no") if name in records.columns]
    rank = ibis.row_number().over(ibis.window(order_by=order)).cast("int64")
    return records.select(*kept, *attribute_names(records), _rank=rank).order_by("_rank")


def surviving_ranks(ranked: ibis.Table, spec: IdentitySpec) -> ibis.Table:
    """Per customer and attribute the rank of the row whose value survives; null where no row has a value."""
    keyed, names = ranked, attribute_names(ranked)
    for name in names:
        rule = spec.attributes.get(name, spec.default)
        key = RULES[rule.rule](ranked, name, _sources(rule, spec)) * _BEYOND + ranked["_rank"]
        keyed = keyed.mutate(**{f"_key_{name}": ranked[name].notnull().ifelse(key, None)})
    # The rank is what is left of the smallest key; a measure may be negative, the remainder never is.
    picked = {name: (keyed[f"_key_{name}"].min() + _MOST * _BEYOND) % _BEYOND for name in names}
    return keyed.group_by("customer_no").agg(**picked).order_by("customer_no")


def surviving_values(ranked: ibis.Table, ranks: ibis.Table, customers: ibis.Table) -> ibis.Table:
    """One row per customer with the surviving value of each attribute."""
    names = attribute_names(ranked)
    chosen = ranks.rename({f"_chosen_{name}": name for name in names})
    rows = ranked.join(chosen, "customer_no")
    values = {name: rows[name].max(where=rows["_rank"] == rows[f"_chosen_{name}"]) for name in names}
    per_customer = rows.group_by("customer_no").agg(**values)
    everyone = customers.select("customer_no").left_join(per_customer, "customer_no")
    return everyone.select("customer_no", *names).order_by("customer_no")


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


def _sources(rule: AttributeSpec, spec: IdentitySpec) -> Sequence[str]:
    return rule.sources or spec.default.sources


def _position(source: ibis.StringValue, sources: Sequence[str]) -> ibis.IntegerValue:
    """The place of a source in a list; sources that are not listed share the place after the last."""
    import ibis

    listed = [(source == name, ibis.literal(place, "int64")) for place, name in enumerate(sources)]
    last = ibis.literal(len(sources), "int64")
    return ibis.cases(*listed, else_=last) if listed else last
