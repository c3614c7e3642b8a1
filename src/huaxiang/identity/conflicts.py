"""Where the plain graph joins what must stay apart, and what people and matches say on top of it.

Only components in which something speaks against somebody are resolved again (`forest.resolve_apart`); all others are
what the plain graph says, with the matches and decisions that join them. Working tables, dropped when identity is done:

    _identity_disputed      node: those of components that hold a conflict
    _identity_refused       node, number, reason (see `sets.Obstacle`), one, other: links that were cut; where the
                            reason is single, `one` and `other` are the numbers of the single values of both sides
    _identity_contradicted  decision: those that a later one contradicts
    _identity_outcomes      left, right (nodes), reason of matches: why they were refused (as above, or evidence), or
                            rallied: they hold together people who did not get the value that they share
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from huaxiang.core.engine import Engine
from huaxiang.identity.contested import Pair
from huaxiang.identity.evidence import Compared, Decided, crowded, doubtful, joined, nothing_compared, read_decided
from huaxiang.identity.forest import Decision, Resolved, Value, resolve_apart
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import EDGES, NODES, REPEATS, TYPES, VALUES

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Labels = npt.NDArray[np.integer]
    Integers = npt.NDArray[np.integer]

WORKING = tuple(f"_identity_{name}" for name in ("disputed", "refused", "contradicted", "outcomes"))
DISPUTED, REFUSED, CONTRADICTED, OUTCOMES = WORKING

RALLIED = "rallied"

NOBODY = -1
"""The label of a value whose holders all refused it."""

_WEAKEST = 1 << 20
"""Ranks of sources that have everybody once begin here: they stop matches, no identifier."""


class Split(NamedTuple):
    """The labels of nodes and, after them, values; and those of nodes before matches joined them."""

    labels: Labels
    linked: Labels


def keep_apart(
    engine: Engine, labels: Labels, nodes: int, compared: Compared | None = None, exclusive: Sequence[str] = ()
) -> Split:
    """Apply decisions, the rules of single types, and matches to the labels of the plain graph; write the tables above.

    The first `nodes` labels are those of nodes, the rest those of values by number. Links are weighed by the priority
    of their type, then by the number of nodes that hold the value (fewer is stronger), then by the value. Sources that
    are `exclusive` have everybody once: no match joins two of their records.
    """
    import numpy as np
    import pyarrow as pa

    decided, pairs = read_decided(engine), compared or nothing_compared()
    linked = joined(labels, decided.left[decided.same], decided.right[decided.same])
    whole = joined(linked, pairs.left[pairs.joins], pairs.right[pairs.joins])
    records = [_records_of(engine, source) for source in exclusive] if pairs.joins.any() else []
    found = [_contradictory(engine, whole), doubtful(linked, whole, pairs, decided), crowded(linked, whole, records)]
    doubted = np.zeros(int(whole.max(initial=0)) + 1, bool)
    doubted[np.concatenate(found)] = True
    disputed = np.flatnonzero(doubted[whole[:nodes]])
    engine.create(DISPUTED, pa.table({"node": disputed.astype(np.int64)}), step="identity: disputed records")
    split, refused, outcomes = Split(whole, linked[:nodes]), _table(_REFUSED, []), _table(_OUTCOMES, [])
    contradicted = np.empty(0, np.int64)
    if len(disputed):
        inside = np.flatnonzero(doubted[whole[pairs.left]] & (whole[pairs.left] == whole[pairs.right]))
        graph = _read_graph(engine, exclusive)
        resolved = resolve_apart(
            len(graph.ordered),
            graph.values,
            graph.same,
            _decisions(graph, decided, doubted[whole[decided.left]]),
            _pairs(graph, pairs, inside),
        )
        split = _relabelled(split, graph, resolved, nodes)
        refused, outcomes = _refusals(graph, resolved), _outcomes(pairs, inside, resolved)
        contradicted = np.array(resolved.contradicted, np.int64)
    engine.create(REFUSED, refused, step="identity: links that were cut")
    engine.create(CONTRADICTED, pa.table({"decision": contradicted}), step="identity: contradicted decisions")
    engine.create(OUTCOMES, outcomes, step="identity: what became of matches")
    return split


def _contradictory(engine: Engine, labels: Labels) -> Integers:
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


def _records_of(engine: Engine, source: str) -> Integers:
    nodes = engine.table(NODES)
    of_source = nodes.filter((nodes.source == source) & nodes.record_key.notnull()).select("node")
    return engine.arrow(of_source, step="identity: records of exclusive sources")["node"].to_numpy()


# -- the disputed part of the graph -----------------------------------------------------------------------------


class _Graph(NamedTuple):
    """The disputed nodes in order, the place of each, the values with their numbers (None: a source), repeated keys."""

    ordered: Integers
    place: dict[int, int]
    numbers: list[int | None]
    values: list[Value]
    same: list[tuple[int, int]]


def _read_graph(engine: Engine, exclusive: Sequence[str]) -> _Graph:
    in_order = engine.arrow(_nodes_in_order(engine), step="identity: order of disputed records")
    ordered = in_order["node"].to_numpy()
    place = dict(zip(ordered.tolist(), range(len(ordered)), strict=True))
    links = engine.arrow(_links_in_order(engine), step="identity: disputed links")
    numbers: list[int | None] = []
    values: list[Value] = []
    holders: list[int] = []
    columns = (links[name].to_pylist() for name in ("node", "number", "rank", "single", "links"))
    for node, number, rank, single, joins in zip(*columns, strict=True):
        if not numbers or numbers[-1] != number:
            numbers.append(number)
            holders = []
            values.append(Value(holders, rank if single else None, joins, shared=not single))
        holders.append(place[node])
    for rank, source in enumerate(exclusive, _WEAKEST):
        of_source: dict[str, list[int]] = {}
        sides = zip(in_order["source"].to_pylist(), in_order["record_key"].to_pylist(), strict=True)
        for at, (name, key) in enumerate(sides):
            if name == source and key is not None:
                of_source.setdefault(key, []).append(at)
        values += [Value(nodes, rank, links=False) for nodes in of_source.values()]
        numbers += [None] * len(of_source)
    same = [(place[row["node"]], place[row["record"]]) for row in _repeats(engine)]
    return _Graph(ordered, place, numbers, values, same)


def _decisions(graph: _Graph, decided: Decided, wanted: npt.NDArray[np.bool_]) -> list[Decision]:
    rows = zip(
        *(part[wanted].tolist() for part in (decided.number, decided.same, decided.left, decided.right)), strict=True
    )
    place = graph.place
    # An apart decision whose other side is elsewhere keeps nobody apart.
    return [Decision(number, same, place[a], place[b]) for number, same, a, b in rows if a in place and b in place]


def _pairs(graph: _Graph, pairs: Compared, wanted: Integers) -> list[Pair]:
    columns = (pairs.left, pairs.right, pairs.weight, pairs.likeness, pairs.joins)
    rows = zip(*(column[wanted].tolist() for column in columns), strict=True)
    place = graph.place
    return [Pair(place[a], place[b], *evidence) for a, b, *evidence in rows]


def _relabelled(split: Split, graph: _Graph, resolved: Resolved, nodes: int) -> Split:
    """Labels that nobody has yet for what was resolved: those of the graph end below the number of vertices."""
    import numpy as np

    labels, linked = split.labels.astype(np.int64), split.linked.astype(np.int64)
    base = len(labels)
    labels[graph.ordered] = base + np.asarray(resolved.nodes)
    linked[graph.ordered] = base + np.asarray(resolved.linked)
    for number, label, value in zip(graph.numbers, resolved.values, graph.values, strict=True):
        if value.links and number is not None:
            labels[nodes + number] = NOBODY if label is None else base + label
    return Split(labels, linked)


def _refusals(graph: _Graph, resolved: Resolved) -> pa.Table:
    rows = []
    for node, value, one, other, reason in resolved.refusals:
        number = graph.numbers[value]
        if number is not None:
            sides = (one, other)
            if reason == "single" and one is not None and other is not None:
                sides = (graph.numbers[one], graph.numbers[other])
            rows.append((int(graph.ordered[node]), number, reason, *sides))
    return _table(_REFUSED, rows)


def _outcomes(pairs: Compared, inside: Integers, resolved: Resolved) -> pa.Table:
    told = {place: obstacle.reason if obstacle else "evidence" for place, obstacle in resolved.unmatched.items()}
    told |= dict.fromkeys(resolved.rallied, RALLIED)
    left, right = pairs.left[inside], pairs.right[inside]
    return _table(_OUTCOMES, [(int(left[place]), int(right[place]), reason) for place, reason in told.items()])


_REFUSED = {"node": "int64", "number": "int64", "reason": "string", "one": "int64", "other": "int64"}
_OUTCOMES = {"left": "int64", "right": "int64", "reason": "string"}


def _table(kinds: Mapping[str, str], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return pa.table({name: pa.array(values, kind) for (name, kind), values in zip(kinds.items(), columns, strict=True)})


def _nodes_in_order(engine: Engine) -> ibis.Table:
    """The disputed nodes in the order of what they hold, which does not depend on the order of rows."""
    nodes = engine.table(NODES)
    disputed = nodes.semi_join(engine.table(DISPUTED), "node")
    order = [disputed[name].fill_null("") for name in nodes.columns if name != "node"]
    return disputed.order_by(*order).select("node", "source", "record_key")


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
    joined_keys = disputed.join(engine.table(REPEATS), ["source", "record_key"]).select("node", "record")
    return engine.rows(joined_keys, step="identity: disputed records with one key")
