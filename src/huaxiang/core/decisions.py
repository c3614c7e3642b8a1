"""What people decided about who is who: two records are one person, or they are not."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DecisionKind = Literal["same", "apart"]
Origin = Literal["merge", "split", "review", "file"]

KINDS: tuple[DecisionKind, ...] = ("same", "apart")
ORIGINS: tuple[Origin, ...] = ("merge", "split", "review", "file")

_REFERENCE = re.compile(r"([a-z][a-z0-9_]*)([/:])(.+)", re.DOTALL)


@dataclass(frozen=True)
class Undoing:
    """Who took a decision back, when and why."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    """What somebody decided.

    `same`: the `records` are one person; `others` is empty. `apart`: none of `records` is the person of any of
    `others`. Both hold references: a record as `source/record_key`, an identifier as `type:value` or
    `type:value@scope`. `number` is its place in the store (0: not stored yet); `key` is the same wherever the
    decision goes, also in files.
    """

    kind: DecisionKind
    records: tuple[str, ...]
    at: datetime
    others: tuple[str, ...] = ()
    origin: Origin = "file"
    by: str = ""
    reason: str = ""
    key: str = ""
    number: int = 0
    undone: Undoing | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "records", tuple(sorted(set(self.records))))
        object.__setattr__(self, "others", tuple(sorted(set(self.others))))
        if not self.key:
            object.__setattr__(self, "key", key_of(self.kind, self.records, self.others, self.at.isoformat()))

    @property
    def order(self) -> tuple[datetime, str]:
        """Of decisions that contradict each other the greater one counts: the later."""
        return (self.at, self.key)

    @property
    def references(self) -> tuple[str, ...]:
        """Everything that the decision speaks of."""
        return (*self.records, *self.others)


def key_of(kind: str, records: tuple[str, ...], others: tuple[str, ...], at: str) -> str:
    """The key of a decision: `d_` and 16 hexadecimal digits of what it says and when it was said."""
    content = json.dumps([kind, sorted(set(records)), sorted(set(others)), at], ensure_ascii=False)
    return "d_" + hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Reference:
    """What a decision speaks of: a record of a source, or an identifier's value."""

    name: str
    is_record: bool
    value: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read `source/record_key`, `type:value` or `type:value@scope`.

        Raises:
            ValueError: `text` is neither.
        """
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise ValueError(f"'{text}' is neither a record (source/record_key) nor an identifier (type:value)")
        return cls(match[1], match[2] == "/", match[3])
