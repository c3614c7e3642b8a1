"""Where the records of one customer disagree: how often per attribute and pair of sources, and with which values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.survivorship import attribute_names

if TYPE_CHECKING:
    import ibis

CONFLICTS, OTHERS = "attribute_conflicts", "attribute_others"
_SOURCES = "_identity_by_source"

_ABOUT_THE_RECORD = frozenset({"recorded_at"})
"""Columns that say something about the record rather than about somebody: they differ, and nobody disagrees."""

_OTHER_COLUMNS = {
    "customer_no": "int64", "attribute": "string", "value": "string", "source": "string", "record_key": "string",
}  # fmt: skip


def write_conflicts(engine: Engine, ranked: ibis.Table | None, attributes: ibis.Table) -> ibis.Table:
    """Write `attribute_conflicts` and `attribute_others`, and return the first.

    `ranked` are the records as survivorship ordered them, `attributes` the values that survived.

    attribute_conflicts  `attribute`, `one`, `other` (sources), `customers`, `differing`, `share`. Both null: customers
                         with a value, and those of them whose records have several. Two sources: customers with a
                         value in both, and those whose values are not the same there. One source twice: customers with
                         at least two values in it, and those of whom these differ.
    attribute_others     `customer_no`, `attribute`, `value` (as text), `source`, `record_key`: a row per record whose
                         value differs from the one that survived
    """
    names = [] if ranked is None else _compared(ranked)
    counts: list[dict[str, Any]] = []
    if ranked is not None and names:
        several = _of_several(ranked)
        engine.create(_SOURCES, _by_source(several, names), step="conflicts: values by source")
        counts = [*_overall(engine, attributes, names), *_pairs(engine, names)]
        engine.drop(_SOURCES)
    _write_others(
        engine, ranked, attributes, [row["attribute"] for row in counts if not row["one"] and row["differing"]]
    )
    return _write_counts(engine, counts)


def _compared(ranked: ibis.Table) -> list[str]:
    return [name for name in attribute_names(ranked) if name not in _ABOUT_THE_RECORD]


def _of_several(ranked: ibis.Table) -> ibis.Table:
    """The records of customers with several: of all others nothing can disagree."""
    counted = ranked.group_by("customer_no").agg(records=ranked.count())
    return ranked.semi_join(counted.filter(counted.records > 1), "customer_no")


def _by_source(records: ibis.Table, names: Sequence[str]) -> ibis.Table:
    """Per customer and source the smallest and the largest value of each attribute, and how many there are."""
    figures: dict[str, Any] = {}
    for name in names:
        column = records[name]
        figures |= {f"low_{name}": column.min(), f"high_{name}": column.max(), f"values_{name}": column.count()}
    return records.group_by("customer_no", source=records["_source"]).agg(**figures)


def _overall(engine: Engine, attributes: ibis.Table, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    parts = engine.table(_SOURCES)
    spans = parts.group_by("customer_no").agg(
        **{f"low_{name}": parts[f"low_{name}"].min() for name in names},
        **{f"high_{name}": parts[f"high_{name}"].max() for name in names},
    )
    known = attributes.agg(**{f"customers_{name}": attributes[name].count() for name in names})
    differing = spans.agg(
        **{f"differing_{name}": (spans[f"low_{name}"] != spans[f"high_{name}"]).sum() for name in names}
    )
    (row,) = engine.rows(known.cross_join(differing), step="conflicts: customers who disagree with themselves")
    yield from _long(row, names, None, None)


def _pairs(engine: Engine, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    one, other = engine.table(_SOURCES), engine.table(_SOURCES).view()
    joined = one.join(
        other, (one.customer_no == other.customer_no) & (one.source <= other.source), rname="{name}_right"
    )
    same = joined["source"] == joined["source_right"]
    figures: dict[str, Any] = {}
    for name in names:
        low, high, values = (joined[f"{part}_{name}"] for part in ("low", "high", "values"))
        both = same.ifelse(values > 1, (values > 0) & (joined[f"values_{name}_right"] > 0))
        apart = (low != joined[f"low_{name}_right"]) | (high != joined[f"high_{name}_right"])
        differ = same.ifelse(low != high, apart)
        figures |= {f"customers_{name}": both.sum(), f"differing_{name}": (both & differ).sum()}
    grouped = joined.group_by(one="source", two="source_right").agg(**figures).order_by("one", "two")
    for row in engine.rows(grouped, step="conflicts: pairs of sources"):
        yield from (found for found in _long(row, names, row["one"], row["two"]) if found["customers"])


def _long(row: dict[str, Any], names: Sequence[str], one: str | None, other: str | None) -> Iterator[dict[str, Any]]:
    for name in names:
        customers, differing = row[f"customers_{name}"] or 0, row[f"differing_{name}"] or 0
        yield {
            "attribute": name,
            "one": one,
            "other": other,
            "customers": customers,
            "differing": differing,
            "share": differing / customers if customers else None,
        }


def _write_counts(engine: Engine, counts: Sequence[dict[str, Any]]) -> ibis.Table:
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("attribute", "one", "other")]
    numbers = [("customers", pa.int64()), ("differing", pa.int64()), ("share", pa.float64())]
    table = pa.Table.from_pylist(list(counts), schema=pa.schema(texts + numbers))
    return engine.create(CONFLICTS, table, step="conflicts: counts")


def _write_others(engine: Engine, ranked: ibis.Table | None, attributes: ibis.Table, names: Sequence[str]) -> None:
    import ibis
    import pyarrow as pa

    step = "conflicts: values that did not survive"
    if ranked is None or not names:
        empty = pa.table({name: [] for name in _OTHER_COLUMNS}, schema=ibis.schema(_OTHER_COLUMNS).to_pyarrow())
        engine.create(OTHERS, empty, step=step)
        return
    chosen = attributes.select("customer_no", **{f"_chosen_{name}": attributes[name] for name in names})
    rows = _of_several(ranked).join(chosen, "customer_no")
    parts = []
    for name in names:
        others = rows.filter(rows[name] != rows[f"_chosen_{name}"])
        parts.append(
            others.select(
                "customer_no",
                "_rank",
                attribute=ibis.literal(name),
                value=others[name].cast("string"),
                source="_source",
                record_key=others["_record_key"].cast("string"),
            )
        )
    long = ibis.union(*parts) if len(parts) > 1 else parts[0]
    engine.create(OTHERS, long.order_by("customer_no", "attribute", "_rank").select(*_OTHER_COLUMNS), step=step)
