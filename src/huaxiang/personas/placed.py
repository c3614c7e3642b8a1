"""Tags on the scales of a base: as they were read, or as codes by which a portrait is a count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from huaxiang.personas.codes import count_of
from huaxiang.personas.columns import Column, by_value
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.likeness import SKETCHED, Likeness, Sketch
from huaxiang.personas.measure import Counted, Measures, median_of, rounded, sample_of, sure_sample
from huaxiang.personas.scales import Scale, scale, skipped
from huaxiang.personas.statistics import Sample
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Placed(Protocol):
    """One tag of some customers on its scale."""

    @property
    def scale(self) -> Scale:
        """The scale."""

    @property
    def sketch(self) -> Sketch | None:
        """Tells of some of the customers which tags say the same; None of a skipped tag."""

    @property
    def column(self) -> Column:
        """Its values, as far as counting needs them."""

    @property
    def positions(self) -> NDArray[Any]:
        """The row of the scale that each value falls into, −1 without one."""

    def at(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """The `positions` of the customers at `places`, of whom each has one value at most."""

    def counted(self, crowd: Crowd) -> Counted:
        """Count the tag among a crowd."""

    @property
    def totals(self) -> tuple[int, ...]:
        """How many values of all these customers fall into each row of the scale."""


@dataclass(frozen=True, eq=False)
class PlacedColumn:
    """A tag as it was read."""

    scale: Scale
    column: Column
    positions: NDArray[Any]
    sketch: Sketch | None = None

    @classmethod
    def of(cls, scale: Scale, column: Column) -> PlacedColumn:
        """A column on a scale."""
        return cls(scale, column, scale.positions(column))

    def at(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """The `positions` of the customers at `places`, of whom each has one value at most."""
        return self.positions[places]

    def counted(self, crowd: Crowd) -> Counted:
        """Count the tag among a crowd."""
        column = self.column
        counts = tuple(crowd.sizes(column, self.positions, len(self.scale.values)).tolist())
        known = sum(counts) if column.listed is None else int(column.listed[crowd.places].sum())
        if not self.scale.tag.type.is_numeric:
            return Counted(counts, known)
        return Counted(counts, known, sample_of(column.numbers[crowd.places]), median_of(column.numbers[crowd.sample]))

    @cached_property
    def totals(self) -> tuple[int, ...]:
        """How many values of all these customers fall into each row of the scale."""
        import numpy as np

        return tuple(np.bincount(self.positions + 1, minlength=len(self.scale.values) + 1)[1:].tolist())


@dataclass(frozen=True, eq=False)
class Coded:
    """A tag of which customers with the same code have the same value: `rows` of the scale and `numbers`, by code.

    Nobody without a value has a number. Of a numeric tag with too many values to have codes of their own, each
    customer's number is in `single`, NaN without one, and codes stand for rows of the scale alone. A last entry of
    `rows` is −1: the code of those without a value.
    """

    scale: Scale
    codes: NDArray[Any]
    rows: NDArray[np.int64]
    numbers: NDArray[np.float64]
    single: NDArray[Any] | None
    totals: tuple[int, ...]
    sketch: Sketch | None = None

    @property
    def column(self) -> Column:
        """Its values, as far as counting needs them."""
        import numpy as np

        numeric = self.scale.tag.type.is_numeric
        numbers = self.single if self.single is not None else self.numbers[self.codes] if numeric else self.numbers
        return Column(self.scale.tag, numbers, np.empty(0, np.int64))

    @property
    def positions(self) -> NDArray[Any]:
        """The row of the scale that each value falls into, −1 without one."""
        return self.rows[self.codes]

    def at(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """The `positions` of the customers at `places`, of whom each has one value at most."""
        return self.rows[self.codes[places]]

    def counted(self, crowd: Crowd) -> Counted:
        """Count the tag among a crowd."""
        import numpy as np

        found = self._histogram(crowd.places)
        counts = np.bincount(self.rows + 1, weights=found, minlength=len(self.scale.values) + 1)[1:]
        told = tuple(counts.astype(np.int64).tolist())
        if not self.scale.tag.type.is_numeric:
            return Counted(told, sum(told))
        return Counted(told, sum(told), self._sample(crowd.places, found), self._median(crowd, found))

    def _median(self, crowd: Crowd, found: NDArray[np.int64]) -> float | None:
        """The median among the crowd's sample, of all of whom `found` have each code."""
        import numpy as np

        if self.single is not None:
            return median_of(self.single[crowd.sample])
        if crowd.sample is not crowd.places:
            found = self._histogram(crowd.sample)
        upto = np.cumsum(found[:-1])
        known = int(upto[-1]) if len(upto) else 0
        if not known:
            return None
        low, high = self.numbers[np.searchsorted(upto, [(known - 1) // 2, known // 2], side="right")].tolist()
        return rounded((low + high) / 2)

    def _sample(self, places: NDArray[np.int64], found: NDArray[np.int64]) -> Sample:
        """The sample that the customers at `places` are, `found` of each code."""
        if self.single is not None:
            return sample_of(self.single[places])
        sure = sure_sample(self.numbers[:-1], found[:-1], self._first(places))
        return sample_of(self.numbers[self.codes[places]]) if sure is None else sure

    def _first(self, places: NDArray[np.int64]) -> float:
        """The number of the first of these customers who has one; NaN where nobody has."""
        import numpy as np

        missing = len(self.rows) - 1
        for start in range(0, len(places), 4096):
            some = self.codes[places[start : start + 4096]]
            there = some != missing
            if there.any():
                return float(self.numbers[some[np.argmax(there)]])
        return float("nan")

    def _histogram(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of the customers at `places` have each code."""
        return count_of(self.codes, places, len(self.rows))


_NONE_KEPT: Mapping[str, Placed] = {}


@dataclass
class Basis:
    """What is known of a base, by tag: the scales made from its customers, and a sketch of some of them.

    Of what is `kept` nothing has to be read. `measures` are those of the whole base, where they are known.
    """

    scales: dict[str, Scale] = field(default_factory=dict)
    sketches: dict[str, Sketch] = field(default_factory=dict)
    kept: Mapping[str, Placed] = field(default_factory=lambda: _NONE_KEPT)
    measures: Measures | None = None
    alike: Likeness | None = None

    @classmethod
    def of(cls, tags: Mapping[str, Tag]) -> Basis:
        """A base of which nothing is known but which of `tags` are not portrayed at all."""
        return cls({name: found for name, tag in tags.items() if (found := skipped(tag))})

    @cached_property
    def likeness(self) -> Likeness:
        """Which tags tell the same fact. To be asked when all tags are counted."""
        return self.alike or Likeness(self.sketches)

    def unkept(self, tags: Iterable[Tag]) -> Iterator[Tag]:
        """Those of `tags` that have to be read."""
        return (tag for tag in tags if tag.name not in self.kept)

    def meet(self, column: Column, base: Crowd) -> PlacedColumn | Coded:
        """A tag on its scale, which is made from the customers of `base` at first sight.

        Then `column` is to have the values of all customers.
        """
        name = column.tag.name
        fresh = name not in self.scales
        if fresh:
            self.scales[name] = scale(column, base)
        placed = _placed(self.scales[name], column)
        if fresh and placed.scale.kind != "skipped":
            places = base.places[:: max(-(-base.size // SKETCHED), 1)]
            self.sketches[name] = placed.scale.sketch(column, places, placed.positions)
        return replace(placed, sketch=self.sketches.get(name))


def _placed(scale: Scale, column: Column) -> PlacedColumn | Coded:
    """A column on a scale, by its codes where it has some."""
    import numpy as np

    codes = column.codes
    if codes is None:
        return PlacedColumn.of(scale, column)
    rows = np.append(rows_of(scale, codes.known), -1)
    totals = np.bincount(rows + 1, codes.counts, len(scale.values) + 1)[1:].astype(np.int64)
    return Coded(scale, codes.codes, rows, codes.numbers, None, tuple(totals.tolist()))


def rows_of(scale: Scale, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row of a scale that each of different numbers falls into, −1 where it knows none."""
    import numpy as np

    if not by_value(scale.tag):
        return scale.positions(Column(scale.tag, numbers, np.empty(0, np.int64)))
    words = tuple(str(int(number)) for number in numbers)
    return scale.positions(Column(scale.tag, numbers, np.arange(len(numbers)), words))
