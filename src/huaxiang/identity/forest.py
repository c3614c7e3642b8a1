"""Customers that may not be one: the strongest links first, and no link that would bring together what must be apart.

The plain graph (`graph.resolve`) joins whatever hangs together. Where that is too much – two values of a *single* type
in one component, people whom a decision keeps apart, people who share a phone and nothing else – the component is
built again here, link by link (Kruskal 1956, with a veto):

1. decisions, the latest first: what people said wins over everything;
2. identifier values from the strongest to the weakest, each of which joins its holders except those that it would bring
   into contradiction;
3. matches, the surest first, where the evidence of all compared pairs between both sides speaks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from huaxiang.identity.contested import Around, Pair, Settled, settle
from huaxiang.identity.sets import Obstacle, Reason, Sets

MOST_EVIDENCE = 12.0
"""Bits that one pair can say for or against joining two groups: certainty about one pair outvotes no crowd."""


class Value(NamedTuple):
    """An identifier value and the nodes that hold it.

    `single` is its type's rank where a customer has one value of the type only, None elsewhere. A value that does not
    link (`links` is False) joins nobody, but keeps apart. `shared`: people do share values of its type, so it does not
    join holders who are clearly different people.
    """

    holders: Sequence[int]
    single: int | None = None
    links: bool = True
    shared: bool = False


class Decision(NamedTuple):
    """What a person said: the nodes `left` and `right` are the same, or not. Higher numbers are later."""

    number: int
    same: bool
    left: int
    right: int


class Refusal(NamedTuple):
    """A link that was cut: `node` holds `value`, but see `sets.Obstacle`."""

    node: int
    value: int
    one: int | None
    other: int | None
    reason: Reason = "single"


class Resolved(NamedTuple):
    """The component of each node, that of each value (None: nobody is left who holds it), and what was refused.

    `linked` are the components of nodes before matches; `rallied` the places of matches that hold together people who
    did not get the value that they share. `unmatched` are the places of the matches that were refused
    because of an obstacle, or because all evidence together speaks against them (then None). `contradicted` are the
    numbers of decisions that later ones contradict.
    """

    nodes: list[int]
    values: list[int | None]
    refusals: list[Refusal]
    linked: list[int]
    rallied: list[int]
    unmatched: dict[int, Obstacle | None]
    contradicted: list[int]


def resolve_apart(
    nodes: int,
    values: Sequence[Value],
    same: Sequence[tuple[int, int]] = (),
    decisions: Sequence[Decision] = (),
    pairs: Sequence[Pair] = (),
) -> Resolved:
    """Resolve a graph in which not everything that hangs together is one.

    `values` come the strongest first; `same` are pairs of nodes that are one whatever their values say. Of the holders
    of a value that can't all be one customer, those stay with it of whom there are most; of equally many, those with
    the first node. A customer whom a decision made has all the single values of the records that it named. Nearly
    linear in the number of links. Components are named by one of their vertices: nodes come first, then values.
    """
    sets = Sets(list(range(nodes + len(values))))
    for a, b in same:
        sets.join(sets.root(a), sets.root(b))
    contradicted = _decide(sets, decisions)
    _pardon(sets, values, decisions)
    _weigh(sets, pairs)
    refusals, rallied = _join_by_values(sets, nodes, values, Around.of(pairs))
    linked = [sets.root(node) for node in range(nodes)]
    unmatched = _join_by_matches(sets, pairs)
    held = {(refusal.node, refusal.value) for refusal in refusals}
    left = [any((node, number) not in held for node in value.holders) for number, value in enumerate(values)]
    return Resolved(
        [sets.root(node) for node in range(nodes)],
        [sets.root(nodes + number) if left[number] else None for number in range(len(values))],
        refusals,
        linked,
        rallied,
        unmatched,
        contradicted,
    )


def _decide(sets: Sets, decisions: Sequence[Decision]) -> list[int]:
    """Join and keep apart what people said, the latest first; returns the numbers of contradicted decisions."""
    contradicted = []
    ordered = sorted(decisions, key=lambda row: (-row.number, row))
    for number, rows in groupby(ordered, key=lambda row: row.number):
        for _, same, left, right in rows:
            a, b = sets.root(left), sets.root(right)
            if same and b in sets.kept_apart.get(a, {}):
                contradicted.append(number)
            elif same:
                sets.join(a, b)
            elif a == b:
                contradicted.append(number)
            else:
                sets.keep_apart(a, b, number)
    return sorted(set(contradicted))


def _pardon(sets: Sets, values: Sequence[Value], decisions: Sequence[Decision]) -> None:
    """Let the single values of the records that a decision made one stand side by side."""
    named = {node for decision in decisions if decision.same for node in (decision.left, decision.right)}
    if not named:
        return
    decided = {sets.root(node) for node in named}
    for number, value in enumerate(values):
        if value.single is not None:
            for root in decided.intersection(map(sets.root, value.holders)):
                sets.pardoned.setdefault(root, {}).setdefault(value.single, set()).add(number)


def _weigh(sets: Sets, pairs: Sequence[Pair]) -> None:
    for left, right, weight, likeness, _ in pairs:
        a, b = sets.root(left), sets.root(right)
        if a != b:
            sets.add_evidence(a, b, _bounded(weight), _bounded(likeness))


def _bounded(bits: float) -> float:
    return max(-MOST_EVIDENCE, min(MOST_EVIDENCE, bits))


def _join_by_values(sets: Sets, nodes: int, values: Sequence[Value], around: Around) -> tuple[list[Refusal], list[int]]:
    """Join the holders of each value; returns the cut links, and the matches that hold together who was cut."""
    refusals: list[Refusal] = []
    rallied: list[int] = []
    for number, value in enumerate(values):
        vertex = nodes + number
        own = {} if value.single is None else {value.single: {number}}
        if value.links and own:
            sets.claims[vertex] = own
        settled = settle(sets, value.holders, around) if value.shared else Settled()
        refused = set(settled.contested)
        refusals += [Refusal(node, number, None, None, "contested") for node in settled.contested]
        for root, holders in _groups(sets, value.holders, refused):
            if value.links:
                obstacle = sets.obstacle(sets.root(vertex), root, shared=value.shared)
            else:
                obstacle = sets.clash(own, sets.claims.get(root, {}), (root,))
            if obstacle is not None:
                refusals += [Refusal(node, number, obstacle.one, obstacle.other, obstacle.reason) for node in holders]
                refused.update(holders)
            elif value.links:
                sets.join(sets.root(vertex), root)
            else:
                claims = sets.claims.setdefault(root, {})
                for rank, numbers in own.items():
                    claims[rank] = claims.get(rank, set()) | numbers
        rallied += [place for place in settled.joined if around.pairs[place].left in refused]
    return refusals, rallied


def _groups(sets: Sets, holders: Sequence[int], without: set[int]) -> list[tuple[int, list[int]]]:
    """The holders by the component that they are in by now, the largest group first."""
    groups: dict[int, list[int]] = {}
    for node in sorted(holders):
        if node not in without:
            groups.setdefault(sets.root(node), []).append(node)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0]))


def _join_by_matches(sets: Sets, pairs: Sequence[Pair]) -> dict[int, Obstacle | None]:
    matches = [(-pair.weight, pair.left, pair.right, place) for place, pair in enumerate(pairs) if pair.joins]
    unmatched: dict[int, Obstacle | None] = {}
    for _, left, right, place in sorted(matches):
        a, b = sets.root(left), sets.root(right)
        if a == b:
            continue
        obstacle = sets.obstacle(a, b, shared=False)
        if obstacle is not None or sets.weight(a, b) <= 0:
            unmatched[place] = obstacle
        else:
            sets.join(a, b)
    return unmatched
