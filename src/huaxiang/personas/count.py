"""Counting many groups of customers in one pass over the profiles, or over what lies on the shelf of the build."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from huaxiang.core.spec import EVERYONE
from huaxiang.personas.columns import read_columns
from huaxiang.personas.crowds import Population
from huaxiang.personas.measure import Measures, Tally
from huaxiang.personas.placed import Basis
from huaxiang.personas.scales import skipped
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

Key = tuple[str, frozenset[str]]
"""A base, whose scales are used, and the segments that all counted customers are in."""


def key_of(base: str, names: Iterable[str]) -> Key:
    """The key of those who are in every one of the segments `names`."""
    return base, frozenset(names) - {EVERYONE}


def count(
    engine: Engine,
    population: Population,
    tags: Mapping[str, Tag],
    bases: dict[str, Basis],
    wanted: Collection[Key],
    moment: Moment,
) -> dict[Key, Measures]:
    """Count the groups `wanted`. What `bases` does not know of a base is added to it."""
    found = {key: whole for key in wanted if not key[1] and key[0] in bases and (whole := bases[key[0]].measures)}
    wanted = [key for key in wanted if key not in found]
    known = all(base in bases and len(bases[base].scales) == len(tags) for base, _ in wanted)
    asked = {base: bases.setdefault(base, Basis.of(tags)) for base, _ in wanted}
    tallies: dict[str, list[tuple[Key, Tally]]] = {base: [] for base in asked}
    for key in wanted:
        crowd = population.crowd(*key[1])
        tallies[key[0]].append((key, Tally(crowd, population.revenue(crowd))))
    for base, basis in asked.items():
        for name in basis.kept:
            placed = basis.kept[name]
            for _, tally in tallies[base]:
                tally.add(placed, tally.crowd)
    unread = [
        tag
        for tag in tags.values()
        if skipped(tag) is None and any(tag.name not in basis.kept for basis in asked.values())
    ]
    if unread:
        # A base is needed whole to make its scales; afterwards nobody but those who are counted.
        crowds = [tally.crowd for base in asked for _, tally in tallies[base]]
        names = [key[1] for base in asked for key, _ in tallies[base]]
        part = population.part(names if known else [], crowds)
        local = dict(zip(crowds, part.crowds, strict=True))
        for column in read_columns(engine, part.rows, part.size, unread, moment, step="personas: profiles"):
            for base, basis in asked.items():
                if column.tag.name in basis.kept:
                    continue
                placed = basis.meet(column, population.crowd(base))
                if placed.scale.kind != "skipped":
                    for _, tally in tallies[base]:
                        tally.add(placed, local[tally.crowd])
    return found | {key: tally.done() for counted in tallies.values() for key, tally in counted}
