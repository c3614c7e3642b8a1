"""From accepted tables to pairs of a record and an identifier value, with the values that may link nobody set apart.

A *holder* is what a limit counts. A row of `records` is one (rows of one source with equal record keys are one
record). Facts are held by their strongest identifier: a member seen with thirty cookies is one holder of the member
number, not thirty; a shop's tablet used by a thousand members has a thousand.

Working tables, dropped when identity is done:

    _identity_types    rank (0 is the strongest), type, limit, links
    _identity_nodes    node, source, record_key (null for facts), one column per type: distinct rows
    _identity_values   number, rank, value
    _identity_edges    node, number, rank
    _identity_suspects number, fault (junk, invalid), many, limit: values to look at more closely
    _identity_cut      number, holders, status (junk, invalid, over_limit): values that link nobody
    _identity_repeats  source, record_key, record: keys that several nodes share, and the first of these
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.spec import IdentifierSpec

if TYPE_CHECKING:
    import ibis

Types = Mapping[str, IdentifierSpec]
RECORDS = "records"
WORKING = tuple(f"_identity_{name}" for name in ("types", "nodes", "values", "edges", "suspects", "cut", "repeats"))
TYPES, NODES, VALUES, EDGES, SUSPECTS, CUT, REPEATS = WORKING

_BEYOND = 1 << 40
"""More than there are values: `rank * _BEYOND + number` orders identifiers by strength."""


def mapped_types(tables: Mapping[str, ibis.Table]) -> set[str]:
    """The identifier types that the accepted tables have columns for."""
    return {column[3:] for table in tables.values() for column in table.columns if column.startswith("id_")}


def write_pairs(engine: Engine, tables: Mapping[str, ibis.Table], types: Types) -> None:
    """Write the working tables from the accepted tables, by name without `accepted_`."""
    _write_types(engine, types)
    _write_nodes(engine, tables, types)
    _write_edges(engine, types)
    _judge_values(engine, types)


def _write_types(engine: Engine, types: Types) -> None:
    import pyarrow as pa

    rows = {
        "rank": pa.array(range(len(types)), pa.int64()),
        "type": pa.array(list(types), pa.string()),
        "limit": pa.array([spec.limit for spec in types.values()], pa.int64()),
        "links": pa.array([spec.links for spec in types.values()], pa.bool_()),
    }
    engine.create(TYPES, pa.table(rows), step="identity: types")


def _write_nodes(engine: Engine, tables: Mapping[str, ibis.Table], types: Types) -> None:
    import ibis
    import pyarrow as pa

    parts = [part for name, table in tables.items() if (part := _combinations(name, table, types)) is not None]
    if not parts:
        columns = ["source", "record_key", *types]
        parts = [ibis.memtable(pa.table({column: pa.array([], pa.string()) for column in columns}))]
    nodes = ibis.union(*parts) if len(parts) > 1 else parts[0]
    table = engine.create(NODES, nodes.mutate(node=ibis.row_number()), step="identity: records and combinations")
    records = table.filter(table.record_key.notnull())
    shared = records.group_by("source", "record_key").agg(record=records.node.min(), nodes=records.count())
    engine.create(REPEATS, shared.filter(shared.nodes > 1).drop("nodes"), step="identity: repeated keys")


def _combinations(name: str, table: ibis.Table, types: Types) -> ibis.Table | None:
    """The distinct identifier values of a table's rows, per record or, for facts, per source."""
    import ibis

    empty = ibis.null("string")
    own = {type_: table[f"id_{type_}"].cast("string").nullif("") for type_ in types if f"id_{type_}" in table.columns}
    values = {type_: own.get(type_, empty) for type_ in types}
    if name == RECORDS:
        return table.select(
            source=table["_source"], record_key=table["_record_key"].cast("string"), **values
        ).distinct()
    if not own:
        return None
    found = table.select(source=table["_source"], record_key=empty, **values).distinct()
    return found.filter(ibis.or_(*(found[type_].notnull() for type_ in own)))


def _write_edges(engine: Engine, types: Types) -> None:
    import ibis

    nodes = engine.table(NODES)
    pairs = [
        nodes.filter(nodes[type_].notnull()).select("node", rank=ibis.literal(rank, "int64"), value=nodes[type_])
        for rank, type_ in enumerate(types)
    ] or [nodes.limit(0).select("node", rank=nodes.node, value=nodes.source)]
    long = ibis.union(*pairs) if len(pairs) > 1 else pairs[0]
    distinct = long.select("rank", "value").distinct().mutate(number=ibis.row_number())
    values = engine.create(VALUES, distinct, step="identity: values")
    joined = long.join(values, ["rank", "value"]).select("node", "number", "rank")
    engine.create(EDGES, joined, step="identity: edges")


def _judge_values(engine: Engine, types: Types) -> None:
    """Count the holders of each value and say which values may link.

    Holders are counted for suspects only: a value with no more pairs than its limit can't have too many holders.
    """
    import ibis

    values, edges, kinds = engine.table(VALUES), engine.table(EDGES), engine.table(TYPES)
    pairs = edges.group_by("number").agg(pairs=edges.count())
    seen = values.join(kinds, "rank").join(pairs, "number")
    fault = ibis.cases((_any_of(seen, types, _is_junk), "junk"), (_any_of(seen, types, _is_invalid), "invalid"))
    many = seen.links & (seen.pairs > seen["limit"])
    judged = seen.mutate(fault=fault, many=many)
    suspects = engine.create(
        SUSPECTS,
        judged.filter(judged.fault.notnull() | judged.many).select("number", "fault", "many", "limit"),
        step="identity: junk, patterns and values that many share",
    )
    counted = suspects.join(_holders(engine), "number")
    status = ibis.coalesce(
        counted.fault, (counted.many & (counted.holders > counted["limit"])).ifelse("over_limit", None)
    )
    found = counted.select("number", "holders", status=status)
    engine.create(CUT, found.filter(found.status.notnull()), step="identity: values that link nobody")


def _holders(engine: Engine) -> ibis.Table:
    """How many holders each suspect has: `number`, `holders`."""
    edges, kinds, repeats = engine.table(EDGES), engine.table(TYPES), engine.table(REPEATS)
    suspected = edges.semi_join(engine.table(SUSPECTS), "number")
    nodes = engine.table(NODES).semi_join(suspected, "node")
    linking = edges.semi_join(suspected, "node").join(kinds.filter(kinds.links), "rank")
    strengths = linking.select("node", strength=linking["rank"] * _BEYOND + linking.number)
    strongest = strengths.group_by("node").agg(strongest=strengths.strength.min())
    first = nodes.left_join(repeats, ["source", "record_key"]).select("node", "record_key", "record")
    seen = first.left_join(strongest, "node")
    # Records count below zero, so that they never meet the strength of a fact's identifier.
    record = -1 - seen.record.fill_null(seen.node)
    holder = seen.record_key.isnull().ifelse(seen.strongest, record)
    held = suspected.join(seen.select("node", holder=holder), "node").select("number", "holder").distinct()
    return held.group_by("number").agg(holders=held.count())


def _any_of(values: ibis.Table, types: Types, judge: object) -> ibis.BooleanValue:
    import ibis

    found = [
        (values["rank"] == rank) & verdict
        for rank, spec in enumerate(types.values())
        if (verdict := judge(values["value"], spec)) is not None  # type: ignore[operator]
    ]
    return ibis.or_(*found) if found else ibis.literal(False)


def _is_junk(value: ibis.StringValue, spec: IdentifierSpec) -> ibis.BooleanValue | None:
    return value.lower().isin([junk.lower() for junk in spec.junk]) if spec.junk else None


def _is_invalid(value: ibis.StringValue, spec: IdentifierSpec) -> ibis.BooleanValue | None:
    return ~value.re_search(spec.pattern) if spec.pattern else None
