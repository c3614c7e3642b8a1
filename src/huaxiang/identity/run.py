"""The identity step of a build: from accepted tables to customers whose ids stay.

accepted tables ─┬─ pairs.py, judge.py ─► edges ──┬─ components.py ─► components ─ ids.py ─► customers, identity
                 ├─ decisions.py ─► decided pairs ┤                └─ survivorship.py ─► attributes, then groups.py
                 └─ matches.py ─► compared pairs ─┘
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.decisions import Decision
from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.identity import components, conflicts, history, ids, judge, match_table, matches, pairs
from huaxiang.identity.attach import with_record_customer
from huaxiang.identity.attribute_conflicts import write_conflicts
from huaxiang.identity.decisions import WORKING as DECISIONS
from huaxiang.identity.decisions import in_force, write_decided, write_decisions
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.groups import Situation, write_groups
from huaxiang.identity.ids import Previous
from huaxiang.identity.issues import write_issues
from huaxiang.identity.links import write_links
from huaxiang.identity.record_history import write_record_history
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec
from huaxiang.identity.survivorship import RANKED, RANKS, write_attributes

if TYPE_CHECKING:
    import ibis

_NUMBERED = "_identity_numbered"

_GRAPH = (
    *(name for name in pairs.WORKING if name != pairs.TYPES),
    *(name for module in (judge, matches, components, match_table) for name in module.WORKING),
)
"""Working tables that nothing asks for once the graph is told."""

_CHANGES = {"customer_id": "string", "kind": "string", "other": "string", "records": "int64"}


@dataclass(frozen=True)
class IdentityResult:
    """The tables that the identity step wrote, and the types that link, the strongest first."""

    customers: ibis.Table
    identity: ibis.Table
    identifiers: ibis.Table
    attributes: ibis.Table
    issues: ibis.Table
    changes: ibis.Table
    types: Mapping[str, IdentifierSpec]


def resolve_identity(
    engine: Engine,
    tables: Mapping[str, ibis.Table],
    spec: IdentitySpec,
    previous: Previous | None = None,
    moment: Moment | None = None,
    decisions: Sequence[Decision] = (),
    mark: history.Mark | None = None,
) -> IdentityResult:
    """Find the customers in the accepted tables and write who they are.

    `tables` are the accepted tables by name without `accepted_`, holding only what was known at the build's moment:
    identity does not look at times, but for expressions of survivorship that read `moment`. A record is a row of
    `records`, or a distinct combination of identifier values of a source in any other table; records that share a value
    of a linking type are one customer, unless the value is junk, malformed or has more holders than its type's limit,
    or a stronger type of which a customer has a single value says otherwise. Writes `customers`, `identity`,
    `identifiers`, `identity_issues`, `identity_links`, `identity_matches`, `identity_matching`, `identity_changes`,
    `attributes`, `attribute_origins`, `attribute_conflicts`, `attribute_others`, `record_history`. Equal inputs give
    equal ids, whatever the order of rows. With `previous`, customers keep the ids of the build before. `decisions` are
    what people said about who is who: those in force win over everything, the latest over earlier ones, and are kept
    with what became of them (`identity_decisions`). With `mark`, the build that this is, merges and splits are kept
    with their evidence (`identity_history`). Households and accounts (`groups.py`) come with it where the definition
    asks for them.
    """
    types = identifier_types(spec, pairs.mapped_types(tables))
    pairs.write_pairs(engine, tables, types)
    judge.judge_values(engine, types)
    effective = in_force(decisions)
    write_decided(engine, effective, types)
    graph = components.plain_labels(engine)
    found = matches.find_matches(engine, tables.get(pairs.RECORDS), spec.fuzzy, graph)
    compared = None if found is None else found.compared
    split = components.write_components(engine, graph, compared, spec.fuzzy.exclusive)
    if previous is not None:
        ids.write_overlap(engine, engine.table(components.MEMBERS), engine.table(components.NAMED), previous)
    ids.write_ids(engine, previous)
    customers, identity, identifiers = _write_customers(engine, previous)
    issues = write_issues(engine)
    write_links(engine, engine.table(_NUMBERED))
    match_table.write_matches(engine, found, split)
    # The graph and the matching are told, and attributes need the memory that they hold.
    del graph, found, compared, split
    for name in _GRAPH:
        engine.drop(name)
    _write_attributes(engine, tables.get(pairs.RECORDS), customers, identity, spec, moment)
    linking = {name: type_ for name, type_ in types.items() if type_.links}
    former = previous.groups if previous else {}
    attributes = write_groups(Situation(engine, tables, linking, moment, former), spec)
    write_decisions(engine, effective)
    changes = _write_changes(engine, previous)
    if mark is not None:
        history.write_history(engine, previous, mark, engine.table(_NUMBERED), decisions)
    for module in (conflicts, ids, history):
        for name in module.WORKING:
            engine.drop(name)
    for name in (*DECISIONS, pairs.TYPES, _NUMBERED):
        engine.drop(name)
    return IdentityResult(customers, identity, identifiers, attributes, issues, changes, linking)


def _write_customers(engine: Engine, previous: Previous | None) -> tuple[ibis.Table, ibis.Table, ibis.Table]:
    import ibis

    members = engine.table(components.MEMBERS)
    named = ibis.union(engine.table(components.NAMED), engine.table(components.LOOKUP))
    numbered = engine.create(_NUMBERED, ids.numbers(engine, previous), step="identity: number the customers")
    counts = members.group_by("component").agg(records=members.count())
    counted = numbered.left_join(counts, "component")
    customers = counted.select("customer_no", "customer_id", records=counted.records.fill_null(0))
    identity = members.join(numbered, "component").select("customer_no", "customer_id", "source", "record_key")
    identifiers = named.join(numbered, "component").select("customer_no", "type", "scope", "value")
    return (
        engine.create("customers", customers.order_by("customer_no"), step="identity: customers"),
        engine.create(
            "identity", identity.order_by("customer_no", "source", "record_key"), step="identity: records of customers"
        ),
        engine.create(
            "identifiers",
            identifiers.order_by("type", "value", "scope", "customer_no"),
            step="identity: identifiers of customers",
        ),
    )


def _write_attributes(
    engine: Engine,
    records: ibis.Table | None,
    customers: ibis.Table,
    identity: ibis.Table,
    spec: IdentitySpec,
    moment: Moment | None,
) -> None:
    if records is None:
        attributes = engine.create("attributes", customers.select("customer_no"), step="survivorship: no records")
        write_conflicts(engine, None, None, attributes)
        return
    attributes = write_attributes(engine, with_record_customer(records, identity), customers, spec, moment)
    ranked = engine.table(RANKED)
    write_conflicts(engine, ranked, engine.table(RANKS), attributes)
    write_record_history(engine, ranked)
    engine.drop(RANKED)


def _write_changes(engine: Engine, previous: Previous | None) -> ibis.Table:
    import ibis
    import pyarrow as pa

    step = "identity: changes since the former build"
    if previous is None:
        schema = ibis.schema(_CHANGES).to_pyarrow()
        return engine.create("identity_changes", pa.table({n: [] for n in _CHANGES}, schema=schema), step=step)
    return engine.create("identity_changes", ids.changes(engine, previous, engine.table(_NUMBERED)), step=step)
