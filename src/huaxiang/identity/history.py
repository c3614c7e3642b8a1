"""What became of customers over all builds: merges and splits with their evidence, carried on from build to build.

Each build adds its `identity_changes` to the history of the build before it. `evidence` is a JSON list of links, at
most MOST of them:

    {kind: value, type, value (masked), one, other}     both records hold the value
    {kind: decision, decision, by, reason, one, other}  a person said so
    {kind: match, probability, weight, one, other}      both records are alike

`one` and `other` are records, as source/record_key (null: seen in facts). Of a merge they lead from the former customer
to the one that it went into; over somebody new there are two. Of a split they are what formerly held both together, and
`now` says why it no longer does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.decisions import Decision
from huaxiang.core.engine import Engine
from huaxiang.identity import history_merges, history_splits
from huaxiang.identity.ids import Previous
from huaxiang.identity.issues import masked

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

WORKING = (*history_merges.WORKING, *history_splits.WORKING)

MOST = 3
"""Links that one merge or split is explained with."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """The build that a row of the history comes from: the id of its snapshot, its moment, and when it was made."""

    build: str
    as_of: datetime
    built_at: datetime


def write_history(
    engine: Engine, previous: Previous | None, mark: Mark, numbered: ibis.Table, decisions: Sequence[Decision]
) -> ibis.Table:
    """Write `identity_history`: `identity_changes` with their evidence, and the history of the former build.

    `numbered` has `component`, `customer_no` and `customer_id`; `decisions` are all that the build knew, also those
    that were taken back.
    """
    import ibis

    step, schema = "identity: history", _schema()
    if previous is None:
        return engine.create("identity_history", schema.empty_table(), step=step)
    changes = engine.table("identity_changes")
    evidence = ibis.memtable(_evidence(engine, previous, numbered, decisions))
    told = changes.left_join(evidence, ["customer_id", "other"])
    moments = {name: ibis.literal(getattr(mark, name).isoformat()).cast("timestamp('UTC', 6)") for name in _MOMENTS}
    own = told.select(
        *changes.columns, **moments, build=ibis.literal(mark.build), evidence=told.evidence.fill_null("[]")
    )
    parts = [own.select(*schema.names)]
    if "identity_history" in previous.tables:
        parts.append(previous.tables["identity_history"].select(*schema.names))
    history = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return engine.create("identity_history", history.order_by("built_at", "customer_id", "kind", "other"), step=step)


_MOMENTS = ("as_of", "built_at")


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, moment = pa.string(), pa.timestamp("us", "UTC")
    columns = {"customer_id": text, "kind": text, "other": text, "records": pa.int64(), "build": text}
    return pa.schema(columns | dict.fromkeys(_MOMENTS, moment) | {"evidence": text})


def _evidence(engine: Engine, previous: Previous, numbered: ibis.Table, decisions: Sequence[Decision]) -> pa.Table:
    """The links that explain each change, by its two customers: `customer_id`, `other`, `evidence` (JSON)."""
    import pyarrow as pa

    changes = engine.table("identity_changes")
    kinds = {row["kind"] for row in engine.rows(changes.select("kind").distinct(), step="identity: kinds of changes")}
    parts = []
    if "merged" in kinds:
        parts.append(_described(engine, history_merges.merge_links(engine, previous, numbered)))
    if kinds & {"split", "moved"}:
        parts.append(history_splits.split_links(engine, previous, MOST))
    said = {decision.number: decision for decision in decisions}
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for links in parts:
        if links is not None:
            shown = links.mutate(value=masked(links["value"])).order_by("customer_id", "former_id", "step")
            for row in engine.rows(shown, step="identity: evidence"):
                found[row["customer_id"], row["former_id"]].append(_told(row, said))
    columns = {
        "customer_id": [customer for customer, _ in found],
        "other": [former for _, former in found],
        "evidence": [json.dumps(links, ensure_ascii=False) for links in found.values()],
    }
    return pa.table(columns, schema=pa.schema(dict.fromkeys(columns, pa.string())))


def _described(engine: Engine, links: ibis.Table) -> ibis.Table:
    """The links of merges with what they are."""
    import ibis

    values, pairs = engine.table("identity_values"), engine.table(history_merges.PAIRS)
    named = links.left_join(values.select("type", "value", link="number"), "link").drop("link_right")
    found = named.left_join(pairs.select("link", "kind", "decision", "weight", "probability"), "link")
    return found.mutate(kind=found.kind.fill_null("value"), now=ibis.null("string")).drop("link", "link_right")


_SAYS: dict[str, tuple[str, ...]] = {
    "value": ("type", "value"),
    "match": ("probability", "weight"),
    "decision": ("decision",),
}
"""What a link of each kind says beside its two records."""


def _told(row: Row, said: Mapping[int, Decision]) -> Row:
    """A link as the evidence tells it."""
    link: Row = {key: row[key] for key in ("kind", *_SAYS[row["kind"]], "one", "other") if row.get(key) is not None}
    decision = said.get(row["decision"]) if row["kind"] == "decision" else None
    if decision is not None:
        who = decision.undone or decision
        link |= {"by": who.by, "reason": who.reason}
    return link | ({"now": row["now"]} if row["now"] else {})
