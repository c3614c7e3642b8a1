"""Disjoint sets of records that know with whom they may not become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

UNLIKE = -6.0
"""Bits: two groups of records whose names, birthdays and sexes say this much against each other, or more, are
different people, though they share a value that people do share. 1 : 64 against, so that even where 95 of 100 who
share such a value are one person, it is 3 : 1 that these are not."""

Reason = Literal["single", "decided", "unlike", "contested"]


class Obstacle(NamedTuple):
    """Why two sets may not be one.

    `single`: they have the values `one` and `other` of a type of which a customer has one. `decided`: the decision
    `one` keeps them apart. `unlike`: their attributes are those of different people. `contested`: they share a value,
    but so do others, and one of both says nothing of whose it is.
    """

    reason: Reason
    one: int | None = None
    other: int | None = None


Claims = dict[int, set[int]]
"""Single type → its values that a set has: one, or several that a decision brought together."""


@dataclass
class Sets:
    """Disjoint sets (Tarjan 1975) of the vertices 0 … n−1, each with what speaks for and against joining it.

    `claims` are by root, `pardoned` too: the values of single types that decisions brought together, which may stand
    side by side. `kept_apart` holds root → other root → decision, `evidence` root → other root → the sums of weight
    and likeness (bits) over the compared pairs between both.
    """

    parent: list[int]
    claims: dict[int, Claims] = field(default_factory=dict)
    pardoned: dict[int, Claims] = field(default_factory=dict)
    kept_apart: dict[int, dict[int, int]] = field(default_factory=dict)
    evidence: dict[int, dict[int, tuple[float, float]]] = field(default_factory=dict)
    size: dict[int, int] = field(default_factory=dict)

    def root(self, vertex: int) -> int:
        """The vertex that stands for the set of `vertex`."""
        parent = self.parent
        while parent[vertex] != vertex:
            parent[vertex] = parent[parent[vertex]]
            vertex = parent[vertex]
        return vertex

    def obstacle(self, a: int, b: int, *, shared: bool) -> Obstacle | None:
        """What keeps the sets of the roots `a` and `b` apart; `shared`: only a value that people share joins them."""
        decision = self.kept_apart.get(a, {}).get(b)
        if decision is not None:
            return Obstacle("decided", decision) if decision >= 0 else Obstacle("contested")
        clash = self.clash(self.claims.get(a, {}), self.claims.get(b, {}), (a, b))
        if clash is not None:
            return clash
        return Obstacle("unlike") if shared and self.likeness(a, b) <= UNLIKE else None

    def clash(self, one: Claims, other: Claims, roots: Iterable[int]) -> Obstacle | None:
        """The two values of the strongest single type in which the claims differ, unless a set is pardoned."""
        ranks = [
            rank
            for rank in one
            if rank in other
            and one[rank] != other[rank]
            and not any(one[rank] | other[rank] <= self.pardoned.get(root, {}).get(rank, set()) for root in roots)
        ]
        if not ranks:
            return None
        rank = min(ranks)
        here, there = one[rank] - other[rank], other[rank] - one[rank]
        return Obstacle("single", min(here or one[rank]), min(there or other[rank]))

    def weight(self, a: int, b: int) -> float:
        """The evidence of all compared pairs between two roots that they are one, in bits."""
        return self.evidence.get(a, {}).get(b, (0.0, 0.0))[0]

    def likeness(self, a: int, b: int) -> float:
        """The same from attributes alone, without identifiers."""
        return self.evidence.get(a, {}).get(b, (0.0, 0.0))[1]

    def add_evidence(self, a: int, b: int, weight: float, likeness: float) -> None:
        """Count a compared pair between the roots `a` and `b`."""
        here = self.evidence.setdefault(a, {})
        before = here.get(b, (0.0, 0.0))
        here[b] = self.evidence.setdefault(b, {})[a] = (before[0] + weight, before[1] + likeness)

    def keep_apart(self, a: int, b: int, decision: int) -> None:
        """Let no join bring the sets of the roots `a` and `b` together."""
        self.kept_apart.setdefault(a, {}).setdefault(b, decision)
        self.kept_apart.setdefault(b, {}).setdefault(a, decision)

    def join(self, a: int, b: int) -> None:
        """Make the sets of the roots `a` and `b` one."""
        if a == b:
            return
        if self.size.get(a, 1) < self.size.get(b, 1):
            a, b = b, a
        self.parent[b] = a
        self.size[a] = self.size.get(a, 1) + self.size.pop(b, 1)
        for told in (self.claims, self.pardoned):
            for rank, values in told.pop(b, {}).items():
                there = told.setdefault(a, {})
                there[rank] = there.get(rank, set()) | values
        for other, decision in self.kept_apart.pop(b, {}).items():
            self.kept_apart[other].pop(b)
            if other != a:
                self.keep_apart(a, other, decision)
        for other, (weight, likeness) in self.evidence.pop(b, {}).items():
            self.evidence[other].pop(b)
            if other != a:
                self.add_evidence(a, other, weight, likeness)
