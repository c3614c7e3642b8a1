"""Why the records of a customer are one: the links between them, decisions, cuts, and what became of former ids."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.text import Text
from huaxiang.identity.issues import masked
from huaxiang.project.loaded import LoadedProject
from huaxiang.service import waterfalls
from huaxiang.service.audits import identifier_labels
from huaxiang.service.lookups import KEY, look_up, present_id

Row = dict[str, Any]


def explain(engine: Engine, project: LoadedProject, identifier: str) -> Row:
    """A customer's records with the links that hold each of them, its identifiers, cuts, decisions and history.

    Values are masked. `former` is the id that was asked for where it has gone into another customer.

    Raises:
        NotFoundError: nobody has `identifier`, now or formerly; or the snapshot is older than its graph.
        UsageError: it names several customers, or no type of identifier.
    """
    if not engine.has("identity_links"):
        raise NotFoundError("This snapshot was built before its links were kept. Run 'huaxiang build'.")
    found = look_up(engine, project, identifier)
    links = _links(engine, project, found.number)
    shared = _shared(links)
    matches, decisions = _matches(engine, found.number), _decisions(engine, found.number)
    records = _records(engine, found.number)
    for record in records:
        name = _name(record["source"], record["record_key"])
        record["links"] = [*shared[name], *_matched(matches, name), *_decided(decisions, name)]
    return {
        "customer_id": found.customer_id,
        "former": found.former,
        "records": records,
        "seen_in_facts": len({row["node"] for row in links if row["record_key"] is None}),
        "identifiers": _identifiers(links),
        "cut": [{key: row[key] for key in _CUT} for row in links if row["cut"]],
        "decisions": decisions,
        "history": history(engine, project, found.customer_id),
    }


def history_of(engine: Engine, project: LoadedProject, identifier: str | None) -> Row:
    """`customer_id`, what the id of `identifier` is now (None: nobody has it), and its `changes`; or all changes.

    Raises:
        NotFoundError: nobody has the id or ever had it.
    """
    if identifier is None:
        return {"asked": None, "customer_id": None, "changes": history(engine, project)}
    if ":" in identifier:
        present = look_up(engine, project, identifier).customer_id
        return {"asked": identifier, "customer_id": present, "changes": history(engine, project, present)}
    present, changes = present_id(engine, identifier), history(engine, project, identifier)
    customers = engine.table("customers")
    living = engine.rows(customers.filter(customers.customer_id == present), step="is this id in use")
    if not living and not changes:
        raise NotFoundError(f"Nobody has or had the id '{identifier}'. Without an id, all changes are listed.")
    return {"asked": identifier, "customer_id": present if living else None, "changes": changes}


def history(engine: Engine, project: LoadedProject, customer_id: str | None = None) -> list[Row]:
    """Merges, splits and moves over all builds, the latest first; of one id, also a former one, where it is given.

    Each row has `customer_id`, `kind`, `other`, `records`, `build`, `as_of`, `built_at` and `evidence`.
    """
    if not engine.has("identity_history"):
        return []
    table = engine.table("identity_history")
    if customer_id is not None:
        ids = sorted(_lineage(engine, present_id(engine, customer_id)) | {customer_id})
        table = table.filter(table.customer_id.isin(ids) | table.other.isin(ids))
    rows = engine.rows(table, step="history of ids")
    for row in rows:
        row["evidence"] = _labelled(project, json.loads(row["evidence"] or "[]"))
    return sorted(rows, key=lambda row: (-row["built_at"].timestamp(), row["customer_id"], row["other"] or ""))


def statuses(engine: Engine) -> dict[str, Row]:
    """What the build made of each decision: `status` and `detail`, by the decision's key."""
    if not engine.has("identity_decisions"):
        return {}
    rows = engine.rows(engine.table("identity_decisions"), step="decisions")
    return {
        row["key"]: {"status": row["status"], "detail": {"en": row["detail_en"], "zh": row["detail_zh"]}}
        for row in rows
    }


def _lineage(engine: Engine, customer_id: str) -> set[str]:
    """The id with all that were merged into it, over any number of builds."""
    history = engine.table("identity_history")
    known, fresh = {customer_id}, {customer_id}
    while fresh:
        merged = history.filter(history.kind == "merged", history.customer_id.isin(sorted(fresh))).select("other")
        fresh = {row["other"] for row in engine.rows(merged, step="ids merged into one")} - known
        known |= fresh
    return known


_CUT = ("source", "record_key", "type", "type_label", "value")


def _labelled(project: LoadedProject, rows: list[Row]) -> list[Row]:
    """The rows with `type_label` where they have a `type`: what the project calls it."""
    labels = identifier_labels(project)
    return [
        row | {"type_label": (labels.get(row["type"]) or Text.of(row["type"])).as_dict()} if row.get("type") else row
        for row in rows
    ]


def _links(engine: Engine, project: LoadedProject, number: int) -> list[Row]:
    links = engine.table("identity_links")
    own = links.filter(links[KEY] == number)
    shown = own.mutate(value=masked(own["value"]), plain=own["value"])
    rows = engine.rows(shown.order_by("type", "plain", "scope", "source", "record_key", "node"), step="links")
    return _labelled(project, rows)


def _records(engine: Engine, number: int) -> list[Row]:
    records = engine.table("identity")
    own = records.filter(records[KEY] == number).select("source", "record_key").order_by("source", "record_key")
    return engine.rows(own, step="records")


def _shared(links: list[Row]) -> defaultdict[str, list[Row]]:
    """Per record the values that it shares with others of the customer: `with` those records, or facts."""
    holders: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in links:
        if row["status"] == "links" and not row["cut"]:
            holders[row["type"], row["scope"], row["plain"]].append(row)
    shared: defaultdict[str, list[Row]] = defaultdict(list)
    for rows in holders.values():
        names = sorted({_name(row["source"], row["record_key"]) for row in rows if row["record_key"] is not None})
        facts = sum(row["record_key"] is None for row in rows)
        for name in names:
            others = [other for other in names if other != name]
            if others or facts:
                value = {"kind": "value"} | {key: rows[0][key] for key in ("type", "type_label", "value", "scope")}
                shared[name].append(value | {"with": others, "seen_in_facts": facts})
    return shared


def _matches(engine: Engine, number: int) -> list[Row]:
    if not engine.has("identity_matches"):
        return []
    matches = engine.table("identity_matches")
    joined = matches.filter(matches.customer_no == number, matches.other_no == number, matches.status == "joined")
    return engine.rows(joined.order_by("left_source", "left_key", "right_source", "right_key"), step="matches")


def _matched(matches: list[Row], name: str) -> list[Row]:
    found = []
    for row in matches:
        ends = [_name(row[f"{side}_source"], row[f"{side}_key"]) for side in ("left", "right")]
        if name in ends:
            other = ends[ends[0] == name]
            steps = waterfalls.steps(row["waterfall"])
            shown = {"probability": row["probability"], "weight": row["weight"], "waterfall": steps}
            found.append({"kind": "match", "with": [other], **shown})
    return found


def _decisions(engine: Engine, number: int) -> list[Row]:
    """The decisions of the build about any record or identifier of a customer; identifiers in them are masked."""
    if not engine.has("identity_decisions"):
        return []
    records, identifiers = engine.table("identity"), engine.table("identifiers")
    decisions = engine.table("identity_decisions")
    own = engine.rows(records.filter(records[KEY] == number).select("source", "record_key"), step="records")
    named = engine.rows(identifiers.filter(identifiers[KEY] == number), step="identifiers")
    references = [_name(row["source"], row["record_key"]) for row in own]
    for row in named:
        plain = f"{row['type']}:{row['value']}"
        # Snapshots of before there were scopes have none.
        references += [plain, f"{plain}@{row['scope']}"] if row.get("scope") else [plain]
    told = decisions.mutate(reference=decisions.records.concat(decisions.others).unnest())
    about = told.filter(told.reference.isin(references)).select("decision").distinct()
    rows = engine.rows(decisions.semi_join(about, "decision").order_by("decision"), step="decisions")
    values = told.semi_join(about, "decision").select("reference", type=told.reference.re_extract(_TYPE, 0)).distinct()
    values = values.filter(values.type != "")
    hidden = values.select("reference", shown=values.type + masked(values.reference.substr(values.type.length())))
    shown = {row["reference"]: row["shown"] for row in engine.rows(hidden, step="values in decisions")}
    return [
        row | {side: [shown.get(each, each) for each in row[side]] for side in ("records", "others")} for row in rows
    ]


_TYPE = "^[a-z][a-z0-9_]*:"
"""How a reference to an identifier's value begins."""


def _decided(decisions: list[Row], name: str) -> list[Row]:
    return [
        {"kind": "decision", "with": [other for other in row["records"] if other != name], **_said(row)}
        for row in decisions
        if row["kind"] == "same" and row["status"] == "applied" and name in row["records"]
    ]


def _said(row: Row) -> Row:
    return {key: row[key] for key in ("decision", "by", "at", "reason")}


def _identifiers(links: list[Row]) -> list[Row]:
    """The values of a customer, each once, with what they do."""
    found = {(row["type"], row["scope"], row["plain"]): row for row in links if not row["cut"]}
    return [{key: row[key] for key in ("type", "type_label", "scope", "value", "status")} for row in found.values()]


def _name(source: str, record_key: str) -> str:
    """How a record is called in decisions and commands."""
    return f"{source}/{record_key}"
