"""Single customers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from huaxiang.api.models.common import Answer, Label, Page, Question

Values = dict[str, Any]
"""Name of a tag → its value as the caller sees it: money and numbers as numbers, days and moments in ISO 8601."""


class IdentifierModel(Answer):
    """A value that names a customer, masked for those who may not see it."""

    type: str
    value: str


class RecordModel(Answer):
    """A row of a source that is about the customer."""

    source: str
    record_key: str | None


class ConflictModel(Answer):
    """An attribute of which the records of a customer say different things."""

    attribute: str
    label: Label
    value: Any
    source: str | None
    record_key: str | None
    others: list[dict[str, Any]]


class Profile(Answer):
    """All of one customer."""

    customer_id: str
    former: str | None = Field(description="The id that was asked for, where it has gone into this one.")
    identifiers: list[IdentifierModel]
    records: list[RecordModel]
    conflicts: list[ConflictModel]
    household: dict[str, Any] | None
    accounts: list[dict[str, Any]]
    segments: list[str]
    tags: Values


class Traits(Answer):
    """The tags of one customer."""

    customer_id: str
    tags: Values


class Identifiers(Answer):
    """What a customer is known by."""

    customer_id: str
    identifiers: list[IdentifierModel]
    records: list[RecordModel]


class Membership(Answer):
    """A segment that the customer is in."""

    name: str
    label_en: str
    label_zh: str
    group: str


class Memberships(Answer):
    """The segments that a customer is in."""

    customer_id: str
    segments: list[Membership]


class EventModel(Answer):
    """Something that the customer did or got."""

    table: str
    at: str
    values: dict[str, Any]
    source: str | None
    record_key: str | None


class FactTable(Answer):
    """A table of facts."""

    name: str
    label: Label
    columns: dict[str, Label]


class Events(Page[EventModel]):
    """What a customer did and got, the newest first."""

    customer_id: str
    tables: list[FactTable]


class Listing(Answer):
    """A customer of a list."""

    customer_id: str
    tags: Values


class Found(Answer):
    """A customer whom a search found, and what by."""

    customer_id: str
    matched: str = Field(description="`customer_id`, `name`, or the type of identifier.")
    value: str


class Lookup(Question):
    """Customers to be looked up together."""

    identifiers: list[str] = Field(max_length=1000, description="Ids, or identifiers as `type:value`.")
    tags: list[str] | None = Field(None, max_length=500, description="The tags that are told; null: all.")


class LookedUp(Answer):
    """One of the customers who were looked up: `customer_id` is null where `error` says why there is none."""

    identifier: str
    customer_id: str | None
    tags: Values | None = None
    segments: list[str] | None = None
    error: dict[str, str] | None = None


class Point(Answer):
    """A value at a moment."""

    value: Any = None


class History(Answer):
    """A tag over time."""

    customer_id: str
    tag: str
    label: Label
    every: str
    points: list[Point]
    snapshots: list[Point]


class Reasons(Answer):
    """How a value came about."""

    customer_id: str
    as_of: str
    tag: str
    kind: str
    value: Any
    definition: dict[str, Any]
    rests_on: dict[str, Any]


class MembershipReasons(Answer):
    """Why a customer is in a segment, or is not."""

    customer_id: str
    segment: str
    member: bool
    parts: list[dict[str, Any]]


class LiveProfile(Answer):
    """One customer now, with the live messages since the build."""

    customer_id: str
    former: str | None
    as_of: str
    snapshot: str
    live: int
    as_of_snapshot: list[str]
    segments: list[str]
    tags: Values
