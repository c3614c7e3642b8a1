"""Where the records of one customer disagree: how often per attribute and pair of sources, and with which values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.disagreement import NOTHING, Groups, coded
from huaxiang.identity.survivorship import attribute_names

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]

CONFLICTS, OTHERS = "attribute_conflicts", "attribute_others"
_MARKED = "_identity_others"

_ABOUT_THE_RECORD = frozenset({"recorded_at"})
"""Columns that say something about the record rather than about somebody: they differ, and nobody disagrees."""

_OTHER_COLUMNS = {
    "customer_no": "int64", "attribute": "string", "value": "string", "source": "string", "record_key": "string",
}  # fmt: skip

_BETWEEN = "\x1f"


def write_conflicts(
    engine: Engine, ranked: ibis.Table | None, ranks: ibis.Table | None, attributes: ibis.Table
) -> ibis.Table:
    """Write `attribute_conflicts` and `attribute_others`, and return the first.

    `ranked` are the records as survivorship ordered them, `ranks` says by customer whose value survived, and
    `attributes` which: all as `survivorship.py` writes them.

    attribute_conflicts  `attribute`, `one`, `other` (sources), `customers`, `differing`, `share`. Both null: customers
                         with a value, and those of them whose records have several. Two sources: customers with a
                         value in both, and those whose values are not the same there. One source twice: customers with
                         at least two values in it, and those of whom these differ.
    attribute_others     `customer_no`, `attribute`, `value` (as text), `source`, `record_key`: a row per record whose
                         value differs from the one that survived
    """
    names = [] if ranked is None else [n for n in attribute_names(ranked) if n not in _ABOUT_THE_RECORD]
    if ranked is None or ranks is None or not names:
        _write_others(engine, ranked, {})
        return _write_counts(engine, [])
    known = attributes.agg(**{name: attributes[name].count() for name in names})
    (customers,) = engine.rows(known, step="conflicts: customers with a value")
    counts, others = _compare(engine, ranked, ranks, customers)
    _write_others(engine, ranked, others)
    return _write_counts(engine, counts)


def _compare(
    engine: Engine, ranked: ibis.Table, ranks: ibis.Table, known: dict[str, int]
) -> tuple[list[dict[str, Any]], dict[str, Integers]]:
    """The rows of CONFLICTS, and by attribute the ranks of the rows of OTHERS; `known` has a count per attribute."""
    import numpy as np

    rows = engine.arrow(ranked.select("_rank", "customer_no", "_source"), step="conflicts: whose records")
    rank = rows["_rank"].to_numpy()
    customer = np.empty(len(rank), np.int64)
    customer[rank] = rows["customer_no"].to_numpy()
    sources = sorted(rows["_source"].unique().to_pylist())
    source = np.empty(len(rank), np.int32)
    source[rank] = coded(rows["_source"])
    everyone, owner = np.unique(customer, return_inverse=True)
    groups = Groups.of(owner, source, len(sources))
    overall, pairs = [], []
    others: dict[str, Integers] = {}
    for name, many in known.items():
        codes = _codes(engine, ranked, name)
        several, both, differing = groups.count(codes)
        overall.append(_row(name, None, None, many, several))
        pairs += [
            ((one, other), _row(name, sources[one], sources[other], int(both[one, other]), int(differing[one, other])))
            for one, other in zip(*(side.tolist() for side in np.nonzero(both)), strict=True)
        ]
        if several:
            chosen, own = codes[_chosen(engine, ranks, name, everyone)][owner], codes[:-1]
            others[name] = np.flatnonzero((own != chosen) & (own != NOTHING) & (chosen != NOTHING))
    pairs.sort(key=lambda pair: pair[0])
    return [*overall, *(row for _, row in pairs)], others


def _codes(engine: Engine, ranked: ibis.Table, name: str) -> Integers:
    """The values of an attribute as whole numbers, by rank, and a missing one behind all."""
    import numpy as np

    column = ranked[name]
    kind = column.type()
    if kind.is_array():
        column = column.cast("array<string>").join(_BETWEEN)
    elif kind.is_floating():
        # Nothing below zero is nothing.
        column = column + 0.0
    rows = engine.arrow(ranked.select("_rank", value=column), step="conflicts: values")
    codes = np.full(len(rows) + 1, NOTHING, np.int32)
    codes[rows["_rank"].to_numpy()] = coded(rows["value"])
    return codes


def _chosen(engine: Engine, ranks: ibis.Table, name: str, everyone: Integers) -> Integers:
    """The rank of the row whose value survived, of each customer; −1 where none did."""
    import numpy as np

    rows = engine.arrow(ranks.select("customer_no", rank=ranks[name]), step="conflicts: values that survived")
    chosen = np.empty(len(everyone), np.int64)
    chosen[np.searchsorted(everyone, rows["customer_no"].to_numpy())] = rows["rank"].fill_null(-1).to_numpy()
    return chosen


def _row(name: str, one: str | None, other: str | None, customers: int, differing: int) -> dict[str, Any]:
    return {
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


def _write_others(engine: Engine, ranked: ibis.Table | None, others: dict[str, Integers]) -> None:
    """Write OTHERS: by attribute the ranks of its rows."""
    import ibis
    import numpy as np
    import pyarrow as pa

    step = "conflicts: values that did not survive"
    if ranked is None or not others:
        empty = pa.table({name: [] for name in _OTHER_COLUMNS}, schema=ibis.schema(_OTHER_COLUMNS).to_pyarrow())
        engine.create(OTHERS, empty, step=step)
        return
    marks = {
        "_rank": np.concatenate(list(others.values())),
        "attribute": pa.array(list(others)).take(
            pa.array(np.repeat(np.arange(len(others)), [*map(len, others.values())]))
        ),
    }
    rows = ranked.join(engine.create(_MARKED, pa.table(marks), step=step), "_rank")
    value = ibis.cases(*((rows.attribute == name, rows[name].cast("string")) for name in others))
    told = rows.select(
        "customer_no",
        "_rank",
        "attribute",
        value=value,
        source="_source",
        record_key=rows["_record_key"].cast("string"),
    )
    engine.create(OTHERS, told.order_by("customer_no", "attribute", "_rank").select(*_OTHER_COLUMNS), step=step)
    engine.drop(_MARKED)
