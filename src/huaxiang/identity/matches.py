"""Fuzzy matching inside a project: accepted records are compared, and what comes of it is told pair by pair.

accepted records ─ find_matches ─► compared pairs ─ conflicts.py, forest.py ─► components ─ match_table.py ─►
identity_matches, identity_matching
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.errors import UsageError
from huaxiang.identity import fuzzy
from huaxiang.identity.components import Graph
from huaxiang.identity.evidence import Compared, joined, nothing_compared, read_decided
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import NODES, REPEATS, TYPES, VALUES
from huaxiang.identity.spec import FuzzySpec

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]
    Flags = npt.NDArray[np.bool_]

WORKING = ("_identity_keys", "_identity_compared", *fuzzy.WORKING)
_KEYS, _COMPARED = WORKING[:2]

COLUMNS: Mapping[str, str] = {
    "full_name": "name",
    "given_name": "given_name",
    "family_name": "family_name",
    "birthday": "birthday",
    "sex": "gender",
    "phone": "id_phone",
    "email": "id_email",
    "national_id": "id_id_card",
    "address": "address",
    "suburb": "district",
    "city": "city",
    "state": "province",
}
"""What the standard columns of records mean for matching: meaning → column."""

LARGEST = 100
"""Records that identifiers hold together are all compared with each other in components of up to this many."""


@dataclass(frozen=True)
class Matches:
    """The scored pairs of a project that anything can follow from, and of how many they are (`count`).

    `node` is that of each matched record, `compared` what the graph is told.
    """

    spec: FuzzySpec
    scored: fuzzy.Scored
    node: Integers
    graph: Graph
    compared: Compared
    count: int


def find_matches(engine: Engine, records: ibis.Table | None, spec: FuzzySpec, graph: Graph) -> Matches | None:
    """Compare the accepted records, unless matching is off or there are none.

    Raises:
        UsageError: splink is not installed.
    """
    from importlib.util import find_spec

    if spec.mode == "off" or records is None:
        return None
    if find_spec("splink") is None:
        raise UsageError("Fuzzy matching needs splink. Install it: pip install 'huaxiang[matching]'.")
    table = _with_links(engine, _without_junk(engine, records), graph)
    sources = _sources(engine, table, spec)
    if not sources:
        return None
    prepared = fuzzy.write_records(engine, sources)
    learned = _learned(engine, prepared)
    node = _nodes(engine)
    scored = of_consequence(learned, node, graph, spec, _decided_about(engine, graph.nodes))
    return Matches(spec, scored, node, graph, _compared(scored, node, graph, spec), learned.count)


def _learned(engine: Engine, prepared: fuzzy.Prepared) -> fuzzy.Learned:
    """The compared pairs, by an engine in this process: a cluster sends the prepared records to the driver."""
    import pyarrow as pa

    own = engine.embedded
    if own is engine:
        return fuzzy.learn(engine, prepared)
    records, step = engine.table(fuzzy.RECORDS), "identity: records to compare"
    batches = engine.batches(records.order_by("unique_id"), step=step)
    parts = (pa.Table.from_batches([batch]) for batch in batches)
    own.fill(fuzzy.RECORDS, parts, records.schema().to_pyarrow(), step=step)
    learned = fuzzy.learn(own, prepared)
    own.drop(fuzzy.RECORDS)
    return learned


_AT_ONCE = 1 << 20


def of_consequence(
    learned: fuzzy.Learned, node: Integers, graph: Graph, spec: FuzzySpec, decided: Flags
) -> fuzzy.Scored:
    """The scored pairs that anything can follow from, which are few of all that were compared.

    These are likely pairs, pairs of records that identifiers or matches bring into one component, and pairs of nodes
    that somebody `decided` about. The precision is that of pairs which identifiers have not joined yet: pairs that
    share an identifier are many and sure; counted in, they would hide wrong ones among the others.
    """
    import numpy as np

    blocks = [slice(start, start + _AT_ONCE) for start in range(0, learned.count, _AT_ONCE)]
    linked, named = graph.labels[node], decided[node]
    kept = np.zeros(learned.count, bool)
    fresh = [np.empty(0, np.float64)]
    for block in blocks:
        pairs = learned.pairs(block)
        apart = linked[pairs.left] != linked[pairs.right]
        fresh.append(pairs.probability[apart & (pairs.probability >= fuzzy.LEAST)])
        likely = pairs.probability >= min(spec.review, fuzzy.LEAST)
        kept[block] = ~apart | likely | (named[pairs.left] & named[pairs.right])
    threshold = fuzzy.threshold_for(np.concatenate(fresh), spec.precision)
    pairs = learned.pairs(np.flatnonzero(kept))
    left, right = node[pairs.left], node[pairs.right]
    joins = (pairs.probability >= threshold[0]) & (left != right)
    whole = joined(graph.labels, left[joins], right[joins])[node]
    for block in blocks:
        left, right = learned.ends(block)
        kept[block] |= whole[left] == whole[right]
    return learned.scored(np.flatnonzero(kept), threshold)


def _decided_about(engine: Engine, nodes: int) -> Flags:
    """The nodes that people decided about."""
    import numpy as np

    found = np.zeros(nodes, bool)
    decided = read_decided(engine)
    if len(decided.number):
        found[first_nodes(engine, nodes)[np.concatenate([decided.left, decided.right])]] = True
    return found


def first_nodes(engine: Engine, nodes: int) -> Integers:
    """The node that stands for the record of each node: the first of those with its key."""
    import numpy as np

    repeated = engine.table(NODES).join(engine.table(REPEATS), ["source", "record_key"]).select("node", "record")
    rows = engine.arrow(repeated, step="identity: records with one key")
    first = np.arange(nodes)
    first[rows["node"].to_numpy()] = rows["record"].to_numpy()
    return first


def _without_junk(engine: Engine, records: ibis.Table) -> ibis.Table:
    """The records without the values that name nobody: they say as little about likeness."""
    import ibis

    cut = engine.table(VALUES).join(engine.table(CUT), "number").join(engine.table(TYPES), "rank")
    kept = {}
    for column in COLUMNS.values():
        if column.startswith("id_") and column in records.columns:
            junk = cut.filter(cut.type == column[3:])["value"]
            value = records[column].cast("string")
            kept[column] = value.isin(junk).ifelse(ibis.null("string"), value)
    return records.mutate(**kept) if kept else records


def _with_links(engine: Engine, records: ibis.Table, graph: Graph) -> ibis.Table:
    """The records with the component that identifiers put them into, where that is to be compared in itself."""
    import numpy as np
    import pyarrow as pa

    nodes = engine.table(NODES)
    of_records = nodes.filter(nodes.record_key.notnull())
    keys = of_records.group_by("source", "record_key").agg(node=of_records.node.min())
    held = engine.create(_KEYS, keys, step="identity: records to compare")
    node = engine.arrow(held.select("node"), step="identity: records to compare")["node"].to_numpy()
    counts = np.bincount(graph.labels[node], minlength=1)
    compared = np.flatnonzero((counts > 1) & (counts <= LARGEST))
    linked = node[np.isin(graph.labels[node], compared)]
    content = pa.table({"node": linked, fuzzy.LINKED: graph.labels[linked].astype(np.int64)})
    components = engine.create(_COMPARED, content, step="identity: components to compare")
    known = held.left_join(components, "node").select("source", "record_key", fuzzy.LINKED)
    key = records["_record_key"].cast("string")
    same = [records["_source"] == known.source, key == known.record_key]
    return records.left_join(known, same).select(*records.columns, fuzzy.LINKED)


def _sources(engine: Engine, records: ibis.Table, spec: FuzzySpec) -> list[fuzzy.SourceRecords]:
    """The sources with those of their columns that hold anything."""
    said = {**COLUMNS, **spec.columns}
    meanings = {meaning: column for meaning, column in said.items() if column and column in records.columns}
    filled = records.group_by("_source").agg(
        **{meaning: records[column].cast("string").nullif("").count() for meaning, column in meanings.items()}
    )
    rows = engine.rows(filled.order_by("_source"), step="identity: columns to compare")
    return [
        fuzzy.SourceRecords(
            row["_source"],
            records.filter(records["_source"] == row["_source"]),
            "_record_key",
            "_row",
            {meaning: column for meaning, column in meanings.items() if row[meaning]},
            row["_source"] in spec.exclusive,
        )
        for row in rows
    ]


def _nodes(engine: Engine) -> Integers:
    """The node of each record of the matching, in its order."""
    records, keys = engine.table(fuzzy.RECORDS), engine.table(_KEYS)
    stripped = keys.group_by("source", record_key=keys.record_key.strip()).agg(node=keys.node.min())
    found = records.left_join(stripped, ["source", "record_key"]).select("unique_id", "node")
    return engine.arrow(found.order_by("unique_id"), step="identity: nodes of records")["node"].to_numpy()


def _compared(scored: fuzzy.Scored, node: Integers, graph: Graph, spec: FuzzySpec) -> Compared:
    """The matches, and all evidence among the records that they and identifiers bring together."""
    import numpy as np

    if spec.mode != "on":
        return nothing_compared()
    pairs = scored.pairs
    left, right = node[pairs.left], node[pairs.right]
    joins = (pairs.probability >= scored.threshold) & (left != right)
    whole = joined(graph.labels, left[joins], right[joins])
    inside = np.flatnonzero((whole[left] == whole[right]) & (left != right))
    return Compared(left[inside], right[inside], pairs.weight[inside], scored.likeness(inside), joins[inside])
