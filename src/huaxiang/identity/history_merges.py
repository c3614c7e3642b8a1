"""What now connects customers that were two: the strongest link between them, or two links over somebody new.

All merges of a build are looked at together. A *link* is an identifier value, a decision or a match, with the nodes
that it joins; the *region* of a node is the former customer that it comes from (null: new, or from several).
Working tables, dropped when identity is done:

    _identity_merges    customer_no, customer_id, own (the former customer whose id it keeps), region, former_id
    _identity_pairs     link (below zero), kind (decision, match), left, right (nodes), decision, weight, probability
    _identity_held      link, node, name (of its record), customer_no, region, strength (smaller is stronger), value
    _identity_regions   link, customer_no, region, name (the first of its holders), strength, value
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.evidence import DECIDED
from huaxiang.identity.ids import KEPT, OVERLAP, Previous
from huaxiang.identity.pairs import TYPES

if TYPE_CHECKING:
    import ibis

MERGES, PAIRS, HELD, REGIONS = (f"_identity_{name}" for name in ("merges", "pairs", "held", "regions"))
WORKING = (MERGES, PAIRS, HELD, REGIONS)

_DECISION, _MATCH = -1, 1 << 30
"""The strength of decisions and matches, beside the ranks of identifier types."""

_OWN, _OTHER, _NEW = range(3)
"""Where a link leads from a former customer, the best first: to who keeps the id, to another, to somebody new."""


def merge_links(engine: Engine, previous: Previous, numbered: ibis.Table) -> ibis.Table:
    """The links that explain each merge: `customer_id`, `former_id`, `step` (0, 1), `link`, `one`, `other`.

    `link` is the number of an identifier value, or below zero that of a pair in PAIRS; `one` and `other` are names of
    records. `numbered` has `component`, `customer_no`, `customer_id`.
    """
    import ibis

    merges = engine.create(MERGES, _merges(engine, previous, numbered), step="identity: merges")
    engine.create(PAIRS, _pairs(engine), step="identity: pairs that are joined")
    held = engine.create(HELD, _held(engine, previous), step="identity: links of merged customers")
    keys = ["link", "customer_no", "region"]
    named = held.group_by(keys).agg(name=held.name.min(), strength=held.strength.min(), value=held["value"].min())
    regions = engine.create(REGIONS, named, step="identity: regions of links")

    outward = _led(merges.join(regions.rename(one="name"), ["customer_no", "region"]), regions)
    direct = _best(outward.filter(outward.place < _NEW), "place", "strength", "value", "one", "to")
    open_ = outward.filter(outward.place == _NEW).anti_join(direct, ["customer_no", "region"])
    two = _over_somebody_new(open_, held, regions)
    rest = _best(open_.anti_join(two, ["customer_no", "region"]), "strength", "value", "one", "to")
    single = [
        found.select("customer_id", "former_id", step=ibis.literal(0, "int64"), link="link", one="one", other="to")
        for found in (direct, rest)
    ]
    first = two.select(
        "customer_id", "former_id", step=ibis.literal(0, "int64"), link="first", one="one", other="middle"
    )
    second = two.select(
        "customer_id", "former_id", step=ibis.literal(1, "int64"), link="link", one="middle", other="to"
    )
    return ibis.union(*single, first, second)


def _merges(engine: Engine, previous: Previous, numbered: ibis.Table) -> ibis.Table:
    overlap, kept = engine.table(OVERLAP), engine.table(KEPT)
    ended = overlap.anti_join(kept, "former").select("component", region="former")
    named = ended.join(previous.customers.select(region="customer_no", former_id="customer_id"), "region")
    owned = named.left_join(kept.select(component="component", own="former"), "component").drop("component_right")
    found = owned.join(numbered.select("component", "customer_no", "customer_id"), "component")
    return found.select("customer_no", "customer_id", "own", "region", "former_id")


def _pairs(engine: Engine) -> ibis.Table:
    """Decisions and matches as links of two nodes."""
    import ibis

    columns = ("left", "right", "kind", "decision", "weight", "probability")
    number, none = ibis.null("int64"), ibis.null("float64")
    decided = engine.table(DECIDED)
    same = decided.filter(decided.kind == "same").select("left", "right", decision="number")
    parts = [same.mutate(kind=ibis.literal("decision"), weight=none, probability=none).select(*columns)]
    if engine.has("identity_matches"):
        nodes = engine.table("identity_nodes").semi_join(engine.table(MERGES), "customer_no")
        records = nodes.filter(nodes.record_key.notnull()).group_by("source", "record_key").agg(node=nodes.node.min())
        matches = engine.table("identity_matches")
        found = matches.filter(matches.status == "joined")
        for side in ("left", "right"):
            named = records.rename({f"{side}_source": "source", f"{side}_key": "record_key", side: "node"})
            found = found.join(named, [f"{side}_source", f"{side}_key"])
        parts.append(found.mutate(kind=ibis.literal("match"), decision=number).select(*columns))
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return both.mutate(link=-1 - ibis.row_number())


def _held(engine: Engine, previous: Previous) -> ibis.Table:
    """The links of all customers that took in others, a row per node that a link joins."""
    import ibis

    nodes = _nodes(engine, previous)
    edges, values, pairs = engine.table("identity_edges"), engine.table("identity_values"), engine.table(PAIRS)
    ranks = engine.table(TYPES).select("type", strength="rank")
    links = values.filter(values.status == "links").join(ranks, "type").select("number", "strength", "value")
    used = edges.filter(~edges.cut).semi_join(nodes, "node").join(links, "number")
    strength = (pairs.kind == "decision").ifelse(_DECISION, _MATCH).cast("int64")
    ends = [pairs.select("link", node=side, strength=strength, value=ibis.literal("")) for side in ("left", "right")]
    every = ibis.union(used.select("node", "strength", "value", link="number").select(*ends[0].columns), *ends)
    columns = ("link", "node", "name", "customer_no", "region", "strength", "value")
    held = every.join(nodes, "node").select(*columns)
    # A value comes from whoever had it, also where no record of theirs is left.
    owners = _former_owners(engine, previous).select("region", link="number")
    own = held.select("link", "customer_no", "strength", "value").distinct().join(owners, "link")
    none = {"node": ibis.null("int64"), "name": ibis.null("string")}
    return ibis.union(held, own.mutate(**none).select(*columns))


def _nodes(engine: Engine, previous: Previous) -> ibis.Table:
    """The nodes of merged customers with their region: `node`, `name`, `customer_no`, `region`."""
    import ibis

    nodes = engine.table("identity_nodes").semi_join(engine.table(MERGES), "customer_no")
    former = previous.identity.select("source", "record_key", region="customer_no")
    records = nodes.filter(nodes.record_key.notnull()).left_join(former, ["source", "record_key"])
    name = record_name(records.source, records.record_key)
    of_records = records.select("node", "customer_no", "region", name=name)
    # A combination seen in facts comes from whom all of its values that were known come from.
    seen = nodes.filter(nodes.record_key.isnull()).select("node", "customer_no")
    owned = engine.table("identity_edges").semi_join(seen, "node").join(_former_owners(engine, previous), "number")
    one = owned.group_by("node").agg(region=owned.region.min(), last=owned.region.max())
    known = seen.left_join(one, "node").select("node", "customer_no", "region", "last")
    only = (known.region == known["last"]).ifelse(known.region, None)
    of_facts = known.select("node", "customer_no", region=only, name=ibis.null("string"))
    return ibis.union(of_records, of_facts)


def _former_owners(engine: Engine, previous: Previous) -> ibis.Table:
    """The former customer of each value that joins: `number`, `region`."""
    values = engine.table("identity_values")
    key = [name for name in ("type", "scope", "value") if name in previous.identifiers.columns]
    former = previous.identifiers.select(*key, region="customer_no")
    return values.filter(values.status == "links").join(former, key).select("number", "region")


def record_name(source: ibis.StringValue, record_key: ibis.StringValue) -> ibis.StringValue:
    """How a record is called in decisions, commands and evidence."""
    return source + "/" + record_key


def _led(found: ibis.Table, regions: ibis.Table) -> ibis.Table:
    """Where each link of `found` (`customer_no`, `region`, `own`, `link` …) leads: adds `place` and `to` (a name).

    A link may have holders in any number of regions; the one that keeps the id comes first, then the smallest.
    """
    import ibis

    known, key = regions.filter(regions.region.notnull()), ["link", "customer_no"]
    order = ibis.window(group_by=[known.link, known.customer_no], order_by=known.region)
    placed = known.mutate(number=ibis.row_number().over(order))
    of_own = known.select("link", "customer_no", own="region", own_name="name", is_own=ibis.literal(True))
    first, second = (
        placed.filter(placed.number == number).select(
            "link", "customer_no", **{f"region_{number}": placed.region, f"name_{number}": placed.name}
        )
        for number in (0, 1)
    )
    new = regions.filter(regions.region.isnull())
    of_new = new.select("link", "customer_no", new_name="name", is_new=ibis.literal(True))
    columns = found.columns
    for more, on in ((of_own, [*key, "own"]), (first, key), (second, key), (of_new, key)):
        found = found.left_join(more, on)
        found = found.select(name for name in found.columns if not name.endswith("_right"))
    own = found.is_own.notnull() & (found.own != found.region)
    elsewhere = found.region_0 != found.region
    other = elsewhere | found.region_1.notnull()
    cases = ((own, _OWN), (other, _OTHER), (found.is_new.notnull(), _NEW))
    names = ((own, found.own_name), (elsewhere, found.name_0), (other, found.name_1))
    placed = found.mutate(place=ibis.cases(*cases, else_=None), to=ibis.cases(*names, else_=found.new_name))
    return placed.filter(placed.place.notnull()).select(*columns, "place", "to")


def _over_somebody_new(open_: ibis.Table, held: ibis.Table, regions: ibis.Table) -> ibis.Table:
    """Merges whose links lead to somebody new only, whose other links lead on: `first`, `middle`, `link`, `to`."""
    new = held.filter(held.region.isnull()).select("link", "customer_no", "node", middle="name")
    reached = open_.drop("place", "to").join(new, ["link", "customer_no"]).rename(first="link", before="strength")
    reached = reached.rename(said="value")
    onward = held.select("node", "link", "strength", "value")
    steps = reached.join(onward, "node")
    led = _led(steps.filter(steps.link != steps.first), regions)
    led = led.filter(led.place < _NEW)
    return _best(led, "place", "before", "strength", "said", "value", "one", "middle", "to")


def _best(found: ibis.Table, *order: str) -> ibis.Table:
    """The first link of each merge in the order of columns."""
    import ibis

    window = ibis.window(group_by=[found.customer_no, found.region], order_by=[found[name] for name in order])
    numbered = found.mutate(best=ibis.row_number().over(window))
    return numbered.filter(numbered.best == 0).drop("best")
