"""Where the plain graph joins what must stay apart: components with two values of a type that a customer has one of.

Only such components are resolved again (`forest.resolve_apart`); all others are what the plain graph says. Working
tables, dropped when identity is done:

    _identity_disputed  node: those of components that hold a conflict
    _identity_refused   node, number, one, other: links that were cut; `one` and `other` are the numbers of the single
                        values of both sides
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.forest import Value, resolve_apart
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import EDGES, NODES, REPEATS, TYPES, VALUES

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Labels = npt.NDArray[np.int32]

WORKING = tuple(f"_identity_{name}" for name in ("disputed", "refused"))
DISPUTED, REFUSED = WORKING

NOBODY = -1
"""The label of a value whose holders all refused it."""


def keep_apart(engine: Engine, labels: Labels, nodes: int) -> Labels:
    """The labels with every component split that holds two values of a single type; write REFUSED.

    The first `nodes` labels are those of nodes, the rest those of values by number. Links are weighed by the priority
    of their type, then by the number of nodes that hold the value (fewer is stronger), then by the value.
    """
    import numpy as np
    import pyarrow as pa

    disputed = np.flatnonzero(np.isin(labels[:nodes], _contradictory(engine, labels)))
    engine.create(DISPUTED, pa.table({"node": disputed.astype(np.int64)}), step="identity: disputed records")
    refused: dict[str, npt.NDArray[np.int64]] = {name: np.empty(0, np.int64) for name in _COLUMNS}
    if len(disputed):
        labels, refused = _resolve_disputed(engine, labels.copy(), nodes)
    engine.create(REFUSED, pa.table(dict(refused)), step="identity: links that were cut")
    return labels


_COLUMNS = ("node", "number", "one", "other")


def _contradictory(engine: Engine, labels: Labels) -> npt.NDArray[np.int64]:
    """The components that hold two values of a single type."""
    import numpy as np

    found = [np.empty(0, np.int64)]
    types = engine.table(TYPES)
    edges = engine.table(EDGES).anti_join(engine.table(CUT), "number")
    for row in engine.rows(types.filter(types.single).select("rank"), step="identity: single types"):
        of_type = edges.filter(edges["rank"] == row["rank"]).select("node", "number")
        arrow = engine.arrow(of_type, step="identity: single values")
        number, component = arrow["number"].to_numpy(), labels[arrow["node"].to_numpy()]
        # Of several writes to one place the last stays: a component whose values agree reads back what each wrote.
        read = np.empty(int(component.max(initial=-1)) + 1, np.int64)
        read[component] = number
        found.append(component[read[component] != number])
    return np.unique(np.concatenate(found))


def _resolve_disputed(engine: Engine, labels: Labels, nodes: int) -> tuple[Labels, dict[str, npt.NDArray[np.int64]]]:
    import numpy as np

    ordered = engine.arrow(_nodes_in_order(engine), step="identity: order of disputed records")["node"].to_numpy()
    place = dict(zip(ordered.tolist(), range(len(ordered)), strict=True))
    links = engine.rows(_links_in_order(engine), step="identity: disputed links")
    numbers: list[int] = []
    values: list[Value] = []
    holders: list[int] = []
    for row in links:
        if not numbers or numbers[-1] != row["number"]:
            numbers.append(row["number"])
            holders = []
            values.append(Value(holders, row["rank"] if row["single"] else None, row["links"]))
        holders.append(place[row["node"]])
    same = [(place[row["node"]], place[row["record"]]) for row in _repeats(engine)]
    of_nodes, of_values, refusals = resolve_apart(len(ordered), values, same)

    # Labels that nobody has yet: those of the graph end below the number of vertices.
    base = len(labels)
    labels[ordered] = base + np.asarray(of_nodes)
    linking = [(number, label) for number, label, value in zip(numbers, of_values, values, strict=True) if value.links]
    for number, label in linking:
        labels[nodes + number] = NOBODY if label is None else base + label
    refused = [(ordered[r.node], numbers[r.value], numbers[r.one], numbers[r.other]) for r in refusals]
    columns = np.array(refused, np.int64).reshape(-1, len(_COLUMNS)).T
    return labels, dict(zip(_COLUMNS, np.ascontiguousarray(columns), strict=True))


def _nodes_in_order(engine: Engine) -> ibis.Table:
    """The disputed nodes in the order of what they hold, which does not depend on the order of rows."""
    nodes = engine.table(NODES)
    disputed = nodes.semi_join(engine.table(DISPUTED), "node")
    order = [disputed[name].fill_null("") for name in nodes.columns if name != "node"]
    return disputed.order_by(*order).select("node")


def _links_in_order(engine: Engine) -> ibis.Table:
    """The links of disputed nodes, the strongest values first."""
    types, values = engine.table(TYPES), engine.table(VALUES)
    effective = types.filter(types.links | types.single)
    edges = engine.table(EDGES).semi_join(engine.table(DISPUTED), "node").anti_join(engine.table(CUT), "number")
    weights = edges.group_by("number").agg(holders=edges.count())
    described = values.join(effective, "rank").join(weights, "number")
    links = edges.select("node", "number").join(described, "number")
    ordered = links.order_by("rank", "holders", "value", "scope", "node")
    return ordered.select("node", "number", "rank", "single", "links")


def _repeats(engine: Engine) -> list[dict[str, int]]:
    disputed = engine.table(NODES).semi_join(engine.table(DISPUTED), "node")
    joined = disputed.join(engine.table(REPEATS), ["source", "record_key"]).select("node", "record")
    return engine.rows(joined, step="identity: disputed records with one key")
