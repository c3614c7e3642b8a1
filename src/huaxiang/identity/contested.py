"""A value that several people share – a family's phone: who of its holders is who, before anybody gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from huaxiang.identity.sets import UNLIKE, Sets

MARGIN = 5.0
"""Bits by which a record without a name must be closer to one person than to all others with whom it shares a value."""


class Pair(NamedTuple):
    """Two compared nodes: the weight and the likeness (of attributes alone) in bits, and whether it is a match."""

    left: int
    right: int
    weight: float
    likeness: float = 0.0
    joins: bool = True


@dataclass(frozen=True)
class Around:
    """The compared pairs, and the places of those of each node."""

    pairs: Sequence[Pair]
    of_node: dict[int, list[int]]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Around:
        """Look up pairs by node."""
        of_node: dict[int, list[int]] = {}
        for place, pair in enumerate(pairs):
            of_node.setdefault(pair.left, []).append(place)
            of_node.setdefault(pair.right, []).append(place)
        return cls(pairs, of_node)

    def among(self, holders: set[int]) -> list[int]:
        """The places of the pairs of two of the holders, in order."""
        found = {place for node in holders for place in self.of_node.get(node, ())}
        return sorted(p for p in found if self.pairs[p].left in holders and self.pairs[p].right in holders)


class Settled(NamedTuple):
    """The places of the matches that joined holders, and the holders who may be any of several people."""

    joined: tuple[int, ...] = ()
    contested: tuple[int, ...] = ()


def settle(sets: Sets, holders: Sequence[int], around: Around) -> Settled:
    """Join those holders of a shared value who match each other, where some are clearly different people.

    So the value is judged by people, not record by record. A record that says nothing of whose it is – no name, no
    birthday – goes to the one of them to whom it is closer by MARGIN; else it may be anybody's: it gets apart from all
    of them. Does nothing where nobody is clearly somebody else.
    """
    if len(holders) < 2 or not around.pairs:
        return Settled()
    roots = {sets.root(node) for node in holders}
    if len(roots) < 2 or not any(sets.likeness(a, b) < 0 for a in roots for b in roots):
        return Settled()
    among = around.among(set(holders))
    joined = _join(sets, [place for place in among if _speaks(around.pairs[place])], around)
    people = {sets.root(node) for place in among if _speaks(around.pairs[place]) for node in around.pairs[place][:2]}
    if not any(sets.likeness(a, b) <= UNLIKE for a in people for b in people):
        return Settled(tuple(joined))
    contested: list[int] = []
    for root, nodes in _bare(sets, holders, people, around).items():
        whose = _closest(sets, nodes, people, around)
        if whose is not None:
            sets.join(sets.root(around.pairs[whose].left), sets.root(around.pairs[whose].right))
            people = {sets.root(person) for person in people}
            joined.append(whose)
        else:
            contested += nodes
            for person in people:
                sets.keep_apart(root, person, CONTESTED)
    return Settled(tuple(joined), tuple(sorted(contested)))


CONTESTED = -1
"""Stands where a decision's number does, for those who may be any of several people."""


def _speaks(pair: Pair) -> bool:
    """Whether both records have something that says who somebody is."""
    return pair.likeness != 0


def _join(sets: Sets, places: Sequence[int], around: Around) -> list[int]:
    joined = []
    pairs = around.pairs
    for place in sorted(places, key=lambda place: (-pairs[place].weight, pairs[place].left, pairs[place].right)):
        a, b = sets.root(pairs[place].left), sets.root(pairs[place].right)
        if pairs[place].joins and a != b and sets.weight(a, b) > 0 and sets.obstacle(a, b, shared=True) is None:
            sets.join(a, b)
            joined.append(place)
    return joined


def _bare(sets: Sets, holders: Sequence[int], people: set[int], around: Around) -> dict[int, list[int]]:
    """The holders with records that say nothing of whose they are, by component; not facts, which have no pairs."""
    compared = {sets.root(node) for node in holders if around.of_node.get(node)} - people
    bare: dict[int, list[int]] = {}
    for node in sorted(holders):
        if sets.root(node) in compared:
            bare.setdefault(sets.root(node), []).append(node)
    return bare


def _closest(sets: Sets, nodes: Sequence[int], people: set[int], around: Around) -> int | None:
    """The place of the match with the one person who is closer than all others by MARGIN."""
    best: dict[int, tuple[float, int]] = {}
    own = set(nodes)
    for node in nodes:
        for place in around.of_node.get(node, ()):
            left, right, weight, *_ = around.pairs[place]
            person = sets.root(right if left in own else left)
            if person in people:
                best[person] = max(best.get(person, (weight, -place)), (weight, -place))
    ranked = sorted(best.values(), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < MARGIN) or len(ranked) < len(people):
        return None
    place = -ranked[0][1]
    return place if around.pairs[place].joins else None
