"""Who asks: a person who has signed in, or a program with a key."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from huaxiang.access.rights import CLEARANCE, RIGHTS, Role
from huaxiang.core.tables import Privacy

Way = Literal["console", "api", "command"]

NAME = re.compile(r"\w[\w.@+-]{1,63}")
"""What names of users look like; also addresses of mail, and names in Chinese."""


def user_name(typed: str) -> str:
    """The name of a user as it is stored, whatever way it was typed: `Li.Lei ` is `li.lei`."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something, as the desk knows them.

    `name` is that of the user, or of the key as `key:<its public part>`. `scopes` are the rights that a key is
    narrowed to; None: all of its role. `clearance` narrows what the role sees in clear; None: as the role has it.
    `address` is where the question came from. `source` is the live source that a key's messages are written to.
    """

    name: str
    role: Role
    via: Way = "console"
    scopes: frozenset[str] | None = None
    clearance: Privacy | None = None
    address: str = ""
    source: str | None = None

    def may(self, right: str) -> bool:
        """Whether this actor has `right`, a key of `RIGHTS`."""
        return self.role in RIGHTS[right].roles and (self.scopes is None or right in self.scopes)

    @property
    def sees(self) -> Privacy:
        """The highest privacy class that this actor sees in clear."""
        own = CLEARANCE[self.role]
        return own if self.clearance is None else min(own, self.clearance)


def nobody(address: str) -> Actor:
    """Whoever has not proved who they are, for the audit trail: they may see less than anybody."""
    return Actor("", "viewer", address=address, scopes=frozenset(), clearance="L1")
