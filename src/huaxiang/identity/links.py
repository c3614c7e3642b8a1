"""The graph behind the customers, kept in the snapshot: what holds records together, and what does not.

`identity_nodes`   node, customer_no (null: nobody), source, record_key (null: a combination seen in facts)
`identity_values`  number, type, scope, value, status (see `identity_links`)
`identity_edges`   node, number, cut (the link was refused: see `identity_issues`)
`identity_links`   the view over them, by which one customer is explained
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.components import NODE_LABELS
from huaxiang.identity.conflicts import REFUSED
from huaxiang.identity.ids import COMPONENTS
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import EDGES, NODES, TYPES, VALUES

if TYPE_CHECKING:
    import ibis


def write_links(engine: Engine, numbered: ibis.Table) -> ibis.Table:
    """Write `identity_nodes`, `identity_values`, `identity_edges` and the view `identity_links` over them.

    `numbered` has `component` and `customer_no`. In the view a row is a link: `customer_no`, `node`, `source`,
    `record_key`, `type`, `scope`, `value`, `status`, `cut`. The status is that of the value: *links*, *lookup* (its
    type never joins), *junk*, *invalid*, *frequent* or *over_limit*. Numbers of nodes and values mean something within
    one snapshot only.
    """
    nodes = engine.create("identity_nodes", _nodes(engine, numbered), step="identity: nodes of the graph")
    values = engine.create("identity_values", _values(engine), step="identity: values of the graph")
    edges = engine.create("identity_edges", _edges(engine), step="identity: edges of the graph")
    joined = edges.join(nodes, "node").join(values, "number")
    columns = ("customer_no", "node", "source", "record_key", "type", "scope", "value", "status", "cut")
    return engine.view("identity_links", joined.select(*columns), step="identity: links")


def _nodes(engine: Engine, numbered: ibis.Table) -> ibis.Table:
    owners = engine.table(COMPONENTS).join(numbered, "component").select("label", "customer_no")
    labelled = engine.table(NODES).select("node", "source", "record_key").join(engine.table(NODE_LABELS), "node")
    return labelled.left_join(owners, "label").select("node", "customer_no", "source", "record_key")


def _values(engine: Engine) -> ibis.Table:
    described = engine.table(VALUES).join(engine.table(TYPES), "rank")
    cut = engine.table(CUT).select("number", "status")
    judged = described.left_join(cut, "number")
    status = judged.status.fill_null(judged.links.ifelse("links", "lookup"))
    return judged.select("number", "type", "scope", "value", status=status)


def _edges(engine: Engine) -> ibis.Table:
    refused = engine.table(REFUSED).select("node", "number").distinct()
    edges = engine.table(EDGES).left_join(refused, ["node", "number"])
    return edges.select("node", "number", cut=edges.number_right.notnull())
