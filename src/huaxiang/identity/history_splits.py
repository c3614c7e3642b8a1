"""What formerly held together those who are no longer one, and why it no longer does.

All splits of a build are looked at together: the links of the former graph between records that are now apart, judged
by what became of them. Nothing is said where the former snapshot did not keep its graph. Working tables, dropped when
identity is done:

    _identity_splits   customer_no, customer_id, former (number then), former_id: a present customer and whom it left
    _identity_places   former, name (of a record), customer_no (null: the record is gone)
    _identity_ties     link, kind, type, scope, value, decision, former, name, customer_no: holders of former links
    _identity_parted   a split × a former link of it that leads elsewhere: `_splits` and `_ties`, one, other, beyond
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.conflicts import REFUSED
from huaxiang.identity.evidence import DECIDED
from huaxiang.identity.history_merges import record_name
from huaxiang.identity.ids import Previous

if TYPE_CHECKING:
    import ibis

SPLITS, PLACES, TIES, PARTED = (f"_identity_{name}" for name in ("splits", "places", "ties", "parted"))
WORKING = (SPLITS, PLACES, TIES, PARTED)

REASONS = (
    "kept_apart", "undone", "over_limit", "frequent", "junk", "invalid", "single", "unlike", "contested", "decided",
    "lookup", "changed", "gone", "unmatched",
)  # fmt: skip
"""Why a link no longer holds, the most telling reason first.

    kept_apart  a person decided that both are not one
    undone      a person had said that they are one, and took it back
    over_limit, frequent, junk, invalid   what the value is taken for by now
    single      the value was cut: it stands between two values of which a customer has one
    unlike      the value was cut: its holders are clearly different people
    contested   the value was cut: its holder may be any of several people
    decided     the value was cut, because people decided so about its holders
    lookup      its type no longer joins anybody
    changed     one of both no longer has the value
    gone        a record that had the value as well is no longer there
    unmatched   both are no longer alike enough
"""

_LINK = ("link", "kind", "type", "scope", "value", "decision")


def split_links(engine: Engine, previous: Previous, most: int) -> ibis.Table | None:
    """The links that no longer hold, at most `most` per split, the most telling first.

    Columns: `customer_id`, `former_id`, `kind` (value, decision, match), `type`, `value`, `decision` (its number),
    `one`, `other` (names of records), `now` (see REASONS). None where the former snapshot did not keep its graph.
    """
    import ibis

    if not {"identity_nodes", "identity_values", "identity_edges"} <= set(previous.tables):
        return None
    engine.create(SPLITS, _splits(engine, previous), step="identity: splits")
    engine.create(PLACES, _places(engine, previous), step="identity: where former records are")
    engine.create(TIES, _ties(engine, previous), step="identity: former links")
    engine.create(PARTED, _parted(engine), step="identity: former links between those who are apart")
    found = ibis.union(_judged(engine), _kept_apart(engine))
    order = [found["rank"], found.type, found["value"], found.one, found.other]
    window = ibis.window(group_by=[found.customer_id, found.former_id], order_by=order)
    numbered = found.mutate(step=ibis.row_number().over(window))
    return numbered.filter(numbered.step < most)


def _splits(engine: Engine, previous: Previous) -> ibis.Table:
    changes, customers = engine.table("identity_changes"), engine.table("customers")
    parted = changes.filter(changes.kind.isin(["split", "moved"])).select("customer_id", former_id="other")
    former = previous.customers.select(former="customer_no", former_id="customer_id")
    own = customers.select("customer_no", "customer_id")
    found = parted.join(former, "former_id").join(own, "customer_id")
    return found.select("customer_no", "customer_id", "former", "former_id")


def _places(engine: Engine, previous: Previous) -> ibis.Table:
    splits, identity = engine.table(SPLITS), engine.table("identity")
    then = previous.identity.select("source", "record_key", former="customer_no").semi_join(splits, "former")
    now = then.left_join(identity.select("source", "record_key", "customer_no"), ["source", "record_key"])
    return now.select("former", "customer_no", name=record_name(now.source, now.record_key))


def _ties(engine: Engine, previous: Previous) -> ibis.Table:
    import ibis

    parts = list(_value_ties(engine, previous))
    if "identity_decisions" in previous.tables:
        parts.append(_decision_ties(engine, previous.tables["identity_decisions"]))
    if "identity_matches" in previous.tables:
        parts.append(_match_ties(engine, previous.tables["identity_matches"]))
    columns = (*_LINK, "former", "name", "customer_no")
    return ibis.union(*(part.select(*columns) for part in parts))


def _value_ties(engine: Engine, previous: Previous) -> tuple[ibis.Table, ibis.Table]:
    """Values that joined: their records, and, where they were seen in facts, whoever has the value now."""
    import ibis

    nodes, values, edges = (previous.tables[f"identity_{name}"] for name in ("nodes", "values", "edges"))
    own = nodes.select("node", "source", "record_key", former="customer_no").semi_join(engine.table(SPLITS), "former")
    linking = values.filter(values.status == "links")
    held = edges.filter(~edges.cut).join(own, "node").join(linking, "number")
    described = held.mutate(
        link="v" + held.number.cast("string"), kind=ibis.literal("value"), decision=ibis.null("int64")
    )
    records = described.filter(described.record_key.notnull())
    records = records.mutate(name=record_name(records.source, records.record_key))
    facts = described.filter(described.record_key.isnull()).mutate(name=ibis.null("string"))
    owners = engine.table("identifiers").select("type", "scope", "value", "customer_no")
    return records.join(engine.table(PLACES), ["former", "name"]), facts.left_join(owners, ["type", "scope", "value"])


def _decision_ties(engine: Engine, decisions: ibis.Table) -> ibis.Table:
    """Records of which people had said that they are one, and took it back."""
    import ibis

    applied = decisions.filter(decisions.kind == "same", decisions.status == "applied")
    undone = applied.anti_join(engine.table("identity_decisions"), "key").select("decision", "records")
    named = undone.select("decision", name=undone.records.unnest())
    found = named.join(engine.table(PLACES), "name")
    none = dict.fromkeys(("type", "scope", "value"), ibis.null("string"))
    return found.mutate(link="d" + found.decision.cast("string"), kind=ibis.literal("decision"), **none)


def _match_ties(engine: Engine, matches: ibis.Table) -> ibis.Table:
    import ibis

    joined = matches.filter(matches.status == "joined").mutate(place=ibis.row_number())
    ends = [
        joined.select("place", name=record_name(joined[f"{side}_source"], joined[f"{side}_key"]))
        for side in ("left", "right")
    ]
    found = ibis.union(*ends).join(engine.table(PLACES), "name")
    none = dict.fromkeys(("type", "scope", "value"), ibis.null("string"))
    described = {"kind": ibis.literal("match"), "decision": ibis.null("int64"), **none}
    return found.mutate(link="m" + found.place.cast("string"), **described)


def _parted(engine: Engine) -> ibis.Table:
    """Each split with the former links of it that lead elsewhere: to another customer, or to a record that is gone."""
    import ibis

    ties, key = engine.table(TIES), ["link", "former"]
    held = ties.group_by(*_LINK, "former", "customer_no").agg(name=ties.name.min())
    here = held.filter(held.customer_no.notnull())
    order = ibis.window(group_by=[here.link, here.former], order_by=here.customer_no)
    placed = here.mutate(place=ibis.row_number().over(order))
    own = here.join(engine.table(SPLITS), ["former", "customer_no"]).rename(one="name")
    first, second = (
        placed.filter(placed.place == place).select(
            "link", "former", **{f"customer_{place}": placed.customer_no, f"name_{place}": placed.name}
        )
        for place in (0, 1)
    )
    missing = held.filter(held.customer_no.isnull()).select("link", "former", lost="name", is_lost=ibis.literal(True))
    for more in (first, second, missing):
        own = own.left_join(more, key)
        own = own.select(name for name in own.columns if not name.endswith("_right"))
    elsewhere = own.customer_0 != own.customer_no
    apart = elsewhere | own.customer_1.notnull()
    other = ibis.cases((elsewhere, own.name_0), (apart, own.name_1), else_=own.lost)
    found = own.mutate(other=other, apart=apart).filter(apart | own.is_lost.notnull())
    return found.select("customer_id", "former_id", *_LINK, "one", "other", "apart")


def _judged(engine: Engine) -> ibis.Table:
    """What became of the links in PARTED."""
    import ibis

    parted, values = engine.table(PARTED), engine.table("identity_values")
    refused = engine.table(REFUSED)
    cut = refused.group_by("number").agg(reason=refused.reason.min())
    now = values.left_join(cut, "number").select("type", "scope", "value", "status", "reason")
    seen = parted.left_join(now, ["type", "scope", "value"])
    why = ibis.cases(
        (seen.kind == "decision", "undone"),
        (seen.kind == "match", "unmatched"),
        (seen.status.notnull() & (seen.status != "links"), seen.status),
        (seen.reason.notnull(), seen.reason),
        (seen.apart, "changed"),
        else_="gone",
    )
    return _shown(seen.mutate(now=why))


def _kept_apart(engine: Engine) -> ibis.Table:
    """Decisions of this build that keep apart who was one."""
    import ibis

    decided, nodes, splits = engine.table(DECIDED), engine.table("identity_nodes"), engine.table(SPLITS)
    apart = decided.filter(decided.kind == "apart").select("left", "right", decision="number")
    both = ibis.union(apart, apart.select(left="right", right="left", decision="decision"))
    named = nodes.filter(nodes.record_key.notnull())
    named = named.select("node", "customer_no", name=record_name(named.source, named.record_key))
    found = both.join(named.rename(left="node", one="name"), "left")
    found = found.join(named.select(right="node", other="name"), "right")
    places = engine.table(PLACES)
    found = found.join(places.select("former", one="name"), "one")
    found = found.join(places.select("former", other="name"), ["former", "other"])
    found = found.join(splits, ["former", "customer_no"])
    each = found.group_by("customer_id", "former_id", "decision").agg(one=found.one.min(), other=found.other.min())
    none = dict.fromkeys(("type", "value"), ibis.null("string"))
    told = each.mutate(kind=ibis.literal("decision"), now=ibis.literal("kept_apart"), **none)
    return _shown(told)


def _shown(found: ibis.Table) -> ibis.Table:
    import ibis

    ranks = [(found.now == reason, place) for place, reason in enumerate(REASONS)]
    columns = ("customer_id", "former_id", "kind", "type", "value", "decision", "one", "other", "now")
    rank = ibis.cases(*ranks, else_=len(REASONS)).cast("int64")
    return found.select(*columns, rank=rank)
