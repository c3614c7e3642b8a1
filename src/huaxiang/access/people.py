"""Who asks: a person who has signed in, or a program with a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from huaxiang.access.rights import CLEARANCE, RIGHTS, Role
from huaxiang.core.tables import Privacy

Way = Literal["console", "api", "command"]


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something, as the desk knows them.

    `name` is that of the user, or of the key as `key:<its public part>`. `scopes` are the rights that a key is
    narrowed to; None: all of its role. `clearance` narrows what the role sees in clear; None: as the role has it.
    `address` is where the question came from.
    """

    name: str
    role: Role
    via: Way = "console"
    scopes: frozenset[str] | None = None
    clearance: Privacy | None = None
    address: str = ""

    def may(self, right: str) -> bool:
        """Whether this actor has `right`, a key of `RIGHTS`."""
        return self.role in RIGHTS[right].roles and (self.scopes is None or right in self.scopes)

    @property
    def sees(self) -> Privacy:
        """The highest privacy class that this actor sees in clear."""
        own = CLEARANCE[self.role]
        return own if self.clearance is None else min(own, self.clearance)
