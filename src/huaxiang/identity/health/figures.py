"""The figures behind the measures: counts and shares read off the tables that a build keeps about identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.health.bridges import GROUP, JOINED
from huaxiang.identity.ids import Previous

if TYPE_CHECKING:
    import ibis

Values = dict[str, float | None]
"""Measure → value; None: not known."""

Histogram = Mapping[int, int]
"""How many customers have how many."""

JUDGED = ("over_limit", "frequent", "junk", "invalid")
"""States of values that link nobody."""

_STEP = "identity: health"

GROWTH = ("records_growth", "customers_growth", "singletons_growth", "merged", "split", "gone")
"""The measures that compare with the build before."""


@dataclass(frozen=True)
class Facts:
    """What is known about the graph: the values of the measures, and the counts that their reasons speak of."""

    values: Values
    counts: dict[str, int]


def percentile(histogram: Histogram, share: float) -> int | None:
    """The nearest-rank percentile: the smallest number that at least `share` of all do not exceed."""
    wanted = share * sum(histogram.values())
    seen = 0
    for number in sorted(histogram):
        seen += histogram[number]
        if seen >= wanted:
            return number
    return None


def read_facts(engine: Engine, *, bridges: int, mixed: int | None, previous: Previous | None) -> Facts:
    """Everything about this build. `bridges` and `mixed` are the numbers of customers that were found to be such."""
    customers = _histogram(engine, engine.table("customers").select(number="records"))
    people = {records: count for records, count in customers.items() if records}
    everyone, known = sum(customers.values()), sum(people.values())
    records = sum(number * count for number, count in people.items())
    counts = _counts(engine) | {"records": records, "bridges": bridges, "mixed": mixed or 0, "group": GROUP}
    counts["without_records"] = everyone - known
    values: Values = {
        "customers": everyone,
        "records": records,
        "without_records": _share(everyone - known, everyone),
        **_spread("records", people),
        "records_p50": percentile(people, 0.5),
        **_spread("identifiers", _identifiers(engine, everyone)),
        "singletons": _share(people.get(1, 0), known) if counts["sources"] > 1 else None,
        "unidentified": _share(counts["unidentified"], records),
        "mixed": None if mixed is None else _share(mixed, known),
        "bridges": _share(bridges, known),
        "conflicts": _share(counts["cut"], records),
    }
    values |= {state: _share(counts[f"records_{state}"], records) for state in JUDGED}
    values |= _matches(engine, counts) | _decisions(engine)
    values |= _growth(engine, previous, values, _share(people.get(1, 0), known), counts)
    return Facts(values, counts)


def standstill(before: Values) -> Facts:
    """What there is to say about growth where nobody changed; `before` are the values of the build before."""
    of = {"records_growth": "records", "singletons_growth": "records"}
    values = {name: 0.0 if before.get(of.get(name, "customers")) else None for name in GROWTH}
    return Facts(values, dict.fromkeys(GROWTH[3:], 0))


def _spread(of: str, histogram: Histogram) -> Values:
    total = sum(histogram.values())
    mean = sum(number * count for number, count in histogram.items()) / total if total else None
    return {f"{of}_mean": mean, f"{of}_p99": percentile(histogram, 0.99), f"{of}_max": max(histogram, default=None)}


def _histogram(engine: Engine, numbers: ibis.Table) -> dict[int, int]:
    """How often each value of the column `number` occurs."""
    counted = numbers.group_by("number").agg(count=numbers.count())
    return {int(row["number"]): int(row["count"]) for row in engine.rows(counted, step=_STEP)}


def _identifiers(engine: Engine, customers: int) -> dict[int, int]:
    table = engine.table("identifiers")
    found = _histogram(engine, table.group_by("customer_no").agg(number=table.count()))
    none = customers - sum(found.values())
    return found | ({0: none} if none else {})


def _counts(engine: Engine) -> dict[str, int]:
    """Sources, records that hold values of each state, records that nothing names, and the issues by kind."""
    import ibis

    identity, nodes = engine.table("identity"), engine.table("identity_nodes")
    records = nodes.filter(nodes.record_key.notnull()).select("node", "source", "record_key")
    edges = engine.table("identity_edges").join(engine.table("identity_values").select("number", "status"), "number")
    held = edges.select("node", state=ibis.cases((edges.cut, "cut"), else_=edges.status))
    # Most links are good: only the others are looked up by the texts that name a record.
    odd = held.filter(held.state != "links").join(records, "node").select("source", "record_key", "state").distinct()
    rows = engine.rows(odd.group_by("state").agg(records=odd.count()), step=_STEP)
    by_state = {row["state"]: int(row["records"]) for row in rows}
    linking = held.filter(held.state == "links").select("node")
    bare = records.anti_join(linking, "node").select("source", "record_key").distinct()
    # A record may stand in several nodes, of which another has a link.
    named = records.semi_join(linking, "node").semi_join(bare, ["source", "record_key"])
    alone = bare.anti_join(named, ["source", "record_key"])
    size = identity.aggregate(sources=identity.source.nunique()).cross_join(alone.aggregate(alone=alone.count()))
    whole = engine.rows(size, step=_STEP)[0]
    issues = engine.table("identity_issues")
    kinds = engine.rows(issues.group_by("kind").agg(values=issues["values"].sum()), step=_STEP)
    by_kind = {row["kind"]: int(row["values"]) for row in kinds}
    return {
        "sources": int(whole["sources"]),
        "unidentified": int(whole["alone"]),
        "cut": by_state.get("cut", 0),
        "conflicts": by_kind.get("conflict", 0),
        **{f"records_{name}": by_state.get(name, 0) for name in JUDGED},
        **{name: by_kind.get(name, 0) for name in JUDGED},
    }


def _matches(engine: Engine, counts: dict[str, int]) -> Values:
    if not engine.has("identity_matches"):
        return {"review": None, "precision": None}
    matches = engine.table("identity_matches")
    joined = matches.filter(matches.status == JOINED[0])
    row = engine.rows(
        matches.aggregate(pairs=matches.count(), review=(matches.status == "review").sum().fill_null(0)).cross_join(
            joined.aggregate(joined=joined.count(), precision=joined.probability.mean())
        ),
        step=_STEP,
    )[0]
    counts["joined"] = int(row["joined"])
    return {"review": int(row["review"]) if row["pairs"] else None, "precision": row["precision"]}


def _decisions(engine: Engine) -> Values:
    if not engine.has("identity_decisions"):
        return {"decisions": None}
    decisions = engine.table("identity_decisions")
    idle = decisions.status != "applied"
    row = engine.rows(decisions.aggregate(all=decisions.count(), idle=idle.sum().fill_null(0)), step=_STEP)[0]
    return {"decisions": int(row["idle"]) if row["all"] else None}


def _growth(
    engine: Engine, previous: Previous | None, values: Values, singletons: float | None, counts: dict[str, int]
) -> Values:
    """What changed since the former build, whose customers `identity_changes` speaks of."""
    if previous is None:
        return dict.fromkeys(GROWTH)
    former = _histogram(engine, previous.customers.select(number="records"))
    everyone, known = sum(former.values()), sum(count for records, count in former.items() if records)
    records = sum(number * count for number, count in former.items())
    changes = engine.table("identity_changes")
    grouped = changes.group_by("kind").agg(others=changes.other.nunique(), rows=changes.count())
    found = {row["kind"]: row for row in engine.rows(grouped, step=_STEP)}
    parted = changes.filter(changes.kind.isin(("split", "moved")))
    split = engine.rows(parted.aggregate(others=parted.other.nunique()), step=_STEP)[0]["others"]
    counts["merged"] = int(found["merged"]["others"]) if "merged" in found else 0
    counts["split"] = int(split)
    counts["gone"] = int(found["gone"]["rows"]) if "gone" in found else 0
    was = _share(former.get(1, 0), known)
    return {
        "records_growth": _change(values["records"], records),
        "customers_growth": _change(values["customers"], everyone),
        "singletons_growth": None if singletons is None or was is None else singletons - was,
        **{name: _share(counts[name], everyone) for name in GROWTH[3:]},
    }


def _change(now: float | None, before: int) -> float | None:
    return None if now is None or not before else (now - before) / before


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
