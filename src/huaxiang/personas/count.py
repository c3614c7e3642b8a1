"""Counting many groups of customers in one pass over the profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from huaxiang.personas.columns import read_columns
from huaxiang.personas.crowds import Population
from huaxiang.personas.measure import Measures, Tally
from huaxiang.personas.scales import Scale, scale, skipped
from huaxiang.personas.spec import EVERYONE
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
    scales: dict[str, dict[str, Scale]],
    wanted: Collection[Key],
    moment: Moment,
) -> dict[Key, Measures]:
    """Count the groups `wanted`. Scales that `scales` does not hold are made, by base and tag, and left there."""
    tallies = {}
    for key in wanted:
        crowd = population.crowd(*key[1])
        tallies[key] = Tally(crowd, population.revenue(crowd))
    by_base: dict[str, list[Tally]] = {}
    for (base, _), tally in tallies.items():
        by_base.setdefault(base, []).append(tally)
    for base in by_base:
        scales.setdefault(base, {name: found for name, tag in tags.items() if (found := skipped(tag))})
    shown = [tag for tag in tags.values() if skipped(tag) is None]
    profiles = engine.table("profiles")
    for column in read_columns(engine, profiles, population.size, shown, moment, step="personas: profiles"):
        for base, counted in by_base.items():
            found = scales[base].get(column.tag.name) or scale(column, population.crowd(base))
            scales[base][column.tag.name] = found
            if found.kind != "skipped":
                positions = found.positions(column)
                for tally in counted:
                    tally.add(found, column, positions)
    return {key: tally.done() for key, tally in tallies.items()}
