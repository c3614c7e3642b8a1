"""From edges to components: the graph is resolved on integers, everything else stays in the engine.

Working tables, dropped when identity is done:

    _identity_node_labels                           node, label of its component, linked: that before matches
    _identity_value_labels                          number, label of its component
    _identity_components                            component (0 … n−1 in order of anchor), label, anchor
    _identity_members                               component, source, record_key
    _identity_named                                 component, type, scope, value: of types that link
    _identity_lookup                                component, type, scope, value: of types that don't
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.conflicts import NOBODY, REFUSED, Split, keep_apart
from huaxiang.identity.evidence import Compared
from huaxiang.identity.graph import resolve
from huaxiang.identity.ids import COMPONENTS, record_anchor, value_anchor
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import EDGES, NODES, REPEATS, TYPES, VALUES

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

MEMBERS, NAMED, LOOKUP, NODE_LABELS, _VALUE_LABELS = (
    f"_identity_{name}" for name in ("members", "named", "lookup", "node_labels", "value_labels")
)
WORKING = (MEMBERS, NAMED, LOOKUP, NODE_LABELS, _VALUE_LABELS)


@dataclass(frozen=True)
class Graph:
    """The plain graph: the labels of `nodes` nodes and, after them, of the values by number."""

    labels: npt.NDArray[np.integer]
    nodes: int


def plain_labels(engine: Engine) -> Graph:
    """What hangs together by identifiers alone."""
    import numpy as np

    nodes, edges, repeats = (engine.table(name) for name in (NODES, EDGES, REPEATS))
    linking = edges.join(_values(engine, links=True), "number").select("node", "number")
    same = nodes.join(repeats, ["source", "record_key"]).select("node", "record")
    counts = engine.rows(
        nodes.aggregate(nodes=nodes.count()).cross_join(
            engine.table(VALUES).aggregate(values=engine.table(VALUES).count())
        ),
        step="identity: size of the graph",
    )[0]
    count, values = counts["nodes"], counts["values"]
    arrow = engine.arrow(linking, step="identity: edges of the graph")
    keys = engine.arrow(same, step="identity: records with one key")
    left = np.concatenate([arrow["node"].to_numpy(), keys["node"].to_numpy()])
    right = np.concatenate([arrow["number"].to_numpy() + count, keys["record"].to_numpy()])
    return Graph(resolve(count + values, left, right), count)


def write_components(
    engine: Engine, graph: Graph, compared: Compared | None = None, exclusive: Sequence[str] = ()
) -> Split:
    """Resolve the graph and write which records and identifiers belong together; returns the labels of all vertices.

    A component is a customer when it holds a record or a value that links. Facts whose only identifiers were cut
    belong to nobody. `compared` are the pairs of fuzzy matching; `exclusive` see `conflicts.keep_apart`.
    """
    import ibis

    split = keep_apart(engine, graph.labels, graph.nodes, compared, exclusive)
    _write_labels(engine, graph.nodes, split)
    members, named = _members(engine), _named(engine)
    # Any record comes before any value: texts of values are made for those only who have no record.
    bare = named.anti_join(members, "label")
    anchors = ibis.union(
        members.select("label", anchor=record_anchor(members.source, members.record_key)),
        bare.select("label", anchor=value_anchor(bare.type, bare.value, bare.scope)),
    )
    smallest = anchors.group_by("label").agg(anchor=anchors.anchor.min())
    place = ibis.row_number().over(ibis.window(order_by=smallest.anchor)).cast("int64")
    components = engine.create(COMPONENTS, smallest.mutate(component=place), step="identity: components")
    numbers = components.select("label", "component")
    lookup = _named_without_linking(engine)
    engine.create(MEMBERS, members.join(numbers, "label").drop("label"), step="identity: records of components")
    engine.create(NAMED, named.join(numbers, "label").drop("label"), step="identity: identifiers of components")
    engine.create(LOOKUP, lookup.join(numbers, "label").drop("label"), step="identity: identifiers for look-up")
    return split


def _write_labels(engine: Engine, count: int, split: Split) -> None:
    import numpy as np
    import pyarrow as pa

    places = np.arange(len(split.labels))
    of_nodes = {
        "node": places[:count],
        "label": split.labels[:count].astype(np.int64),
        "linked": split.linked.astype(np.int64),
    }
    of_values = {"number": places[: len(places) - count], "label": split.labels[count:].astype(np.int64)}
    engine.create(NODE_LABELS, pa.table(of_nodes), step="identity: labels")
    engine.create(_VALUE_LABELS, pa.table(of_values), step="identity: labels")


def _members(engine: Engine) -> ibis.Table:
    nodes = engine.table(NODES)
    records = nodes.filter(nodes.record_key.notnull()).join(engine.table(NODE_LABELS), "node")
    return records.select("label", "source", "record_key").distinct()


def _named(engine: Engine) -> ibis.Table:
    values = _values(engine, links=True).join(engine.table(_VALUE_LABELS), "number")
    return values.filter(values.label != NOBODY).select("label", "type", "scope", "value")


def _named_without_linking(engine: Engine) -> ibis.Table:
    """Values that are kept for look-up only: of whoever has a record or fact with them."""
    kept = engine.table(EDGES).anti_join(engine.table(REFUSED), ["node", "number"])
    edges = kept.join(engine.table(NODE_LABELS), "node").select("number", "label")
    values = edges.join(_values(engine, links=False), "number")
    return values.select("label", "type", "scope", "value").distinct()


def _values(engine: Engine, *, links: bool) -> ibis.Table:
    """The usable values of types that link, or of those that do not: `number`, `type`, `scope`, `value`."""
    values, types = engine.table(VALUES), engine.table(TYPES)
    wanted = types.filter(types.links if links else ~types.links)
    usable = values.anti_join(engine.table(CUT), "number")
    return usable.join(wanted, "rank").select("number", "type", "scope", "value")
