"""Everything that is counted about groups of customers: one pass over the profiles, whatever their number."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huaxiang.personas.crowds import Crowd
from huaxiang.personas.statistics import NO_SAMPLE, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.personas.placed import Placed

REVENUE = ("spend_total", "spend_365d")
"""Tags that say what a customer is worth; the first that is built counts."""

_COUNTED, _DERIVED = 13, 10
"""Significant digits kept of sums, which differ in the last ones from run to run, and of what is made of them."""

_SLACK = 6e-15
"""How far two ways of adding up the same numbers may end apart, as a share of the sum of their amounts.

Of pairwise sums (Higham 1993): some 20 additions in a block, and one for each time that it has to be doubled to hold
all, which are 40 of some hundred million numbers; each of them is off by 2⁻⁵³ at most.
"""


@dataclass(frozen=True)
class Counted:
    """One tag of one crowd: members per row of the scale, members with a value; of a numeric tag their sample, too.

    `median` is that of the crowd's sample (`crowds.SAMPLE`), None where nobody there has a number.
    """

    counts: tuple[int, ...]
    known: int
    sample: Sample = NO_SAMPLE.a
    median: float | None = None


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
        tag, found = placed.scale.tag, placed.counted(crowd)
        self.counts[tag.name], self.known[tag.name] = found.counts, found.known
        if tag.type.is_numeric:
            self.samples[tag.name] = found.sample
            if found.median is not None:
                self.medians[tag.name] = found.median

    def done(self) -> Measures:
        """What was counted."""
        worth = None if self.revenue is None else rounded(self.revenue, _COUNTED)
        return Measures(self.crowd.size, worth, self.counts, self.known, self.samples, self.medians)


def revenue_of(tags: Container[str]) -> str | None:
    """The one of `tags` that says what a customer is worth."""
    return next((name for name in REVENUE if name in tags), None)


def rounded(number: float, digits: int = _DERIVED) -> float:
    """`number` with the digits that are the same in every run."""
    return float(f"{number:.{digits}g}")


def sample_of(numbers: NDArray[Any]) -> Sample:
    """The sample that these numbers are, without those that are missing."""
    found = present(numbers)
    if len(found) == 0:
        return Sample(0)
    # Seen from one of them, equal numbers have no variance at all, and large ones lose no digits.
    away = found - found[0]
    variance = away.var(ddof=1) if len(found) > 1 else 0.0
    return Sample(len(found), rounded(float(found[0] + away.mean()), _COUNTED), rounded(float(variance), _COUNTED))


def sure_sample(values: NDArray[np.float64], counts: NDArray[np.int64], first: float) -> Sample | None:
    """The sample of so many of each of `values`, of which `first` comes first: what `sample_of` makes of them all.

    None where a digit that is kept hangs on the order in which they are added: then the long way has to be gone.
    """
    import numpy as np

    count = int(counts.sum())
    if count == 0:
        return Sample(0)
    away = values - first
    mean = float((counts * away).sum()) / count
    amount = float((counts * np.abs(away)).sum()) / count
    squares = float((counts * away**2).sum()) / count
    variance = float((counts * (away - mean) ** 2).sum()) / (count - 1) if count > 1 else 0.0
    whole = _agreed(first + mean, _SLACK * (amount + abs(first)))
    spread = _agreed(variance, _SLACK * (variance + (squares * variance) ** 0.5))
    return None if whole is None or spread is None else Sample(count, whole, spread)


def median_of(numbers: NDArray[Any]) -> float | None:
    """The median of these numbers, without those that are missing; None where all are."""
    import numpy as np

    found = present(numbers)
    return rounded(float(np.median(found))) if len(found) else None


def _agreed(number: float, slack: float) -> float | None:
    """A sum with the digits that are kept, where numbers that are `slack` off have the same; None where they don't."""
    low, high = (rounded(one, _COUNTED) for one in (number - slack, number + slack))
    return low if low == high else None


def present(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """The numbers that are not missing, in double precision."""
    import numpy as np

    return numbers[~np.isnan(numbers)].astype(np.float64, copy=False)
