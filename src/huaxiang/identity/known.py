"""Whether new facts can change who is who: they can't where their identifiers were seen together before.

Identity reads no more of facts than the distinct combinations of identifiers of each source. So facts that bring only
combinations that are in the graph, and take none away, leave everything as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.pairs import SCOPE, Types, combinations

if TYPE_CHECKING:
    import ibis

WORKING = ("_known_combinations", "_known_values")
_COMBINATIONS, _VALUES = WORKING
_ABSENT, _BETWEEN = "\x1e", "\x1f"


def only_known(engine: Engine, name: str, came: ibis.Table, types: Types, graph: Mapping[str, ibis.Table]) -> bool:
    """Whether each combination of identifiers in the rows `came` of the table of facts `name` is in a graph.

    `graph` are the tables `identity_nodes`, `identity_values` and `identity_edges` of a build by the same `types`.
    """
    import ibis

    found = combinations(name, came, types)
    if found is None:
        return True
    asked = engine.create(_COMBINATIONS, found.mutate(combination=ibis.row_number()), step="identity: combinations")
    present = [type_ for type_ in types if f"id_{type_}" in came.columns]
    long = ibis.union(
        *(
            asked.filter(asked[type_].notnull()).select(
                "combination",
                "source",
                type=ibis.literal(type_),
                scope=asked[SCOPE + type_] if SCOPE + type_ in asked.columns else ibis.literal(""),
                value=asked[type_],
            )
            for type_ in present
        )
    )
    values = engine.create(_VALUES, long, step="identity: values of combinations")
    known = _with_the_same_values(values, graph)
    missing = asked.anti_join(known, "combination")
    count = engine.rows(missing.aggregate(n=missing.count()), step="identity: new combinations")[0]["n"]
    for working in WORKING:
        engine.drop(working)
    return not count


def still_there(engine: Engine, name: str, went: ibis.Table, now: ibis.Table, types: Types) -> bool:
    """Whether each combination of identifiers in the rows `went` is also in those that are there `now`."""
    gone, left = combinations(name, went, types), combinations(name, now, types)
    if gone is None or left is None:
        return True
    marks = [_marked(rows, types).distinct() for rows in (gone, left)]
    missing = marks[0].anti_join(marks[1], "mark")
    return not engine.rows(missing.aggregate(n=missing.count()), step="identity: lost combinations")[0]["n"]


def _with_the_same_values(values: ibis.Table, graph: Mapping[str, ibis.Table]) -> ibis.Table:
    """The combinations that a node of the graph has: all of its values, and no others."""
    facts = graph["identity_nodes"].filter(graph["identity_nodes"].record_key.isnull())
    wanted = values.group_by("combination", "source").agg(wanted=values.count())
    numbered = values.join(graph["identity_values"], ["type", "scope", "value"]).select("combination", "number")
    edges = graph["identity_edges"].select("node", "number")
    # A node is a candidate of a combination by any value that they share.
    shared = edges.join(numbered, "number").group_by("node", "combination").agg(shared=edges.number.count())
    candidates = shared.join(facts.select("node", "source"), "node")
    alike = candidates.join(wanted, ["combination", "source"]).filter(lambda rows: rows.shared == rows.wanted)
    sizes = edges.semi_join(alike, "node").group_by("node").agg(size=edges.number.count())
    return alike.join(sizes, "node").filter(lambda rows: rows.size == rows.wanted).select("combination").distinct()


def _marked(rows: ibis.Table, types: Types) -> ibis.Table:
    """Each combination as one text."""
    import ibis

    names = ["source", *(name for type_ in types for name in (type_, SCOPE + type_) if name in rows.columns)]
    return rows.select(mark=ibis.literal(_BETWEEN).join([rows[name].fill_null(_ABSENT) for name in names]))
