"""The statistics of portraits: intervals, tests, corrections, effect sizes, information. Pure functions.

Shares are compared by counts (`count` of `total`), numbers by `Sample`s. Groups that hold some of the same people are
not independent. Their people fall into three parts that are: those of a alone, those of b alone, those of both, whom
`shared` tells about. A difference is a weighted sum over the parts, and varies by what each of them varies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from huaxiang.core.placements import Z

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Difference:
    """A difference with its 95 % interval and two-sided p-value."""

    value: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Sample:
    """A number measured on `count` people: its mean and its variance (divided by `count` − 1)."""

    count: int
    mean: float = 0.0
    variance: float = 0.0

    def without(self, part: Sample) -> Sample:
        """The sample of those not in `part`, a subset of this one (Chan, Golub and LeVeque 1979, eq. 2.1, solved)."""
        count = self.count - part.count
        if count <= 0:
            return Sample(0)
        if part.count == 0:
            return self
        mean = (self.mean * self.count - part.mean * part.count) / count
        squares = self.variance * (self.count - 1) - part.variance * max(part.count - 1, 0)
        squares -= (part.mean - mean) ** 2 * part.count * count / self.count
        noise = 1e-9 * abs(self.variance) * self.count
        return Sample(count, mean, max(squares, 0.0) / (count - 1) if count > 1 and squares > noise else 0.0)


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927; Newcombe 1998a, method 3). `total` is at least 1."""
    share = count / total
    middle = 2 * count + Z**2
    reach = Z * math.sqrt(Z**2 + 4 * count * (1 - share))
    scale = 2 * (total + Z**2)
    low = 0.0 if count == 0 else (middle - reach) / scale
    high = 1.0 if count == total else (middle + reach) / scale
    return low, high


@dataclass(frozen=True)
class SharedCounts:
    """The people who are in both groups: how many have the value as members of a, of b, and of both.

    Where both groups are seen at one moment, the three are the same number; at two moments each person is a pair of
    observations, `paired`.
    """

    total: int
    count_a: int
    count_b: int
    count_both: int
    paired: bool = False

    def correlation(self, doubt: float = 0.0) -> float:
        """The phi coefficient of the two observations of a person; 0 where either never varies.

        A positive one is taken down by `doubt` people's worth: Newcombe (1998c) takes half the people.
        """
        if not self.paired:
            return 1.0
        margins = self.count_a * (self.total - self.count_a) * self.count_b * (self.total - self.count_b)
        if not margins:
            return 0.0
        together = self.total * self.count_both - self.count_a * self.count_b
        return (max(together - doubt, 0.0) if together > 0 else together) / math.sqrt(margins)


@dataclass(frozen=True)
class SharedSample:
    """A number measured on the people who are in both groups, as members of a and of b, and how the two go together.

    At one moment both are the same sample, and the covariance is its variance.
    """

    a: Sample
    b: Sample
    covariance: float = 0.0

    @classmethod
    def same(cls, sample: Sample) -> SharedSample:
        """People who are measured once, for both groups."""
        return cls(sample, sample, sample.variance)


NOBODY = SharedCounts(0, 0, 0, 0)
NO_SAMPLE = SharedSample(Sample(0), Sample(0))


def compare_shares(
    count_a: int, total_a: int, count_b: int, total_b: int, shared: SharedCounts = NOBODY
) -> Difference | None:
    """The difference of two shares, a − b, with interval and test. None without people on both sides.

    The interval is method 10 of Newcombe (1998b), which Zou and Donner (2008) extend to any sum of independent parts;
    the part of people who were observed twice follows his paired method (1998c). The test pools the share (Fleiss,
    Levin and Paik 2003, eq. 3.5, without continuity correction), for shared people as in Derrick et al. (2017).
    """
    if total_a <= 0 or total_b <= 0:
        return None
    value = count_a / total_a - count_b / total_b
    # Asked tens of thousands of times in a build, nearly always about groups that share nobody.
    down_a, up_a = _arms(1 / total_a, count_a - shared.count_a, total_a - shared.total)
    down_b, up_b = _arms(-1 / total_b, count_b - shared.count_b, total_b - shared.total)
    down, up = _shared_arms(shared, total_a, total_b) if shared.total else (0.0, 0.0)
    low = value - math.hypot(down_a, down_b, down)
    high = value + math.hypot(up_a, up_b, up)
    pooled = (count_a + count_b) / (total_a + total_b)
    inverse = 1 / total_a + 1 / total_b
    if shared.total:
        inverse -= 2 * shared.total * shared.correlation() / (total_a * total_b)
    # What is left of 1/n + 1/n − 2/n is noise.
    inverse = inverse if inverse > 1e-12 else 0.0
    p_value = _two_sided_normal(value if abs(value) > 1e-12 else 0.0, pooled * (1 - pooled) * inverse)
    return Difference(value, max(low, -1.0), min(high, 1.0), p_value)


def compare_means(a: Sample, b: Sample, shared: SharedSample = NO_SAMPLE) -> Difference | None:
    """The difference of two means, a − b, by Welch (1947). None where a side has fewer than two values.

    Degrees of freedom after Satterthwaite (1946), over the independent parts. A part of one person has no variance of
    its own and takes the pooled one of both groups.
    """
    if a.count < 2 or b.count < 2:
        return None
    from scipy.special import stdtr, stdtrit

    value = a.mean - b.mean
    parts = _mean_parts(a, b, shared)
    squared_error = sum(variance for variance, _ in parts)
    if squared_error <= 0.0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0)
    error = math.sqrt(squared_error)
    freedom = squared_error**2 / sum(variance**2 / freedom for variance, freedom in parts)
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    return Difference(value, value - reach, value + reach, min(2 * float(stdtr(freedom, -abs(value) / error)), 1.0))


def cohens_d(a: Sample, b: Sample) -> float | None:
    """The difference of means in pooled standard deviations (Cohen 1988, eq. 2.5.1). None without any spread."""
    freedom = a.count + b.count - 2
    if a.count == 0 or b.count == 0 or freedom <= 0:
        return None
    pooled = (a.variance * (a.count - 1) + b.variance * (b.count - 1)) / freedom
    if pooled <= 0:
        return 0.0 if a.mean == b.mean else None
    return (a.mean - b.mean) / math.sqrt(pooled)


@lru_cache(maxsize=1 << 12)
def cohens_h(share_a: float, share_b: float) -> float:
    """The difference of two shares where equal steps are equally easy to see (Cohen 1988, eq. 6.2.1). .2 is small."""
    return 2 * math.asin(math.sqrt(share_a)) - 2 * math.asin(math.sqrt(share_b))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The q-value of each test: the least false discovery rate that finds it (Benjamini and Hochberg 1995)."""
    count = len(p_values)
    order = sorted(range(count), key=p_values.__getitem__, reverse=True)
    found = [1.0] * count
    least = 1.0
    for rank, index in zip(range(count, 0, -1), order, strict=True):
        least = min(least, p_values[index] * count / rank)
        found[index] = least
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """The adjusted p-value of each test: the least family-wise error rate that finds it (Holm 1979)."""
    count = len(p_values)
    found = [1.0] * count
    most = 0.0
    for rank, index in enumerate(sorted(range(count), key=p_values.__getitem__)):
        most = max(most, min(p_values[index] * (count - rank), 1.0))
        found[index] = most
    return found


def information_gain(table: Sequence[tuple[int, int]]) -> float:
    """Bits that a value tells about being inside (mutual information, Shannon 1948), from (inside, outside) per value.

    What chance alone would give, (values − 1) / (2 N ln 2), is taken off (Miller 1955); never below zero.
    """
    inside = sum(row[0] for row in table)
    outside = sum(row[1] for row in table)
    total = inside + outside
    if inside == 0 or outside == 0:
        return 0.0
    seen = [row for row in table if sum(row)]
    bits = sum(
        cell / total * math.log2(cell * total / (sum(row) * margin))
        for row in seen
        for cell, margin in zip(row, (inside, outside), strict=True)
        if cell
    )
    return max(bits - (len(seen) - 1) / (2 * total * math.log(2)), 0.0)


def _arms(weight: float, count: int, total: int) -> tuple[float, float]:
    """How far below and above its estimate the interval of `weight` × `count` reaches, `count` of `total` at random."""
    if total <= 0 or weight == 0:
        return 0.0, 0.0
    low, high = wilson(count, total)
    down, up = count - low * total, high * total - count
    return (weight * down, weight * up) if weight > 0 else (-weight * up, -weight * down)


def _shared_arms(shared: SharedCounts, total_a: int, total_b: int) -> tuple[float, float]:
    """The same for the people in both groups, who weigh 1 / total_a − 1 / total_b, or both where observed twice."""
    if not shared.paired:
        return _arms(1 / total_a - 1 / total_b, shared.count_a, shared.total)
    (down_a, up_a), (down_b, up_b) = (
        _arms(1 / total_a, shared.count_a, shared.total),
        _arms(1 / total_b, shared.count_b, shared.total),
    )
    together = shared.correlation(shared.total / 2)
    return _side(down_a, up_b, together), _side(up_a, down_b, together)


def _side(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(a * a - 2 * correlation * a * b + b * b, 0.0))


def _mean_parts(a: Sample, b: Sample, shared: SharedSample) -> list[tuple[float, float]]:
    """The variance that each part of the people adds to the difference of means, with its degrees of freedom."""
    both = shared.a.count
    only_a, only_b = a.without(shared.a), b.without(shared.b)
    weight_a, weight_b = 1 / a.count, 1 / b.count
    both_variance = (
        weight_a**2 * shared.a.variance + weight_b**2 * shared.b.variance - 2 * weight_a * weight_b * shared.covariance
    )
    # Of each part: its people, the variance that one of them adds, and how often that holds the one of an observation.
    parts = (
        (only_a.count, weight_a**2 * only_a.variance, weight_a**2),
        (only_b.count, weight_b**2 * only_b.variance, weight_b**2),
        (both, max(both_variance, 0.0), weight_a**2 + weight_b**2),
    )
    freedom = a.count + b.count - 2
    pooled = (a.variance * (a.count - 1) + b.variance * (b.count - 1)) / freedom
    found = [
        (count * variance, count - 1) if count > 1 else (weight * pooled, freedom)
        for count, variance, weight in parts
        if count > 0
    ]
    return [(variance, freedom) for variance, freedom in found if variance > 0]


def _two_sided_normal(value: float, variance: float) -> float:
    if variance <= 0:
        return 1.0 if value == 0 else 0.0
    return math.erfc(abs(value) / math.sqrt(2 * variance))
