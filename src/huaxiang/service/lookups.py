"""Whom an id or an identifier names, also an id that has gone into another customer since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.project.loaded import LoadedProject

KEY = "customer_no"


@dataclass(frozen=True)
class Found:
    """A customer; `former` is the id that was asked for where it has gone into this one."""

    number: int
    customer_id: str
    former: str | None = None


def look_up(engine: Engine, project: LoadedProject, identifier: str) -> Found:
    """The customer with a `customer_id`, present or former, or with an identifier `type:value` or `type:value@scope`.

    Raises:
        NotFoundError: nobody has it.
        UsageError: there is no such type of identifier, or the value names somebody else in each scope.
    """
    type_, separator, value = identifier.partition(":")
    if separator:
        return _by_identifier(engine, project, type_, value)
    present = present_id(engine, identifier)
    customers = engine.table("customers")
    rows = engine.rows(customers.filter(customers.customer_id == present).select(KEY), step="find customer")
    if not rows:
        raise nobody_by_id(identifier)
    return Found(int(rows[0][KEY]), present, None if present == identifier else identifier)


def present_id(engine: Engine, customer_id: str) -> str:
    """The id by which a customer is known now: its own, or that of the customer that it was merged into since."""
    customers = engine.table("customers")
    seen: set[str] = set()
    while customer_id not in seen:
        seen.add(customer_id)
        own = customers.filter(customers.customer_id == customer_id).select("customer_id")
        if engine.rows(own, step="is this id in use") or not engine.has("identity_history"):
            break
        history = engine.table("identity_history")
        merged = history.filter(history.kind == "merged", history.other == customer_id)
        rows = engine.rows(merged.select("customer_id", "records", "built_at"), step="where did this id go")
        if not rows:
            break
        customer_id = max(rows, key=lambda row: (row["built_at"], row["records"], row["customer_id"]))["customer_id"]
    return customer_id


def nobody_by_id(customer_id: str) -> NotFoundError:
    """That no customer has an id."""
    return NotFoundError(f"There is no customer '{customer_id}'. Look one up as type:value, such as phone:13….")


def nobody_by_value(type_: str, value: str) -> NotFoundError:
    """That no customer has an identifier."""
    return NotFoundError(f"Nobody is known by {type_}:{value}.")


def _by_identifier(engine: Engine, project: LoadedProject, type_: str, value: str) -> Found:
    identifiers, customers = engine.table("identifiers"), engine.table("customers")
    named = identifiers.value.isin(_spellings(engine, project, type_, value))
    # Snapshots of before there were scopes have none.
    scoped = "scope" in identifiers.columns
    plain, _, scope = value.rpartition("@")
    if scoped and plain:
        within = identifiers.value.isin(_spellings(engine, project, type_, plain)) & (identifiers.scope == scope)
        named = named | within
    same = identifiers.filter((identifiers.type == type_) & named).join(customers, KEY)
    columns = (KEY, "customer_id", "value", *(["scope"] if scoped else []))
    rows = engine.rows(same.select(*columns).order_by(*columns), step="find customer")
    # A value that somebody has exactly as it is written is not cleaned any further.
    rows = [row for row in rows if row["value"] == value] or rows
    if not rows:
        raise nobody_by_value(type_, value)
    if len({row[KEY] for row in rows}) > 1:
        raise UsageError(f"{type_}:{value} names several customers. Name one: {_choices(type_, rows)}.")
    return Found(int(rows[0][KEY]), rows[0]["customer_id"])


def _choices(type_: str, rows: list[dict[str, Any]]) -> str:
    """The value with each of its scopes; where they don't tell the customers apart (look-up types), their ids."""
    scopes = {row.get("scope", "") for row in rows}
    named = [f"{type_}:{row['value']}@{row['scope']}" if len(scopes) > 1 else row["customer_id"] for row in rows]
    return ", ".join(sorted(set(named)))


def _spellings(engine: Engine, project: LoadedProject, type_: str, value: str) -> list[str]:
    """The value as it was typed, and as the type's cleaning writes it."""
    import ibis

    mapped = project.identifier_names
    if type_ not in mapped:
        raise UsageError(f"'{type_}' is no type of identifier here. Types: {', '.join(sorted(mapped))}.")
    spelled = cleaned(ibis.literal(value), project.identifiers[type_].clean)
    table = engine.table("customers").limit(1).select(value=spelled)
    return [value, *(row["value"] for row in engine.rows(table, step="clean identifier") if row["value"])]
