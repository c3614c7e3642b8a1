"""Customers that live together: those who share a phone, an address, or whatever a project says makes a household.

A household is not a customer: its members keep their own profiles. What joins nobody into one customer – a family's
telephone on more member cards than one person has – is what tells a household.

`households`         `household_id`, `size`, `shares` (what holds it together: `phone, address`), `head` (customer_id)
`household_members`  `household_id`, `customer_no`, `customer_id`, `role` (head; else the relation to the head, where
                     one is known: child, spouse, family …; else member), `shares` (what the member has in common)
`household_issues`   `kind` (shared: more customers than a household has members have the value; crowded: it would have
                     made a household of too many), `shares`, `value` (masked), `customers`, `limit`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import of_ibis
from huaxiang.expressions import Scope, compile_expression
from huaxiang.identity.capacity import grouped
from huaxiang.identity.groups import Situation
from huaxiang.identity.household_keys import KEYS, SHARED, write_keys
from huaxiang.identity.household_roles import HEAD, write_roles
from huaxiang.identity.issues import masked
from huaxiang.identity.spec import HouseholdsSpec
from huaxiang.identity.stay import Former, stay

if TYPE_CHECKING:
    import ibis

HOUSEHOLDS, MEMBERS, ISSUES = "households", "household_members", "household_issues"
_JOINED, _HELD, _ROLES = "_household_joined", "_household_held", "_household_roles"


def write_households(now: Situation, spec: HouseholdsSpec) -> ibis.Table:
    """Write `households`, `household_members` and `household_issues`; return the members.

    Reads `customers`, `attributes`, `identifiers`, `identity_nodes`, `identity_values`, `identity_edges`. A household
    keeps its id as customers do: it takes over that of the former household with which it shares most members.
    Equal inputs give equal households, whatever the order of rows.
    """
    engine = now.engine
    write_keys(engine, spec, eligible(now, spec))
    refused = _join(now, spec)
    members = _write_members(now, spec)
    _write_issues(engine, spec, refused)
    for name in (KEYS, SHARED, _JOINED, _HELD, _ROLES):
        engine.drop(name)
    return members


def household_attributes(engine: Engine) -> ibis.Table:
    """What the household says about each member: `core.tables.GIVEN` of `household_members`."""
    members, households = engine.table(MEMBERS), engine.table(HOUSEHOLDS)
    sized = members.join(households.select("household_id", household_members="size"), "household_id")
    return sized.select("customer_no", "household_id", "household_members", household_role="role")


def eligible(now: Situation, spec: HouseholdsSpec) -> ibis.Table:
    """The customers who may be in a household, with their attributes."""
    attributes = now.engine.table("attributes")
    if spec.where is None:
        return attributes
    return attributes.filter(expression(spec, "where", attributes, now.moment).fill_null(False))


def expression(spec: HouseholdsSpec, key: str, attributes: ibis.Table, moment: Moment | None) -> Any:
    """The value of the expression `key` of the definition over the surviving attributes."""
    types = {name: of_ibis(dtype) for name, dtype in attributes.schema().items()}
    compiled = compile_expression(getattr(spec, key), Scope(types, "households"), spec.place(key))
    return compiled.ibis(attributes, moment)  # type: ignore[arg-type]


def _join(now: Situation, spec: HouseholdsSpec) -> set[int]:
    """Write who is in which household, with its id; the numbers of the values that would have made one too large."""
    import numpy as np
    import pyarrow as pa

    engine = now.engine
    keys, shared = engine.table(KEYS), engine.table(SHARED)
    edges = keys.join(shared.filter(shared.customers <= spec.limit), ["place", "value"])
    arrow = engine.arrow(
        edges.select("customer_no", "number").order_by("number", "customer_no"), step="households: keys"
    )
    numbers, member = np.unique(arrow["customer_no"].to_numpy(), return_inverse=True)
    value = arrow["number"].to_numpy()
    group, refused = grouped(len(numbers), member, value, spec.limit)
    # A household has two members at least; whom only refused values hold is alone.
    sizes = np.bincount(group, minlength=len(numbers))
    inside = sizes[group] > 1
    names = _customer_ids(engine, numbers)
    former = Former.of(engine, now.former.get(MEMBERS), group="household_id", member="customer_id")
    ids = stay("h_", group[inside], [names[place] for place in np.flatnonzero(inside).tolist()], former)
    joined = pa.table({"household_id": pa.array(ids, pa.string()), "customer_no": numbers[inside].astype(np.int64)})
    engine.create(_JOINED, joined, step="households: members")
    left = pa.table({"number": pa.array(sorted(refused), pa.int64())})
    held = edges.anti_join(engine.create(_HELD, left, step="households: refused values"), "number")
    engine.create(_HELD, held.select("customer_no", "place").distinct(), step="households: what members share")
    return refused


def _customer_ids(engine: Engine, numbers: Any) -> list[str]:
    """The `customer_id` of each number, which rise; numbers may have gaps, as they stay from build to build."""
    import numpy as np

    customers = engine.table("customers").select("customer_no", "customer_id").order_by("customer_no")
    found = engine.arrow(customers, step="households: ids of customers")
    places = np.searchsorted(found["customer_no"].to_numpy(), numbers)
    return list(found["customer_id"].take(places).to_pylist())


def _write_members(now: Situation, spec: HouseholdsSpec) -> ibis.Table:
    import ibis

    engine = now.engine
    attributes, customers = engine.table("attributes"), engine.table("customers")
    joined = engine.table(_JOINED).join(customers.select("customer_no", "customer_id"), "customer_no")
    ranked = joined.left_join(attributes.select("customer_no", _order=_order(now, spec, attributes)), "customer_no")
    window = ibis.window(
        group_by="household_id", order_by=[ibis.asc(ranked["_order"], nulls_first=False), "customer_id"]
    )
    first = ranked.mutate(_first=ibis.row_number().over(window) == 0)
    headed = first.select("household_id", "customer_no", "customer_id", head="_first")
    write_roles(engine, _ROLES, headed, now.tables.get("relations"), now.types)
    members = engine.table(_ROLES).left_join(_shares(engine, spec, "customer_no"), "customer_no")
    written = engine.create(
        MEMBERS,
        members.select("household_id", "customer_no", "customer_id", "role", "shares").order_by(
            "household_id", "customer_no"
        ),
        step="households: members",
    )
    heads = written.filter(written.role == HEAD).select("household_id", head="customer_id")
    sizes = written.group_by("household_id").agg(size=written.count())
    by_household = engine.table(_HELD).join(written.select("household_id", "customer_no"), "customer_no")
    whole = _named_shares(by_household.select("household_id", "place"), spec, "household_id")
    content = sizes.join(whole, "household_id").join(heads, "household_id")
    engine.create(
        HOUSEHOLDS,
        content.select("household_id", "size", "shares", "head").order_by("household_id"),
        step="households: households",
    )
    return written


def _order(now: Situation, spec: HouseholdsSpec, attributes: ibis.Table) -> Any:
    """By what the head comes first: the highest value of the definition's expression, else who registered first."""
    import ibis

    if spec.head is None:
        return attributes["registered_at"] if "registered_at" in attributes.columns else ibis.null("timestamp")
    place = ibis.dense_rank().over(
        ibis.window(order_by=ibis.desc(expression(spec, "head", attributes, now.moment), nulls_first=False))
    )
    return place.cast("int64")


def _shares(engine: Engine, spec: HouseholdsSpec, key: str) -> ibis.Table:
    return _named_shares(engine.table(_HELD), spec, key)


def _named_shares(held: ibis.Table, spec: HouseholdsSpec, key: str) -> ibis.Table:
    """The names of the keys that somebody shares, in the order of the definition: `key`, `shares`."""
    import ibis

    grouped_ = held.group_by(key).agg(**{f"_{place}": (held.place == place).any() for place in range(len(spec.by))})
    parts = [grouped_[f"_{place}"].ifelse(f", {each.title}", "") for place, each in enumerate(spec.by)]
    text = parts[0]
    for part in parts[1:]:
        text = text + part
    return grouped_.select(key, shares=ibis.coalesce(text.substr(2), ""))


def _write_issues(engine: Engine, spec: HouseholdsSpec, refused: set[int]) -> None:
    import ibis

    shared = engine.table(SHARED)
    kind = ibis.cases(
        (shared.customers > spec.limit, "shared"), (shared.number.isin([*sorted(refused), -1]), "crowded")
    )
    named = ibis.cases(*((shared.place == place, each.title) for place, each in enumerate(spec.by)))
    issues = shared.select(
        kind=kind, shares=named, value=masked(shared["value"]), customers="customers",
        limit=ibis.literal(spec.limit, "int64"),
    )  # fmt: skip
    content = issues.filter(issues.kind.notnull()).order_by(ibis.desc("customers"), "shares", "value", "kind")
    engine.create(ISSUES, content, step="households: issues")
