"""Everything that is counted about groups of customers: one pass over the profiles, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huaxiang.personas.crowds import Crowd
from huaxiang.personas.placed import Placed
from huaxiang.personas.statistics import Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REVENUE = ("spend_total", "spend_365d")
"""Tags that say what a customer is worth; the first that is built counts."""

_COUNTED, _DERIVED = 13, 10
"""Significant digits kept of sums, which differ in the last ones from run to run, and of what is made of them."""


@dataclass(frozen=True)
class Measures:
    """What was counted. `counts` are members per row of a tag's scale, `known` those who have a value.

    `medians` of large groups come from a sample, see `crowds.SAMPLE`.
    """

    size: int = 0
    revenue: float | None = None
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    medians: Mapping[str, float] = field(default_factory=dict)

    def without(self, part: Measures) -> Measures:
        """What is left of the tags of `part` without its members, all of them counted here. Medians can't be told."""
        return Measures(
            self.size - part.size,
            None if self.revenue is None else self.revenue - (part.revenue or 0.0),
            {
                name: tuple(mine - theirs for mine, theirs in zip(self.counts[name], counts, strict=True))
                for name, counts in part.counts.items()
            },
            {name: self.known[name] - known for name, known in part.known.items()},
            {name: self.samples[name].without(sample) for name, sample in part.samples.items()},
        )


@dataclass
class Tally:
    """What is being counted about one crowd, tag by tag."""

    crowd: Crowd
    revenue: float | None
    counts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    samples: dict[str, Sample] = field(default_factory=dict)
    medians: dict[str, float] = field(default_factory=dict)

    def add(self, placed: Placed, crowd: Crowd) -> None:
        """Count a tag; `crowd` are the same customers by their places among those that were placed."""
        tag, column = placed.scale.tag, placed.column
        name = tag.name
        self.counts[name] = tuple(crowd.sizes(column, placed.positions, len(placed.scale.values)).tolist())
        if column.listed is None:
            self.known[name] = sum(self.counts[name])
        else:
            self.known[name] = int(column.listed[crowd.places].sum())
        if tag.type.is_numeric:
            self.samples[name] = sample_of(column.numbers[crowd.places])
            median = _median(column.numbers[crowd.sample])
            if median is not None:
                self.medians[name] = median

    def done(self) -> Measures:
        """What was counted."""
        worth = None if self.revenue is None else rounded(self.revenue, _COUNTED)
        return Measures(self.crowd.size, worth, self.counts, self.known, self.samples, self.medians)


def rounded(number: float, digits: int = _DERIVED) -> float:
    """`number` with the digits that are the same in every run."""
    return float(f"{number:.{digits}g}")


def sample_of(numbers: NDArray[Any]) -> Sample:
    """The sample that these numbers are, without those that are missing."""
    found = _present(numbers)
    if len(found) == 0:
        return Sample(0)
    # Seen from one of them, equal numbers have no variance at all, and large ones lose no digits.
    away = found - found[0]
    variance = away.var(ddof=1) if len(found) > 1 else 0.0
    return Sample(len(found), rounded(float(found[0] + away.mean()), _COUNTED), rounded(float(variance), _COUNTED))


def _median(numbers: NDArray[Any]) -> float | None:
    import numpy as np

    found = _present(numbers)
    return rounded(float(np.median(found))) if len(found) else None


def _present(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """The numbers that are not missing, in double precision."""
    import numpy as np

    return numbers[~np.isnan(numbers)].astype(np.float64, copy=False)
