"""Findings: what is wrong, where, and what would be right. Collected, then shown together."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from huaxiang.core.messages import told
from huaxiang.core.text import Language

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, order=True)
class Location:
    """A place in a project's files. `line` counts from 1; 0 means the file as a whole."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Location()


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at.

    `code` is stable (`unknown_tag`); `message` says what is wrong and names what exists;
    `remedy` says what to do next. Both are English; `told` gives them in the reader's language.
    """

    code: str
    message: str
    at: Location = NOWHERE
    remedy: str = ""
    severity: Severity = "error"
    context: dict[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        place = f" ({self.at})" if self.at.file else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.message}{remedy}{place}"

    def as_dict(self) -> dict[str, Any]:
        """The finding for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "remedy": self.remedy,
            "file": self.at.file,
            "line": self.at.line,
        }

    def told(self, language: Language) -> Finding:
        """The finding for somebody who reads `language`."""
        return replace(self, message=told(self.message, language), remedy=told(self.remedy, language))

    @classmethod
    def of_dict(cls, data: dict[str, Any]) -> Finding:
        """The finding that `as_dict` gave."""
        at = Location(data["file"], data["line"])
        return cls(data["code"], data["message"], at, data["remedy"], data["severity"])


def near_miss(name: str, known: Iterable[str], unlikely: Collection[str] = ()) -> str | None:
    """The known name that `name` was probably meant to be, or None. Of equals, one that is `unlikely` comes last."""
    matches = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    if not matches:
        return None

    def likeness(match: str) -> float:
        return difflib.SequenceMatcher(None, match, name).ratio()

    return max(matches, key=lambda match: (likeness(match), match not in unlikely))


def unknown(kind: str, name: str, known: Iterable[str], *, owner: str, at: Location) -> Finding:
    """The finding for a name that is not defined: says what exists and the near miss.

    `kind` is a singular noun ("table"); `owner` is who asked ("tag 'orders_90d'").
    """
    names = sorted(set(known))
    guess = near_miss(name, names)
    shown = ", ".join(names[:25]) + (f", … ({len(names)} in all)" if len(names) > 25 else "")
    listed = f" {plural(kind).capitalize()}: {shown}." if names else f" No {kind} is defined."
    remedy = f"Did you mean '{guess}'?" if guess else ""
    return Finding(
        code=f"unknown_{kind.replace(' ', '_')}",
        message=f"{owner}: {kind} '{name}' is not defined.{listed}",
        at=at,
        remedy=remedy,
        context={"kind": kind, "name": name},
    )


def plural(noun: str) -> str:
    """The plural of a noun of messages: "categories", "columns of records"."""
    first, of, whole = noun.partition(" of ")
    ends = first.endswith("y") and first[-2] not in "aeiou"
    return (f"{first[:-1]}ies" if ends else f"{first}s") + of + whole
