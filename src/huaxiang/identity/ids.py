"""Customer ids that stay: who keeps a former id, who gets a new one, and what changed since the last build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

COMPONENTS, OVERLAP, KEPT, SALTS, IDS = (
    f"_identity_{name}" for name in ("components", "overlap", "kept", "salts", "ids")
)
WORKING = (COMPONENTS, OVERLAP, KEPT, SALTS, IDS)
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Previous:
    """The identity tables of the snapshot before, readable by the engine of this build.

    `groups` are those of its households and accounts, by name, where it had any. `tables` are all of its tables by
    name: snapshots of before a table was kept lack it.
    """

    customers: ibis.Table
    identity: ibis.Table
    identifiers: ibis.Table
    groups: Mapping[str, ibis.Table] = field(default_factory=dict)
    tables: Mapping[str, ibis.Table] = field(default_factory=dict)


def record_anchor(source: ibis.StringValue, record_key: ibis.StringValue) -> ibis.StringValue:
    """The text by which a record stands for its customer."""
    return "r" + _SEPARATOR + source + _SEPARATOR + record_key


def value_anchor(type_: ibis.StringValue, value: ibis.StringValue, scope: ibis.StringValue) -> ibis.StringValue:
    """The text by which an identifier stands for its customer; any record comes before any identifier."""
    return "v" + _SEPARATOR + type_ + _SEPARATOR + value + (scope == "").ifelse("", _SEPARATOR + scope)


def write_overlap(engine: Engine, records: ibis.Table, values: ibis.Table, previous: Previous) -> None:
    """Count what each component shares with each former customer, whose number is `former`.

    Written as `component`, `former`, `shared` (records and identifiers), `records` (those among them).

    `records` has `component`, `source`, `record_key`; `values` has `component`, `type`, `scope`, `value`.
    """
    import ibis

    by_record = records.join(previous.identity, ["source", "record_key"])
    by_record = by_record.select("component", former="customer_no", record=1)
    # Snapshots of before there were scopes have none.
    former = previous.identifiers
    key = ["type", "scope", "value"] if "scope" in former.columns else ["type", "value"]
    by_value = values.join(former, key).select("component", former="customer_no", record=0)
    both = ibis.union(by_record, by_value)
    content = both.group_by("component", "former").agg(shared=both.count(), records=both.record.sum())
    engine.create(OVERLAP, content, step="identity: compare with the former build")


def write_ids(engine: Engine, previous: Previous | None) -> ibis.Table:
    """Give each row of COMPONENTS (`component` 0 … n−1 in order of `anchor`) its id: `component`, `customer_id`.

    A component keeps the former id with which it shares most records, of as many records most identifiers; then the
    id with more former ones wins, then the smaller id, then the smaller anchor. All others get `c_` and 16 hexadecimal
    digits of the anchor's MD5 (with a salt where that id is taken).
    """
    import numpy as np
    import pyarrow as pa

    components = engine.table(COMPONENTS)
    none = pa.table({"component": pa.array([], pa.int64()), "former": pa.array([], pa.int64())})
    engine.create(KEPT, none, step="identity: kept ids")
    if previous is not None:
        shared = engine.arrow(_weighed(engine, previous), step="identity: shares of former customers")
        arrays = {name: shared[name].to_numpy() for name in shared.column_names}
        # One record more weighs more than all identifiers: who has the same records as before stays who it was.
        share = arrays["records"].astype(np.int64) * (arrays["shared"].max(initial=0) + 1) + arrays["shared"]
        component, former = keep_former(arrays["component"], arrays["former"], share, arrays["weight"])
        engine.create(
            KEPT,
            pa.table({"component": component.astype(np.int64), "former": former.astype(np.int64)}),
            step="identity: kept ids",
        )
    salts: dict[int, int] = {}
    while True:
        engine.create(
            SALTS,
            pa.table(
                {
                    "component": pa.array(list(salts), pa.int64()),
                    "salt": pa.array([str(salt) for salt in salts.values()], pa.string()),
                }
            ),
            step="identity: salts",
        )
        ids = engine.create(IDS, _ids(engine, components, previous), step="identity: ids")
        clashes = engine.rows(_clashes(ids, previous), step="identity: ids used twice")
        if not clashes:
            return ids
        for row in clashes:
            salts[row["component"]] = salts.get(row["component"], 0) + 1


def numbers(engine: Engine, previous: Previous | None) -> ibis.Table:
    """The number of each customer: `component`, `customer_id`, `customer_no`.

    Who keeps an id keeps the number, so that what is stored by number holds; new customers come after all others, in
    order of their ids. Numbers of customers who went stay free, until they are half of all: then everybody gets a new
    one, from 0 on in order of the ids.
    """
    import ibis

    assigned = engine.table(IDS)
    afresh = ibis.row_number().over(ibis.window(order_by=assigned.customer_id)).cast("int64")
    if previous is not None:
        former = previous.customers
        [seen] = engine.rows(former.aggregate(last=former.customer_no.max()), step="identity: numbers so far")
        [now] = engine.rows(
            assigned.aggregate(all=assigned.count(), new=assigned.is_new.sum()), step="identity: numbers to give"
        )
        first = 0 if seen["last"] is None else int(seen["last"]) + 1
        if first + int(now["new"] or 0) <= 2 * now["all"]:
            kept = engine.table(KEPT).select(_kept="component", number="former")
            joined = assigned.left_join(kept, assigned.component == kept["_kept"])
            order = ibis.window(group_by=joined.number.isnull(), order_by=joined.customer_id)
            next_ = ibis.row_number().over(order).cast("int64") + first
            return joined.select("component", "customer_id", customer_no=joined.number.fill_null(next_).cast("int64"))
    return assigned.select("component", "customer_id", customer_no=afresh)


def keep_former(
    component: npt.NDArray[np.int64],
    former: npt.NDArray[np.int64],
    shared: npt.NDArray[np.int64],
    weight: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Match components with former customers one to one, the greatest share first.

    Row i says that `component[i]` shares `shared[i]` (records, identifiers) with customer `former[i]`, who had
    `weight[i]`. Returns the matched components and their former customers. The order of rows does not matter.
    """
    import numpy as np

    order = np.lexsort((component, former, -weight, -shared))
    component, former = component[order], former[order]
    matched: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
    while len(component):
        # A row that comes first for its component and for its former customer would be taken first of all
        # rows that concern either; all such rows can be taken at once.
        rows = np.arange(len(component))
        best = (_first(component) == rows) & (_first(former) == rows)
        matched.append((component[best], former[best]))
        open_ = ~(np.isin(component, component[best]) | np.isin(former, former[best]))
        component, former = component[open_], former[open_]
    empty = np.empty(0, np.int64)
    return (
        np.concatenate([empty, *(pair[0] for pair in matched)]),
        np.concatenate([empty, *(pair[1] for pair in matched)]),
    )


def changes(engine: Engine, previous: Previous, customers: ibis.Table) -> ibis.Table:
    """What became of former customers: `customer_id`, `kind`, `other`, `records`.

    merged  the former customer `other` is now part of `customer_id`
    split   `customer_id` is new and took `records` records and identifiers from `other`, who lives on
    moved   the same, but `customer_id` was there before
    gone    nothing of `customer_id` was in this build's data; `other` is null
    """
    import ibis

    overlap, kept = engine.table(OVERLAP), engine.table(KEPT)
    former = previous.customers.select(former="customer_no", other="customer_id")
    own = kept.select(component="component", own="former")
    alive = kept.select(former="former", keeper="component")
    seen = overlap.left_join(own, "component").select("component", "former", "shared", "own")
    seen = seen.filter(seen.own.isnull() | (seen.own != seen.former))
    joined = (
        seen.left_join(alive, "former")
        .drop("former_right")
        .join(former, "former")
        .join(customers.select("component", "customer_id"), "component")
    )
    kind = ibis.cases((joined.keeper.isnull(), "merged"), (joined.own.isnull(), "split"), else_="moved")
    moved = joined.select("customer_id", kind=kind, other="other", records="shared")
    weights = _weights(previous)
    left = former.anti_join(overlap, "former").left_join(weights, "former")
    gone = left.select(
        customer_id="other", kind=ibis.literal("gone"), other=ibis.null("string"), records=left.weight.fill_null(0)
    )
    return ibis.union(moved, gone).order_by("customer_id", "kind", "other")


def _weights(previous: Previous) -> ibis.Table:
    """How many records and identifiers each former customer had: `former`, `weight`."""
    import ibis

    both = ibis.union(previous.identity.select(former="customer_no"), previous.identifiers.select(former="customer_no"))
    return both.group_by("former").agg(weight=both.count())


def _weighed(engine: Engine, previous: Previous) -> ibis.Table:
    joined = engine.table(OVERLAP).join(_weights(previous), "former")
    return joined.select("component", "former", "shared", "records", "weight")


def _ids(engine: Engine, components: ibis.Table, previous: Previous | None) -> ibis.Table:
    kept, salts = engine.table(KEPT), engine.table(SALTS)
    salted = components.left_join(salts, "component").select("component", "anchor", "salt")
    text = salted.salt.isnull().ifelse(salted.anchor, salted.anchor + _SEPARATOR + salted.salt)
    fresh = "c_" + text.hexdigest("md5").substr(0, 16)
    new = salted.select("component", fresh=fresh)
    if previous is None:
        return new.select("component", customer_id="fresh", is_new=True)
    former = previous.customers.select(former="customer_no", held="customer_id")
    known = kept.join(former, "former").select("component", "held")
    joined = new.left_join(known, "component")
    return joined.select("component", customer_id=joined.held.fill_null(joined.fresh), is_new=joined.held.isnull())


def _clashes(ids: ibis.Table, previous: Previous | None) -> ibis.Table:
    """New ids that somebody else has: a former customer, or a component with a smaller anchor."""
    import ibis

    new = ids.filter(ids.is_new)
    place = ibis.row_number().over(ibis.window(group_by=new.customer_id, order_by=new.component))
    numbered = new.mutate(place=place)
    clashes = numbered.filter(numbered.place > 0).select("component")
    if previous is not None:
        clashes = ibis.union(
            clashes, new.semi_join(previous.customers, "customer_id").select("component"), distinct=True
        )
    return clashes


def _first(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each row the first row that has the same value."""
    import numpy as np

    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return first[inverse]
