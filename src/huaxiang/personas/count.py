"""Counting many groups of customers in one pass over the profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from huaxiang.core.spec import EVERYONE
from huaxiang.personas.columns import Column, read_columns
from huaxiang.personas.crowds import Crowd, Population
from huaxiang.personas.likeness import SKETCHED, Likeness, Sketch
from huaxiang.personas.measure import Measures, Tally
from huaxiang.personas.scales import Scale, scale, skipped
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment


@dataclass
class Basis:
    """What is known of a base: the scales made from its customers, and a sketch of some of them, by tag."""

    scales: dict[str, Scale] = field(default_factory=dict)
    sketches: dict[str, Sketch] = field(default_factory=dict)

    @cached_property
    def likeness(self) -> Likeness:
        """Which tags tell the same fact. To be asked when all tags are counted."""
        return Likeness(self.sketches)

    def meet(self, column: Column, base: Crowd) -> tuple[Scale, NDArray[np.int64]]:
        """The scale of a tag and the positions of its values. Made from the customers of `base` at first sight."""
        name = column.tag.name
        if name in self.scales:
            return self.scales[name], self.scales[name].positions(column)
        found = self.scales[name] = scale(column, base)
        positions = found.positions(column)
        places = base.places[:: max(-(-base.size // SKETCHED), 1)]
        if found.kind != "skipped":
            self.sketches[name] = found.sketch(column, places, positions)
        return found, positions


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
    shown = [tag for tag in tags.values() if skipped(tag) is None]
    known = all(base in bases and len(bases[base].scales) == len(tags) for base, _ in wanted)
    crowds = [population.crowd(*names) for _, names in wanted]
    # A base is needed whole to make its scales; afterwards nobody but those who are counted.
    part = population.part([names for _, names in wanted] if known else [], crowds)
    tallies = {
        key: Tally(local, population.revenue(crowd))
        for key, local, crowd in zip(wanted, part.crowds, crowds, strict=True)
    }
    by_base: dict[str, list[Tally]] = {}
    for (base, _), tally in tallies.items():
        by_base.setdefault(base, []).append(tally)
    for base in by_base:
        if base not in bases:
            bases[base] = Basis({name: found for name, tag in tags.items() if (found := skipped(tag))})
    for column in read_columns(engine, part.rows, part.size, shown, moment, step="personas: profiles"):
        for base, counted in by_base.items():
            found, positions = bases[base].meet(column, population.crowd(base))
            if found.kind != "skipped":
                for tally in counted:
                    tally.add(found, column, positions)
    return {key: tally.done() for key, tally in tallies.items()}
