"""The statistics of portraits: intervals, tests, corrections, effect sizes, information. Pure functions.

Shares are compared by counts (`count` of `total`), numbers by `Sample`s. Where two groups hold some of the same people,
`shared` says how many: what these people share can't be a difference, and every variance here takes it out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05

_Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution: two-sided 95 %."""


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
    middle = 2 * count + _Z**2
    reach = _Z * math.sqrt(_Z**2 + 4 * count * (1 - share))
    scale = 2 * (total + _Z**2)
    low = 0.0 if count == 0 else (middle - reach) / scale
    high = 1.0 if count == total else (middle + reach) / scale
    return low, high


def compare_shares(count_a: int, total_a: int, count_b: int, total_b: int, shared: int = 0) -> Difference | None:
    """The difference of two shares, a − b, with interval and test. None without people on both sides.

    The interval is method 10 of Newcombe (1998b), with the correlation term of his paired method (1998c) where
    people are shared. The test pools the share (Fleiss, Levin and Paik 2003, eq. 3.5, without continuity
    correction), for shared people as in Derrick et al. (2017).
    """
    if total_a <= 0 or total_b <= 0:
        return None
    share_a, share_b = count_a / total_a, count_b / total_b
    value = share_a - share_b
    correlation = min(shared / math.sqrt(total_a * total_b), 1.0)
    (low_a, high_a), (low_b, high_b) = wilson(count_a, total_a), wilson(count_b, total_b)
    low = value - _hypotenuse(share_a - low_a, high_b - share_b, correlation)
    high = value + _hypotenuse(high_a - share_a, share_b - low_b, correlation)
    pooled = (count_a + count_b) / (total_a + total_b)
    inverse = 1 / total_a + 1 / total_b - 2 * shared / (total_a * total_b)
    p_value = _two_sided_normal(value, pooled * (1 - pooled) * max(inverse, 0.0))
    return Difference(value, max(low, -1.0), min(high, 1.0), p_value)


def compare_means(a: Sample, b: Sample, shared: int = 0) -> Difference | None:
    """The difference of two means, a − b, by Welch (1947). None where a side has fewer than two values.

    Degrees of freedom after Satterthwaite (1946). Shared people correlate the two means (Derrick et al. 2017).
    """
    if a.count < 2 or b.count < 2:
        return None
    from scipy.special import stdtr, stdtrit

    value = a.mean - b.mean
    part_a, part_b = a.variance / a.count, b.variance / b.count
    covariance = shared * math.sqrt(a.variance * b.variance) / (a.count * b.count)
    squared_error = max(part_a + part_b - 2 * covariance, 0.0)
    if squared_error == 0.0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0)
    error = math.sqrt(squared_error)
    freedom = (part_a + part_b) ** 2 / (part_a**2 / (a.count - 1) + part_b**2 / (b.count - 1))
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


def _hypotenuse(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(a * a - 2 * correlation * a * b + b * b, 0.0))


def _two_sided_normal(value: float, variance: float) -> float:
    if variance <= 0:
        return 1.0 if value == 0 else 0.0
    return math.erfc(abs(value) / math.sqrt(2 * variance))
