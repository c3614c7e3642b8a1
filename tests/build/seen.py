"""What a build says, as plain values that can be compared."""

from __future__ import annotations

from typing import Any

from huaxiang.service.builds import Build

Rows = list[dict[str, Any]]


def table(build: Build, name: str, *columns: str) -> Rows:
    """The rows of a table of the snapshot."""
    found = build.engine.table(name)
    return build.engine.rows(found.select(*columns) if columns else found, step=f"read {name}")


def profiles(build: Build) -> dict[str, dict[str, Any]]:
    """All tags by customer id."""
    return {row.pop("customer_id"): row for row in build.engine.rows(build.profiles, step="read profiles")}


def identity(build: Build) -> dict[tuple[str, str], str]:
    """The customer id of each record."""
    rows = table(build, "identity", "source", "record_key", "customer_id")
    return {(row["source"], row["record_key"]): row["customer_id"] for row in rows}


def identifiers(build: Build) -> set[tuple[str, str, str]]:
    """The identifier values that somebody is known by, each with the customer id."""
    ids = {row["customer_no"]: row["customer_id"] for row in table(build, "customers")}
    return {(row["type"], row["value"], ids[row["customer_no"]]) for row in table(build, "identifiers")}


def members(build: Build) -> set[tuple[str, str]]:
    """Who is in which segment."""
    return {(row["segment"], row["customer_id"]) for row in table(build, "segments")}


def everything(build: Build) -> dict[str, Any]:
    """Profiles, identity and segments: what must not depend on what happens later."""
    return {
        "profiles": profiles(build),
        "identity": identity(build),
        "identifiers": identifiers(build),
        "members": members(build),
    }


def balance(build: Build) -> dict[str, dict[str, int]]:
    """The account of each source with a single feed: read, used, quarantined, deduplicated, set_aside."""
    parts = ("read", "used", "quarantined", "deduplicated", "set_aside")
    return {row["source"]: {part: row[part] for part in parts} for row in table(build, "balance")}


def tags_of(build: Build, identifier: str) -> dict[str, Any]:
    """All tags of one customer."""
    return profiles(build)[build.customer(identifier)["customer_id"]]
