"""What the client gives back. Keys that a newer server adds are in `more`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

Values = dict[str, Any]


@dataclass(frozen=True)
class _Answer:
    """The base: `more` holds what the answer has beside the fields."""

    more: Values = field(default_factory=dict, kw_only=True, repr=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """The answer of the server."""
        names = {each.name for each in fields(cls)} - {"more"}
        known = {name: value for name, value in answer.items() if name in names}
        return cls(**known, more={name: value for name, value in answer.items() if name not in names})


@dataclass(frozen=True)
class Profile(_Answer):
    """All of one customer. `tags` has no key for tags without a value; masked values are text such as `****`."""

    customer_id: str
    tags: Values
    segments: list[str]
    identifiers: list[Values]
    former: str | None = None


@dataclass(frozen=True)
class Customer(_Answer):
    """A customer of a list, with the tags that were asked for."""

    customer_id: str
    tags: Values


@dataclass(frozen=True)
class LookedUp(_Answer):
    """One of the customers who were looked up; `customer_id` is None where `error` says why there is none."""

    identifier: str
    customer_id: str | None
    tags: Values | None = None
    segments: list[str] | None = None
    error: dict[str, str] | None = None


@dataclass(frozen=True)
class Event(_Answer):
    """Something that a customer did or got; `at` is in ISO 8601."""

    table: str
    at: str
    values: Values


@dataclass(frozen=True)
class Tag(_Answer):
    """A tag of the catalog."""

    name: str
    label_en: str
    label_zh: str
    kind: str
    type: str
    privacy: str


@dataclass(frozen=True)
class Segment(_Answer):
    """A segment; `size` and `share` are None where it is too small to be told."""

    name: str
    label_en: str
    label_zh: str
    rule: str
    size: int | None
    share: float | None


@dataclass(frozen=True)
class Count(_Answer):
    """How many a rule holds; the truth is within `margin`. `count` is None where they may be too few to be told."""

    count: int | None
    margin: int
    of: int


@dataclass(frozen=True)
class Kept(_Answer):
    """How many messages were kept, and how many were there already."""

    kept: int
    repeated: int
