"""Customers that may not be one: the strongest links first, and no link that would give a customer two single values.

The plain graph (`graph.resolve`) joins whatever hangs together. Where that puts two values of a *single* type into
one component, the component is built again here, link by link (Kruskal 1956, with a veto): values are taken from the
strongest to the weakest, and each joins its holders except those that it would bring into contradiction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Value(NamedTuple):
    """An identifier value and the nodes that hold it.

    `single` is its type's rank where a customer has one value of the type only, None elsewhere. A value that does not
    link (`links` is False) joins nobody, but keeps apart.
    """

    holders: Sequence[int]
    single: int | None = None
    links: bool = True


class Refusal(NamedTuple):
    """A link that was cut: `node` holds `value`, but one of them has the single value `one`, the other has `other`."""

    node: int
    value: int
    one: int
    other: int


def resolve_apart(
    nodes: int, values: Sequence[Value], same: Sequence[tuple[int, int]] = ()
) -> tuple[list[int], list[int | None], list[Refusal]]:
    """The component of each node, that of each value (None: nobody is left who holds it), and the links that were cut.

    `values` come the strongest first; `same` are pairs of nodes that are one whatever their values say. Of the holders
    of a value that can't all be one customer, those stay with it of whom there are most; of equally many, those with
    the first node. Nearly linear in the number of links. Components are named by one of their vertices: nodes come
    first, then values.
    """
    forest = _Forest(list(range(nodes + len(values))), {})
    refusals: list[Refusal] = []
    for a, b in same:
        forest.join(forest.root(a), forest.root(b))
    for number, value in enumerate(values):
        vertex = nodes + number
        own = {} if value.single is None else {value.single: number}
        if value.links and own:
            forest.claims[vertex] = own
        for root, holders in _groups(forest, value.holders):
            there = own if not value.links else forest.claims.get(forest.root(vertex), {})
            clash = _clash(there, forest.claims.get(root, {}))
            if clash is not None:
                refusals += [Refusal(node, number, *clash) for node in holders]
            elif value.links:
                forest.join(forest.root(vertex), root)
            else:
                forest.claims.setdefault(root, {}).update(own)
    held = {(refusal.node, refusal.value) for refusal in refusals}
    left = [any((node, number) not in held for node in value.holders) for number, value in enumerate(values)]
    return (
        [forest.root(node) for node in range(nodes)],
        [forest.root(nodes + number) if left[number] else None for number in range(len(values))],
        refusals,
    )


@dataclass
class _Forest:
    """Disjoint sets (Tarjan 1975), each with its claims: single type → the one value that its members have."""

    parent: list[int]
    claims: dict[int, dict[int, int]]
    size: dict[int, int] = field(default_factory=dict)

    def root(self, vertex: int) -> int:
        parent = self.parent
        while parent[vertex] != vertex:
            parent[vertex] = parent[parent[vertex]]
            vertex = parent[vertex]
        return vertex

    def join(self, a: int, b: int) -> None:
        """Make the sets of the roots `a` and `b` one."""
        if a == b:
            return
        if self.size.get(a, 1) < self.size.get(b, 1):
            a, b = b, a
        self.parent[b] = a
        self.size[a] = self.size.get(a, 1) + self.size.pop(b, 1)
        moved = self.claims.pop(b, None)
        if moved:
            self.claims.setdefault(a, {}).update(moved)


def _groups(forest: _Forest, holders: Sequence[int]) -> list[tuple[int, list[int]]]:
    """The holders by the component that they are in by now, the largest group first."""
    groups: dict[int, list[int]] = {}
    for node in sorted(holders):
        groups.setdefault(forest.root(node), []).append(node)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0]))


def _clash(one: dict[int, int], other: dict[int, int]) -> tuple[int, int] | None:
    """The two values of the strongest single type that both have, where they differ."""
    ranks = [rank for rank in one if other.get(rank, one[rank]) != one[rank]]
    return (one[min(ranks)], other[min(ranks)]) if ranks else None
