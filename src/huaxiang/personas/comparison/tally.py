"""Counting sides, and the people that any two of them share, in one pass over the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from huaxiang.personas.aspects.scores import is_scored
from huaxiang.personas.columns import Column
from huaxiang.personas.comparison.sides import Side, Universe
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.likeness import Sketch
from huaxiang.personas.measure import Counted, sample_of
from huaxiang.personas.placed import Placed
from huaxiang.personas.scales import Scale, skipped
from huaxiang.personas.statistics import NO_SAMPLE, NOBODY, SharedCounts, SharedSample
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pair = tuple[int, int]
"""Two sides by their positions, the first lower."""


@dataclass(frozen=True)
class Shared:
    """One tag of those whom two sides share: per row of the scale, and as a sample."""

    counts: tuple[SharedCounts, ...]
    sample: SharedSample = NO_SAMPLE

    def row(self, position: int) -> SharedCounts:
        """Those of one row of the scale."""
        return self.counts[position] if self.counts else NOBODY


@dataclass(frozen=True)
class TagCounts:
    """Everything that was counted of one tag.

    A `sketch` tells which tags say the same; None of a skipped tag. `everyone` are all customers per row of the scale,
    of a tag that is scored.
    """

    scale: Scale
    sides: tuple[Counted, ...] = ()
    shared: Mapping[Pair, Shared] | None = None
    sketch: Sketch | None = None
    everyone: tuple[int, ...] = ()


class Meeting:
    """The people that two sides have in common, by their places on either side; the same places at one moment."""

    def __init__(self, universe: Universe, one: Crowd, other: Crowd, *, paired: bool) -> None:
        import numpy as np

        self.paired = paired
        if not paired:
            self.a = self.b = Crowd(one.mask & other.mask, universe.people)
            return
        _, at_a, at_b = np.intersect1d(
            universe.people[one.places], universe.people[other.places], assume_unique=True, return_indices=True
        )
        self.a, self.b = (_there(universe, places) for places in (one.places[at_a], other.places[at_b]))

    @property
    def size(self) -> int:
        """How many they are."""
        return self.a.size

    def holds_all(self, one: Crowd, other: Crowd) -> bool:
        """Whether one of the two sides is inside the other, at one moment."""
        return not self.paired and self.size in (one.size, other.size)

    def count(self, placed: Placed) -> Shared:
        """Count a tag."""
        if not self.size:
            return Shared(())
        return self._twice(placed) if self.paired else self._once(placed)

    def _once(self, placed: Placed) -> Shared:
        counted = placed.counted(self.a)
        counts = tuple(SharedCounts(counted.known, count, count, count) for count in counted.counts)
        return Shared(counts, SharedSample.same(counted.sample))

    def _twice(self, placed: Placed) -> Shared:
        """People with a value at both moments; who has one at one moment only is of that side alone."""
        import numpy as np

        column, positions, width = placed.column, placed.positions, len(placed.scale.values)
        a, b = (_rows(crowd.places, column, positions, width) for crowd in (self.a, self.b))
        known = _known(self.a.places, column, positions) & _known(self.b.places, column, positions)
        a, b = a[:, known], b[:, known]
        numbers = zip(a.sum(axis=1).tolist(), b.sum(axis=1).tolist(), (a & b).sum(axis=1).tolist(), strict=True)
        counts = tuple(SharedCounts(int(known.sum()), *three, paired=True) for three in numbers)
        if not column.tag.type.is_numeric:
            return Shared(counts)
        x, y = column.numbers[self.a.places], column.numbers[self.b.places]
        there = ~(np.isnan(x) | np.isnan(y))
        x, y = x[there], y[there]
        covariance = float(np.cov(x, y, ddof=1)[0, 1]) if len(x) > 1 else 0.0
        return Shared(counts, SharedSample(sample_of(x), sample_of(y), covariance))


def meetings(universe: Universe, sides: Sequence[Side], crowds: Sequence[Crowd]) -> dict[Pair, Meeting]:
    """Those whom any two sides have in common."""
    return {
        (i, j): Meeting(universe, crowds[i], crowds[j], paired=sides[i].occasion is not sides[j].occasion)
        for i, j in combinations(range(len(sides)), 2)
    }


def tally(
    universe: Universe, crowds: Sequence[Crowd], shared: Mapping[Pair, Meeting], tags: Mapping[str, Tag]
) -> Iterator[TagCounts]:
    """Count every tag in every crowd and of those shared; tags that can't be shown come first, uncounted."""
    known = {name: skipped(tag) for name, tag in tags.items()}
    yield from (TagCounts(found) for found in known.values() if found is not None)
    for placed in universe.placed(tag for name, tag in tags.items() if known[name] is None):
        yield _tag(placed, crowds, shared)


def _tag(placed: Placed, crowds: Iterable[Crowd], shared: Mapping[Pair, Meeting]) -> TagCounts:
    if placed.scale.kind == "skipped":
        return TagCounts(placed.scale)
    return TagCounts(
        placed.scale,
        tuple(placed.counted(crowd) for crowd in crowds),
        {pair: meeting.count(placed) for pair, meeting in shared.items()},
        placed.sketch,
        placed.totals if is_scored(placed.scale) else (),
    )


def _there(universe: Universe, places: NDArray[np.int64]) -> Crowd:
    """The crowd of those at these places."""
    import numpy as np

    mask = np.zeros(universe.size, dtype=np.bool_)
    mask[places] = True
    return Crowd(mask, universe.people)


def _rows(places: NDArray[np.int64], column: Column, positions: NDArray[Any], width: int) -> NDArray[np.bool_]:
    """Which rows of the scale each of `places` has: rows × people."""
    import numpy as np

    if column.owners is None or column.listed is None:
        return np.arange(width)[:, None] == positions[places]
    found = np.zeros((width, len(places)), dtype=np.bool_)
    which = np.full(len(column.listed), -1)
    which[places] = np.arange(len(places))
    who = which[column.owners]
    there = (who >= 0) & (positions >= 0)
    found[positions[there], who[there]] = True
    return found


def _known(places: NDArray[np.int64], column: Column, positions: NDArray[Any]) -> NDArray[np.bool_]:
    return column.listed[places] if column.listed is not None else positions[places] >= 0
