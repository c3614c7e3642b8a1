"""Who the members of a household are to each other: its head, and what the others are to the head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.identity.attach import with_customer
from huaxiang.identity.spec import IdentifierSpec

if TYPE_CHECKING:
    import ibis

HEAD, MEMBER = "head", "member"
_RELATED = "_household_related"

MUTUAL = (
    "family",
    "relative",
    "spouse",
    "partner",
    "sibling",
    "friend",
    "colleague",
    "配偶",
    "夫妻",
    "亲属",
    "家人",
    "兄弟姐妹",
)
"""Relations that hold both ways: whose spouse I am is my spouse."""


def write_roles(
    engine: Engine,
    name: str,
    members: ibis.Table,
    relations: ibis.Table | None,
    types: Mapping[str, IdentifierSpec],
) -> ibis.Table:
    """Write `members` (`household_id`, `customer_no`, `customer_id`, `head`) with their `role` as table `name`.

    The role is *head*; what the relation of the head to the member is (`relations.kind`), or the other way round where
    it holds both ways; else *member*. `relations.other` names the other by a value of any type of identifier.
    """
    import ibis

    members = engine.create(name, members, step="households: heads")
    if relations is None or "other" not in relations.columns:
        kinds = members.limit(0).select("customer_no", kind=ibis.literal(""))
    else:
        kinds = _relation_to_head(engine, members, relations, types)
    found = members.left_join(kinds, "customer_no")
    role = found["head"].ifelse(HEAD, ibis.coalesce(found["kind"], MEMBER))
    content = found.select("household_id", "customer_no", "customer_id", role=role)
    written = engine.create(name, content, step="households: roles")
    engine.drop(_RELATED)
    return written


def _relation_to_head(
    engine: Engine, members: ibis.Table, relations: ibis.Table, types: Mapping[str, IdentifierSpec]
) -> ibis.Table:
    """What each member is to the head of its household: `customer_no`, `kind`; of several the first in the alphabet."""
    import ibis

    identifiers = engine.table("identifiers")
    own = with_customer(relations, identifiers, types).select("kind", "other", "_source", one="customer_no")
    named = own.filter(own.one.notnull(), own.other.notnull())
    ids = {f"id_{type_}": cleaned(named.other, spec.clean) for type_, spec in types.items() if spec.scope is None}
    both = with_customer(named.mutate(**ids), identifiers, types).select("kind", "one", two="customer_no")
    related = engine.create(_RELATED, both.filter(both.two.notnull()).distinct(), step="households: relations")
    heads = members.filter(members["head"]).select("household_id", chief="customer_no")
    pairs = members.filter(~members["head"]).join(heads, "household_id").select("customer_no", "chief")
    of_head = pairs.join(related, [pairs.chief == related.one, pairs.customer_no == related.two])
    to_head = pairs.join(related, [pairs.customer_no == related.one, pairs.chief == related.two])
    mutual = to_head.filter(to_head.kind.isin(MUTUAL))
    ranked = ibis.union(
        of_head.select("customer_no", "kind", rank=ibis.literal(0)),
        mutual.select("customer_no", "kind", rank=ibis.literal(1)),
    )
    first = ibis.row_number().over(ibis.window(group_by="customer_no", order_by=[ranked["rank"], ranked.kind]))
    placed = ranked.mutate(_first=first)
    return placed.filter(placed["_first"] == 0).select("customer_no", "kind")
