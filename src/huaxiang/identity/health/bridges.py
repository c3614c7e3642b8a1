"""Bridges: one value, match or record that holds two groups of a customer's records together.

A customer who is really two people mostly hangs together by one wrong link. Looked at are customers with records enough
for two groups; on fewer, one link is what usually joins a person's old phone to the new one. Working tables, dropped
when health is done:

    _identity_bridge_nodes    node, vertex (the first node of the same record), customer_no, source, record_key
    _identity_bridge_links    vertex, number: what holds them together
    _identity_bridge_matches  match, left, right (vertices)
    _identity_bridge_parts    kind, id (vertex, number or match), one, other
    _identity_bridge_first    a row per customer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.issues import masked

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

BRIDGES = "identity_bridges"

GROUP = 4
"""Records that make a group."""

KEPT = 100
"""Bridges that are kept, those with the heaviest smaller side; all are counted."""

JOINED = ("joined", "accepted")
"""The states of matches that hold records together."""

WORKING = tuple(f"_identity_bridge_{name}" for name in ("nodes", "links", "matches", "parts", "first"))
_NODES, _LINKS, _MATCHES, _PARTS, _FIRST = WORKING
_KINDS = ("value", "match", "record", "fact")
"""What a bridge can be; of several in one customer that separate equally much, the one named first is told."""

_COLUMNS = {
    "customer_no": "int64",
    "customer_id": "string",
    "kind": "string",
    "type": "string",
    "value": "string",
    "records": "int64",
    "one": "int64",
    "other": "int64",
}
"""The columns of `identity_bridges` with their Arrow types."""

_STEP = "identity: bridges"


def write_bridges(engine: Engine) -> int:
    """Write `identity_bridges`, a row per customer: the link that most looks like holding two people. Returns how many.

    Columns: `customer_no`, `customer_id`, `kind` (value, match, record, or fact: a combination seen in facts), `type`
    (of a value), `value` (masked; of a record or match the keys), `records` (of the customer), `one`, `other` (records
    on the two heaviest sides, the heavier first).
    """
    import ibis

    if not _has_candidates(engine):
        engine.create(BRIDGES, _nothing(), step=_STEP)
        return 0
    _write_graph(engine)
    engine.create(_PARTS, _parts(engine), step=_STEP)
    described = ibis.union(_values(engine), _records(engine), _matches(engine))
    rank = ibis.cases(*((described.kind == kind, place) for place, kind in enumerate(_KINDS)))
    order = [ibis.desc("other"), ibis.desc("one"), rank, described.type, described.value]
    numbered = described.mutate(place=ibis.row_number().over(ibis.window(group_by="customer_no", order_by=order)))
    first = numbered.filter(numbered.place == 0).join(engine.table("customers"), "customer_no")
    found = engine.create(_FIRST, first.select(*_COLUMNS), step=_STEP)
    heaviest = found.order_by(ibis.desc("other"), ibis.desc("one"), "customer_id").limit(KEPT)
    engine.create(BRIDGES, heaviest, step=_STEP)
    return int(engine.rows(found.aggregate(bridges=found.count()), step=_STEP)[0]["bridges"])


def _has_candidates(engine: Engine) -> bool:
    """Whether anybody has records enough for two groups: in most small projects nobody has."""
    customers = engine.table("customers")
    return bool(engine.rows(customers.filter(customers.records >= 2 * GROUP).limit(1), step=_STEP))


def _nothing() -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array([], getattr(pa, type_)()) for name, type_ in _COLUMNS.items()})


def _write_graph(engine: Engine) -> None:
    import ibis

    customers = engine.table("customers")
    big = customers.filter(customers.records >= 2 * GROUP)
    nodes = engine.table("identity_nodes").semi_join(big, "customer_no")
    same = ibis.window(group_by=["source", "record_key"])
    vertex = nodes.record_key.isnull().ifelse(nodes.node, nodes.node.min().over(same))
    held = engine.create(_NODES, nodes.select("node", "customer_no", "source", "record_key", vertex=vertex), step=_STEP)
    edges, values = engine.table("identity_edges"), engine.table("identity_values")
    links = edges.filter(~edges.cut).join(held, "node").semi_join(values.filter(values.status == "links"), "number")
    links = links.select("vertex", "number", "customer_no").distinct()
    holders = links.mutate(holders=links.count().over(ibis.window(group_by="number")))
    engine.create(_LINKS, holders.filter(holders.holders > 1).drop("holders"), step=_STEP)
    engine.create(_MATCHES, _joined_matches(engine, held), step=_STEP)


def _joined_matches(engine: Engine, nodes: ibis.Table) -> ibis.Table:
    import ibis

    if not engine.has("identity_matches"):
        return nodes.limit(0).select(match="node", left="node", right="node")
    matches = engine.table("identity_matches")
    records = nodes.filter(nodes.node == nodes.vertex)
    left = records.select(left_source="source", left_key="record_key", left="vertex")
    right = records.select(right_source="source", right_key="record_key", right="vertex")
    joined = matches.filter(matches.status.isin(JOINED)).join(left, ["left_source", "left_key"])
    pairs = joined.join(right, ["right_source", "right_key"]).select("left", "right").distinct()
    number = ibis.row_number().over(ibis.window(order_by=[pairs.left, pairs.right]))
    return pairs.select("left", "right", match=number)


def _parts(engine: Engine) -> pa.Table:
    """What each vertex, value and match holds together, where both sides are groups: `kind`, `id`, `one`, `other`."""
    import numpy as np
    import pyarrow as pa

    from huaxiang.identity.health.articulation import two_parts

    nodes = engine.table(_NODES)
    weighed = nodes.filter(nodes.node == nodes.vertex).select("vertex", weight=nodes.record_key.notnull().cast("int64"))
    vertices = engine.arrow(weighed.order_by("vertex"), step=_STEP)
    links = engine.arrow(engine.table(_LINKS).select("vertex", "number"), step=_STEP)
    matches = engine.arrow(engine.table(_MATCHES).order_by("match"), step=_STEP)
    ids = vertices["vertex"].to_numpy()
    numbers, of_link = np.unique(links["number"].to_numpy(), return_inverse=True)
    values, joints = len(ids), len(ids) + len(numbers)
    match = joints + np.arange(len(matches))
    left = [np.searchsorted(ids, links["vertex"].to_numpy())]
    left += [np.searchsorted(ids, matches[end].to_numpy()) for end in ("left", "right")]
    count = joints + len(matches)
    weight = np.zeros(count, np.int64)
    weight[:values] = vertices["weight"].to_numpy()
    one, other = two_parts(count, np.concatenate(left), np.concatenate([values + of_link, match, match]), weight)
    found = np.flatnonzero(other >= GROUP)
    names = np.concatenate([ids, numbers, matches["match"].to_numpy()])
    kinds = np.where(found < values, "record", np.where(found < joints, "value", "match"))
    columns = {"kind": kinds.astype(object), "id": names[found], "one": one[found], "other": other[found]}
    types = {"kind": pa.string(), "id": pa.int64(), "one": pa.int64(), "other": pa.int64()}
    return pa.table({name: pa.array(columns[name], type_) for name, type_ in types.items()})


def _of_kind(engine: Engine, kind: str, id_: str) -> ibis.Table:
    parts = engine.table(_PARTS)
    return parts.filter(parts.kind == kind).select("one", "other", **{id_: "id"})


def _values(engine: Engine) -> ibis.Table:
    import ibis

    owners = engine.table(_LINKS).select("number", "customer_no").distinct()
    found = _of_kind(engine, "value", "number").join(engine.table("identity_values"), "number").join(owners, "number")
    return found.select(
        "customer_no", "one", "other", kind=ibis.literal("value"), type="type", value=masked(found["value"])
    )


def _records(engine: Engine) -> ibis.Table:
    import ibis

    nodes = engine.table(_NODES)
    found = _of_kind(engine, "record", "vertex").join(nodes.filter(nodes.node == nodes.vertex), "vertex")
    record = found.record_key.notnull()
    return found.select(
        "customer_no",
        "one",
        "other",
        kind=record.ifelse("record", "fact"),
        type=ibis.null("string"),
        value=record.ifelse(_shown(found.source, found.record_key), found.source),
    )


def _matches(engine: Engine) -> ibis.Table:
    import ibis

    nodes = engine.table(_NODES)
    records = nodes.filter(nodes.node == nodes.vertex)
    left = records.select(
        left="vertex", customer_no="customer_no", left_name=_shown(records.source, records.record_key)
    )
    right = records.select(right="vertex", right_name=_shown(records.source, records.record_key))
    found = _of_kind(engine, "match", "match").join(engine.table(_MATCHES), "match").join(left, "left")
    found = found.join(right, "right")
    return found.select(
        "customer_no",
        "one",
        "other",
        kind=ibis.literal("match"),
        type=ibis.null("string"),
        value=found.left_name + " ↔ " + found.right_name,
    )


def _shown(source: ibis.StringValue, key: ibis.StringValue) -> ibis.StringValue:
    """A record as people find it again in its source."""
    return source + "#" + key
