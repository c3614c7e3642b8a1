"""The household and the accounts that one customer belongs to."""

from __future__ import annotations

from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.service.lookups import KEY


def household(engine: Engine, number: int) -> dict[str, Any] | None:
    """`household_id`, `size`, `shares` and the `members` (`customer_id`, `role`, `shares`); None for who has none."""
    if not engine.has("household_members"):
        return None
    members, households = engine.table("household_members"), engine.table("households")
    mine = members.filter(members[KEY] == number).select("household_id")
    found = engine.rows(households.semi_join(mine, "household_id"), step="household")
    if not found:
        return None
    listed = members.semi_join(mine, "household_id").order_by("customer_id").select("customer_id", "role", "shares")
    return {**found[0], "members": engine.rows(listed, step="household members")}


def accounts(engine: Engine, number: int) -> list[dict[str, Any]]:
    """The companies whose contact the customer is, a row per role.

    A row has `account_key`, `name`, `role`, `title`, `joined_by` (what names the company there).
    """
    if not engine.has("account_contacts"):
        return []
    contacts, companies = engine.table("account_contacts"), engine.table("accounts")
    mine = contacts.filter(contacts[KEY] == number).join(companies.select("account_key", "name"), "account_key")
    columns = ("account_key", "name", "role", "title", "joined_by")
    return engine.rows(mine.select(*columns).order_by("name", "account_key", "role"), step="accounts of the customer")
