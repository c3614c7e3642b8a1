"""How far two distributions lie apart: the population stability index.

PSI = Σ (aᵢ − eᵢ) · ln(aᵢ / eᵢ) over bins with the expected share eᵢ and the actual share aᵢ (Siddiqi, "Credit Risk
Scorecards", 2006: from 0.1 on the population has shifted, from 0.25 on it has changed). What chance alone gives,
(B − 1)(1/n + 1/m) for B bins and n and m people (Yurdakul, "Statistical Properties of Population Stability Index",
2018), may be taken off. Where nothing but chance is at work, the index ÷ (1/n + 1/m) follows the χ² distribution with
B − 1 degrees of freedom (the same).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

FLOOR = 0.001
"""The share that an empty bin counts as: the logarithm knows no zero."""


def population_stability(expected: Sequence[float], actual: Sequence[float]) -> float:
    """The index of the shares of the same bins, before and after."""
    pairs = [(max(e, FLOOR), max(a, FLOOR)) for e, a in zip(expected, actual, strict=True)]
    return math.fsum((a - e) * math.log(a / e) for e, a in pairs)


def chance_of(bins: int, before: int, after: int) -> float:
    """What the index comes to between two samples of so many from one population."""
    return (bins - 1) * (1 / before + 1 / after)


def stability_index(before: Sequence[int], after: Sequence[int]) -> float:
    """The index of counts of the same bins, less what chance gives; equal shares give exactly 0.

    Bins that are empty on both sides don't count. Each side has somebody.
    """
    pairs = [(one, other) for one, other in zip(before, after, strict=True) if one or other]
    total, now = sum(before), sum(after)
    index = population_stability([one / total for one, _ in pairs], [other / now for _, other in pairs])
    return max(0.0, index - chance_of(len(pairs), total, now))


def chance_p_value(before: Sequence[int], after: Sequence[int]) -> float:
    """How probable so large an index of these counts is between two samples from one population.

    Each side has somebody. Where the same people are on both sides, it is less probable still.
    """
    from scipy.special import chdtrc

    pairs = [(one, other) for one, other in zip(before, after, strict=True) if one or other]
    if len(pairs) < 2:
        return 1.0
    total, now = sum(before), sum(after)
    index = population_stability([one / total for one, _ in pairs], [other / now for _, other in pairs])
    return float(chdtrc(len(pairs) - 1, index / (1 / total + 1 / now)))
