"""From accepted tables to pairs of a record and an identifier value.

Working tables, dropped when identity is done:

    _identity_types    rank (0 is the strongest), type, limit, links, single
    _identity_nodes    node, source, record_key (null for facts), one column per type (and `_scope_<type>` per type
                       with a scope): distinct rows
    _identity_values   number, rank, scope (empty where the type has none), value
    _identity_edges    node, number, rank
    _identity_repeats  source, record_key, record: keys that several nodes share, and the first of these
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.spec import SOURCE, IdentifierSpec

if TYPE_CHECKING:
    import ibis

Types = Mapping[str, IdentifierSpec]
RECORDS = "records"
WORKING = tuple(f"_identity_{name}" for name in ("types", "nodes", "values", "edges", "repeats"))
TYPES, NODES, VALUES, EDGES, REPEATS = WORKING
SCOPE = "_scope_"
"""How the columns of nodes begin that hold scopes."""


def mapped_types(tables: Mapping[str, ibis.Table]) -> set[str]:
    """The identifier types that the accepted tables have columns for."""
    return {column[3:] for table in tables.values() for column in table.columns if column.startswith("id_")}


def write_pairs(engine: Engine, tables: Mapping[str, ibis.Table], types: Types) -> None:
    """Write the working tables from the accepted tables, by name without `accepted_`."""
    _write_types(engine, types)
    _write_nodes(engine, tables, types)
    _write_edges(engine, types)


def _write_types(engine: Engine, types: Types) -> None:
    import pyarrow as pa

    rows = {
        "rank": pa.array(range(len(types)), pa.int64()),
        "type": pa.array(list(types), pa.string()),
        "limit": pa.array([spec.limit for spec in types.values()], pa.int64()),
        "links": pa.array([spec.links for spec in types.values()], pa.bool_()),
        "single": pa.array([spec.single for spec in types.values()], pa.bool_()),
    }
    engine.create(TYPES, pa.table(rows), step="identity: types")


def _write_nodes(engine: Engine, tables: Mapping[str, ibis.Table], types: Types) -> None:
    import ibis
    import pyarrow as pa

    parts = [part for name, table in tables.items() if (part := combinations(name, table, types)) is not None]
    if not parts:
        columns = ["source", "record_key", *types, *(SCOPE + type_ for type_ in _scoped(types))]
        parts = [ibis.memtable(pa.table({column: pa.array([], pa.string()) for column in columns}))]
    nodes = ibis.union(*parts) if len(parts) > 1 else parts[0]
    table = engine.create(NODES, nodes.mutate(node=ibis.row_number()), step="identity: records and combinations")
    records = table.filter(table.record_key.notnull())
    shared = records.group_by("source", "record_key").agg(record=records.node.min(), nodes=records.count())
    engine.create(REPEATS, shared.filter(shared.nodes > 1).drop("nodes"), step="identity: repeated keys")


def combinations(name: str, table: ibis.Table, types: Types) -> ibis.Table | None:
    """The distinct identifier values of a table's rows, per record or, for facts, per source; None if it has none."""
    import ibis

    own = {type_: table[f"id_{type_}"].cast("string").nullif("") for type_ in types if f"id_{type_}" in table.columns}
    if not own and name != RECORDS:
        return None
    scopes = {
        SCOPE + type_: own[type_].notnull().ifelse(scope_of(table, types[type_]), None)
        for type_ in _scoped(types)
        if type_ in own
    }
    keys = {"record_key": table["_record_key"].cast("string")} if name == RECORDS else {}
    # Columns that the table lacks would make every row wider while they are compared.
    found = table.select(source=table["_source"], **keys, **own, **scopes).distinct()
    if name != RECORDS:
        found = found.filter(ibis.or_(*(found[type_].notnull() for type_ in own)))
    wanted = ["source", "record_key", *types, *(SCOPE + type_ for type_ in _scoped(types))]
    empty = ibis.null("string")
    return found.select(**{column: found[column] if column in found.columns else empty for column in wanted})


def scope_of(table: ibis.Table, spec: IdentifierSpec) -> ibis.StringValue:
    """Within what the values of a type name somebody, for each row of an accepted table; empty if nothing says it."""
    import ibis

    if spec.scope is None:
        return ibis.literal("")
    column = "_source" if spec.scope == SOURCE else spec.scope
    return table[column].cast("string").fill_null("") if column in table.columns else ibis.literal("")


def _scoped(types: Types) -> list[str]:
    return [type_ for type_, spec in types.items() if spec.scope is not None]


def _write_edges(engine: Engine, types: Types) -> None:
    import ibis

    nodes, scoped = engine.table(NODES), _scoped(types)
    pairs = [
        nodes.filter(nodes[type_].notnull()).select(
            "node",
            rank=ibis.literal(rank, "int64"),
            scope=nodes[SCOPE + type_] if type_ in scoped else ibis.literal(""),
            value=nodes[type_],
        )
        for rank, type_ in enumerate(types)
    ] or [nodes.limit(0).select("node", rank=nodes.node, scope=nodes.source, value=nodes.source)]
    long = ibis.union(*pairs) if len(pairs) > 1 else pairs[0]
    # Where no type has a scope, the join need not compare it.
    key = ["rank", "scope", "value"] if scoped else ["rank", "value"]
    distinct = long.select(*key).distinct().mutate(number=ibis.row_number())
    if not scoped:
        distinct = distinct.mutate(scope=ibis.literal(""))
    values = engine.create(VALUES, distinct.select("number", "rank", "scope", "value"), step="identity: values")
    joined = long.join(values, key).select("node", "number", "rank")
    engine.create(EDGES, joined, step="identity: edges")
