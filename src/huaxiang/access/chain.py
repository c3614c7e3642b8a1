"""The entries of the audit trail, and the chain of hashes that shows whether one was changed or taken out."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Outcome = Literal["done", "refused", "failed"]

BEFORE_THE_FIRST = "0" * 64
"""What the first entry has for the hash of the one before it."""

_TEXTS = ("actor", "role", "via", "address", "action", "subject")

LONGEST = 300
"""Characters that are kept of a text."""


@dataclass(frozen=True)
class Entry:
    """Who did what, when, from where.

    `action` is a use case of the desk or what happened at the door (`sign_in`). `subject` names what it was about: a
    customer_id, a segment, a user – never the value of an identifier or a tag, nor may `detail` hold any.
    """

    at: datetime
    actor: str
    role: str
    via: str
    address: str
    action: str
    subject: str = ""
    outcome: Outcome = "done"
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """An entry in its place: `detail` is canonical JSON, `previous` the hash of the entry before, `hash` its own."""

    number: int
    at: datetime
    actor: str
    role: str
    via: str
    address: str
    action: str
    subject: str
    outcome: str
    detail: str
    previous: str
    hash: str = ""

    @property
    def computed(self) -> str:
        """The SHA-256 of the entry and of the hash before it."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("hash", "at")}
        told["at"] = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return hashlib.sha256(_canonical(told).encode()).hexdigest()


@dataclass(frozen=True)
class Head:
    """The last entry that was written: kept beside the database, so that cutting off the end is seen."""

    number: int = 0
    hash: str = BEFORE_THE_FIRST

    def signature(self, key: bytes) -> str:
        """The head, signed with a secret of the server's."""
        return hmac.new(key, f"{self.number} {self.hash}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Broken:
    """Where the chain breaks first, and how."""

    number: int
    why: str


def chained(entries: Iterable[Entry], head: Head) -> Iterator[Written]:
    """The entries as they are to be written after `head`."""
    number, previous = head.number, head.hash
    for entry in entries:
        number += 1
        texts = {name: _clean(getattr(entry, name)) for name in _TEXTS}
        detail = _canonical(entry.detail)
        open_ = Written(number, entry.at, **texts, outcome=entry.outcome, detail=detail, previous=previous)
        previous = open_.computed
        yield Written(**{**open_.__dict__, "hash": previous})


def first_break(rows: Iterable[Written], head: Head | None) -> tuple[Head, Broken | None]:
    """The last entry that is sound, and where the chain of all `rows` breaks; None where it does not.

    `head` is what was kept beside the database: entries up to it must be there, and it must be one of them.
    """
    sound = Head()
    for row in rows:
        if row.number != sound.number + 1:
            return sound, Broken(sound.number + 1, f"entries {sound.number + 1} to {row.number - 1} are missing")
        if row.previous != sound.hash:
            return sound, Broken(row.number, "it does not follow from the entry before it")
        if row.hash != row.computed:
            return sound, Broken(row.number, "it was changed")
        if head is not None and row.number == head.number and row.hash != head.hash:
            return sound, Broken(row.number, "it is not the entry that was the last one once: entries were replaced")
        sound = Head(row.number, row.hash)
    if head is not None and head.number > sound.number:
        return sound, Broken(sound.number + 1, f"entries {sound.number + 1} to {head.number} are missing")
    return sound, None


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode(errors="replace").decode()[:LONGEST]
