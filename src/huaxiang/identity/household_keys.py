"""What customers share that makes a household of them: values of identifiers, and attributes.

Working tables, dropped when households are done:

    _household_keys    customer_no, place (of the key in the definition), value
    _household_shared  number (by strength: place, customers, value), place, value, customers: of two customers or more
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.expressions.functions.addresses import is_home
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.expressions.functions.distinct import on_distinct
from huaxiang.identity.spec import HouseholdKey, HouseholdsSpec

if TYPE_CHECKING:
    import ibis

KEYS, SHARED = "_household_keys", "_household_shared"

NAMES_SOMEBODY = ("links", "lookup", "over_limit")
"""The states of identifier values that may tell a household: neither junk nor malformed."""

_BETWEEN = "\x1f"
_COMPOUND = (
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|夏侯|诸葛|尉迟|皇甫|宇文|长孙|慕容|令狐|司徒|轩辕|百里|公孙|申屠|闻人"
)
_HAN_NAME = rf"^({_COMPOUND}|[\x{{4E00}}-\x{{9FFF}}])"


def write_keys(engine: Engine, spec: HouseholdsSpec, eligible: ibis.Table) -> None:
    """Write the working tables. `eligible` are the attributes of the customers who may be in a household."""
    import ibis

    types = {
        row["type"] for row in engine.rows(engine.table("identity_values").select("type").distinct(), step="types")
    }
    parts = []
    for place, key in enumerate(spec.by):
        held = _of_identifier(engine, key.on[0]) if key.is_identifier(types) else _of_attributes(eligible, key)
        if held is None:
            continue
        if key.surname:
            held = _with_surname(held, eligible)
        parts.append(held.select("customer_no", place=ibis.literal(place, "int64"), value=held["value"]))
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else _nothing(eligible)
    of_eligible = whole.semi_join(eligible, "customer_no").distinct()
    keys = engine.create(KEYS, of_eligible, step="households: what customers have")
    counted = keys.group_by("place", "value").agg(customers=keys.count())
    several = counted.filter(counted.customers > 1)
    strength = ibis.window(order_by=[several.place, several.customers, several["value"]])
    numbered = several.mutate(number=ibis.row_number().over(strength).cast("int64"))
    engine.create(SHARED, numbered, step="households: what customers share")


def _of_identifier(engine: Engine, type_: str) -> ibis.Table:
    """Who has a value of the type on any record or fact, also where it joined nobody: that is what families share."""
    nodes, values, edges = (engine.table(f"identity_{name}") for name in ("nodes", "values", "edges"))
    of_type = values.filter(values.type == type_, values.status.isin(NAMES_SOMEBODY))
    scoped = of_type.select(
        "number", value=(of_type.scope == "").ifelse("", of_type.scope + _BETWEEN) + of_type["value"]
    )
    owned = nodes.filter(nodes.customer_no.notnull()).select("node", "customer_no")
    held = edges.select("node", "number").join(scoped, "number").join(owned, "node")
    return held.select("customer_no", "value").distinct()


def _of_attributes(eligible: ibis.Table, key: HouseholdKey) -> ibis.Table | None:
    """The surviving values of the key's attributes as one text; null where one is missing."""
    if any(name not in eligible.columns for name in key.on):
        return None
    texts = [_address(eligible) if name == "address" else _text(eligible[name]) for name in key.on]
    value = texts[0]
    for text in texts[1:]:
        value = value + _BETWEEN + text
    held = eligible.select("customer_no", value=value)
    return held.filter(held["value"].notnull())


def _text(value: Any) -> Any:
    return value.cast("string").lower().strip().nullif("")


_home = on_distinct("home", lambda text: text if is_home(text) else None)


def _address(customers: ibis.Table) -> Any:
    """One spelling of the address, behind the city where only the attribute names it; null where it is no home."""
    import ibis

    address = customers["address"]
    city = ibis.null("string")
    for name in ("city", "province"):
        if name in customers.columns:
            city = ibis.coalesce(city, customers[name])
    region = cleaned(address, ("address_city",)).isnull().ifelse(ibis.coalesce(city, ""), "")
    return _home(cleaned(region + address, ("address",)).lower())


def _with_surname(held: ibis.Table, eligible: ibis.Table) -> ibis.Table:
    """The keys with the family name behind them; without a name there is no key."""
    import ibis

    surname = ibis.null("string")
    if "name" in eligible.columns:
        name = _text(eligible["name"])
        western = ibis.ifelse(name.contains(" "), name.re_extract(r"(\S+)$", 1), ibis.null("string"))
        surname = ibis.coalesce(name.re_extract(_HAN_NAME, 1).nullif(""), western)
    if "family_name" in eligible.columns:
        surname = ibis.coalesce(_text(eligible["family_name"]), surname)
    named = eligible.select("customer_no", _surname=surname)
    joined = held.join(named.filter(named["_surname"].notnull()), "customer_no")
    return joined.select("customer_no", value=joined["value"] + _BETWEEN + joined["_surname"])


def _nothing(eligible: ibis.Table) -> ibis.Table:
    import ibis

    return eligible.limit(0).select("customer_no", place=ibis.literal(0, "int64"), value=ibis.literal(""))
