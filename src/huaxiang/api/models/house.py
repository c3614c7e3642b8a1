"""Builds, quality, identity and live messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from huaxiang.api.models.common import Answer, Label, Page, Question

Reason = Annotated[str, StringConstraints(max_length=2000)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Overview(Answer):
    """What is served here."""

    name: str
    label: Label
    build: dict[str, Any] | None


class BuildModel(Answer):
    """A build that is kept."""

    id: str
    as_of: str
    built_at: str
    serving: bool


class Difference(Answer):
    """What changed between two builds."""

    before: dict[str, Any]
    after: dict[str, Any]
    customers: dict[str, int]
    segments: list[dict[str, Any]]
    tags: list[dict[str, Any]]
    definitions: dict[str, Any]


class PlanModel(Answer):
    """What the next build would do."""

    as_of: str
    steps: list[dict[str, Any]]
    tags: list[str]
    segments: list[str]
    personas: list[str]
    left_out: list[dict[str, str]]


class Audit(Answer):
    """How good the data are."""

    scores: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]


class Score(Answer):
    """A score of a build."""

    build: str
    source: str | None
    dimension: str
    score: float | None


class SourceModel(Answer):
    """A source, and what became of its rows."""

    name: str
    label: Label
    kind: str
    place: str | None
    tables: list[str]
    read: int | None
    used: int | None
    quarantined: int | None
    score: float | None


class Mapping(Answer):
    """A column of a source, and what it fills."""

    source: str
    source_column: str
    target: str
    column: str
    privacy: str


class Rejected(Answer):
    """A row that was not used."""

    source: str
    target: str
    file: str | None
    row: int | None
    reason: str
    detail: str | None
    data: dict[str, Any]


class Quarantine(Page[Rejected]):
    """Rows that were not used."""

    reasons: list[dict[str, Any]]


class IdentityAudit(Answer):
    """How sound identity is."""

    measures: list[dict[str, Any]]
    clusters: list[dict[str, Any]]
    bridges: list[dict[str, Any]]
    issues: list[dict[str, Any]]


class Pair(Answer):
    """A pair of records that may be one person."""

    number: int
    records: list[str]
    customers: list[str | None]
    probability: float
    weight: float
    waterfall: list[dict[str, Any]]


class Review(Answer):
    """The pairs that wait for a decision, as `build` numbered them."""

    build: str | None
    pairs: list[Pair]


class Explained(Answer):
    """Why the records of a customer are one."""

    customer_id: str
    records: list[dict[str, Any]]
    identifiers: list[dict[str, Any]]
    cut: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    history: list[dict[str, Any]]


class IdentityHistory(Answer):
    """Merges and splits."""

    customer_id: str | None
    changes: list[dict[str, Any]]


class DecisionModel(Answer):
    """What somebody decided about who is who."""

    number: int
    key: str
    kind: str
    records: list[str]
    others: list[str]
    by: str
    at: str
    reason: str
    undone: dict[str, Any] | None
    status: str | None = None


class Verdict(Question):
    """Deciding about a pair: `build` is the one that numbered it."""

    build: str | None = Field(None, max_length=100)
    why: Reason = ""


class Merge(Question):
    """Customers who are one person."""

    identifiers: list[Identifier] = Field(min_length=2, max_length=100)
    why: Reason


class Split(Question):
    """Records of a customer who are somebody else."""

    identifier: Identifier
    records: list[Identifier] = Field(min_length=1, max_length=1000)
    why: Reason


class Undo(Question):
    """Taking back a decision."""

    why: Reason = ""


class LiveSource(Answer):
    """A live source."""

    name: str
    label: Label
    tables: list[str]


class Message(Answer):
    """A message in the shape of Segment: `userId` or `anonymousId`, and what its kind needs."""

    message_id: str | None = Field(
        None, alias="messageId", description="What makes it one message, however often it is sent."
    )
    user_id: str | int | None = Field(None, alias="userId")
    anonymous_id: str | int | None = Field(None, alias="anonymousId")
    timestamp: str | None = Field(None, description="When it happened, in ISO 8601; without it, now.")
    event: str | None = Field(None, description="Of track: what happened.")
    traits: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Batch(Answer):
    """Messages of any kind, each with its `type`."""

    batch: list[Message] = Field(min_length=1, max_length=1000)


class Appended(Answer):
    """How many messages were kept, and how many were there already. All are on disk."""

    success: bool
    kept: int
    repeated: int
