"""What people decided, on the graph of a build: which records a decision names, and what became of it.

Working tables, dropped when identity is done:

    _identity_referred  place, side (records, others), reference, node: what decisions speak of, as far as it is there
    _identity_decided   decision (its place in the order of time: of two that contradict each other the higher one
                        counts), number, kind, left, right (nodes)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.decisions import Decision, Reference
from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.identity.conflicts import CONTRADICTED
from huaxiang.identity.evidence import DECIDED
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import EDGES, NODES, TYPES, VALUES, Types

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

REFERRED = "_identity_referred"
WORKING = (REFERRED, DECIDED)

_RECORDS, _OTHERS = "records", "others"

_APPLIED = Text("", "")
_PARTLY = Text("Not in this build's data: {missing}.", "本次构建的数据中没有：{missing}。")
_VANISHED = Text(
    "Too few of its records are in this build's data. Missing: {missing}.",
    "本次构建的数据中已缺少该决定涉及的记录：{missing}。",
)
_CONTRADICTED = Text("A later decision says otherwise: {later}.", "与之后的决定相矛盾：{later}。")


def in_force(decisions: Sequence[Decision]) -> list[Decision]:
    """The decisions that nobody took back, the earliest first: later ones win."""
    return sorted((decision for decision in decisions if decision.undone is None), key=lambda each: each.order)


def write_decided(engine: Engine, decisions: Sequence[Decision], types: Types) -> None:
    """Write the pairs of nodes that `decisions` (those of `in_force`) join or keep apart, before anything is resolved.

    An identifier stands for all nodes that hold its value, unless it is junk or over its limit: then it names nobody.
    """
    import ibis

    named = _named(decisions)
    parts = [part for name, rows in named.items() if (part := _nodes_of(engine, name, rows, types)) is not None]
    empty = {"place": "int64", "side": "string", "reference": "string", "node": "int64"}
    content = ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0] if parts else _nothing(empty)
    referred = engine.create(REFERRED, content, step="identity: what decisions speak of")
    kinds = _kinds(decisions)
    pairs = ibis.union(_same(referred, kinds), _apart(referred, kinds))
    columns = ("number", "kind", "left", "right")
    numbered = pairs.join(kinds, "place").select("place", *columns).rename(decision="place")
    engine.create(DECIDED, numbered, step="identity: decided pairs")


def write_decisions(engine: Engine, decisions: Sequence[Decision]) -> ibis.Table:
    """Write `identity_decisions`: what the build knew, and whether it was *applied*, *contradicted* or *vanished*."""
    import pyarrow as pa

    rows = list(_judged(engine, decisions)) if decisions else []
    schema = _schema()
    content = pa.table({name: [row[name] for row in rows] for name in schema.names}, schema=schema)
    return engine.create("identity_decisions", content, step="identity: decisions")


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = ("kind", "origin", "by", "reason", "status", "detail_en", "detail_zh", "key")
    columns = {"decision": pa.int64(), "records": pa.list_(pa.string()), "others": pa.list_(pa.string())}
    columns |= {"at": pa.timestamp("us", "UTC")} | dict.fromkeys(texts, pa.string())
    order = ("decision", "kind", "origin", "records", "others", "by", "at", "reason", "status")
    return pa.schema([(name, columns[name]) for name in (*order, "detail_en", "detail_zh", "key")])


def _named(decisions: Sequence[Decision]) -> dict[tuple[bool, str], list[dict[str, Any]]]:
    """What decisions speak of, by whether it is a record, and its source or type."""
    named: defaultdict[tuple[bool, str], list[dict[str, Any]]] = defaultdict(list)
    for place, decision in enumerate(decisions):
        for side, references in ((_RECORDS, decision.records), (_OTHERS, decision.others)):
            for text in references:
                parsed = Reference.parse(text)
                row = {"place": place, "side": side, "reference": text, "value": parsed.value}
                named[parsed.is_record, parsed.name].append(row)
    return named


def _nodes_of(engine: Engine, name: tuple[bool, str], rows: list[dict[str, Any]], types: Types) -> ibis.Table | None:
    """The nodes of references to one source, or to one type of identifier; None where there is no such type."""
    import ibis
    import pyarrow as pa

    is_record, word = name
    said = ibis.memtable(pa.Table.from_pylist(rows))
    if is_record:
        nodes = engine.table(NODES)
        own = nodes.filter(nodes.source == word, nodes.record_key.notnull())
        # Nodes with one key are joined anyway: the first stands for all.
        first = own.group_by("record_key").agg(node=own.node.min())
        return said.join(first, said["value"] == first.record_key).select("place", "side", "reference", "node")
    if word not in types:
        return None
    plain, scope = said["value"].re_replace("@[^@]*$", ""), said["value"].re_extract("@([^@]*)$", 1)
    spellings = ibis.union(
        said.mutate(spelled=said["value"], scope=ibis.null("string")),
        said.mutate(spelled=cleaned(said["value"], types[word].clean), scope=ibis.null("string")),
        said.filter(scope != "").mutate(spelled=plain, scope=scope),
        said.filter(scope != "").mutate(spelled=cleaned(plain, types[word].clean), scope=scope),
        distinct=True,
    )
    values = engine.table(VALUES).join(engine.table(TYPES).filter(lambda types: types.type == word), "rank")
    usable = values.anti_join(engine.table(CUT), "number").select("number", held="value", within="scope")
    same = [spellings.spelled == usable.held, spellings.scope.isnull() | (spellings.scope == usable.within)]
    found = spellings.join(usable, same).select("place", "side", "reference", "number").distinct()
    # A value that names somebody else in each of its scopes names nobody.
    scopes = found.group_by("place", "side", "reference").agg(numbers=found.number.nunique(), number=found.number.min())
    clear = scopes.filter(scopes.numbers == 1)
    return clear.join(engine.table(EDGES), "number").select("place", "side", "reference", "node")


def _nothing(columns: Mapping[str, str]) -> ibis.Table:
    import ibis

    schema = ibis.schema(columns).to_pyarrow()
    return ibis.memtable(schema.empty_table())


def _kinds(decisions: Sequence[Decision]) -> ibis.Table:
    import ibis
    import pyarrow as pa

    columns = {
        "place": pa.array(range(len(decisions)), pa.int64()),
        "number": pa.array([decision.number for decision in decisions], pa.int64()),
        "kind": pa.array([decision.kind for decision in decisions], pa.string()),
    }
    return ibis.memtable(pa.table(columns))


def _same(referred: ibis.Table, kinds: ibis.Table) -> ibis.Table:
    """The nodes of each decision that they are one, as a chain."""
    import ibis

    nodes = referred.semi_join(kinds.filter(kinds.kind == "same"), "place").select("place", "node").distinct()
    chain = nodes.mutate(left=nodes.node.lag().over(ibis.window(group_by=nodes.place, order_by=nodes.node)))
    return chain.filter(chain.left.notnull()).select("place", left="left", right="node")


def _apart(referred: ibis.Table, kinds: ibis.Table) -> ibis.Table:
    """Each node of one side with each of the other."""
    own = referred.semi_join(kinds.filter(kinds.kind == "apart"), "place")
    records = own.filter(own.side == _RECORDS).select("place", left="node").distinct()
    others = own.filter(own.side == _OTHERS).select("place", right="node").distinct()
    pairs = records.join(others, "place").select("place", "left", "right")
    return pairs.filter(pairs.left != pairs.right)


def _judged(engine: Engine, decisions: Sequence[Decision]) -> Iterator[dict[str, Any]]:
    referred = engine.rows(engine.table(REFERRED), step="identity: what decisions speak of")
    found: defaultdict[int, dict[tuple[str, str], set[int]]] = defaultdict(dict)
    for row in referred:
        found[row["place"]].setdefault((row["side"], row["reference"]), set()).add(row["node"])
    refused = {row["decision"] for row in engine.rows(engine.table(CONTRADICTED), step="identity: contradictions")}
    later = _Later(decisions, {place: set().union(*held.values()) for place, held in found.items()})
    for place, decision in enumerate(decisions):
        here = {reference for _, reference in found[place]}
        missing = [reference for reference in decision.references if reference not in here]
        sides = {side for side, _ in found[place]}
        enough = len(here) > 1 if decision.kind == "same" else len(sides) == 2
        detail, values = (_PARTLY if missing else _APPLIED), {"missing": ", ".join(missing)}
        status = "applied"
        if not enough:
            status, detail = "vanished", _VANISHED
        elif place in refused:
            status, detail, values = "contradicted", _CONTRADICTED, {"later": later.numbers(place)}
        yield {
            "decision": decision.number,
            **{name: getattr(decision, name) for name in ("kind", "origin", "by", "at", "reason", "key")},
            _RECORDS: list(decision.records),
            _OTHERS: list(decision.others),
            "status": status,
            "detail_en": detail.en.format(**values),
            "detail_zh": detail.zh.format(**values),
        }


class _Later:
    """Which decisions overruled an earlier one."""

    def __init__(self, decisions: Sequence[Decision], nodes: Mapping[int, set[int]]) -> None:
        self._decisions = decisions
        self._nodes = nodes

    def numbers(self, place: int) -> str:
        """The later decisions of the other kind that speak of the same records."""
        decision, own = self._decisions[place], self._nodes[place]
        found = [
            other.number
            for number, other in enumerate(self._decisions)
            if number > place and other.kind != decision.kind and own & self._nodes.get(number, set())
        ]
        return ", ".join(map(str, found)) or "–"
