"""Whether clusters are there: do other samples show the same ones, and are they more than chance makes of any data?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from huaxiang.segments.clusters.encode import Encoded
from huaxiang.segments.clusters.methods import Fit, Method

SAMPLES = 20
"""Random halves of the sample that the clusters are found in again."""

COMPARED = 3_000
"""Customers by whom two fits are compared, and at most that a sample holds."""

STARTS = 15
"""Starts of a fit that is only compared."""

SHUFFLES = 10
"""Fits of data whose tags were shuffled one by one."""

SURE = 4.0
"""Standard deviations by which clusters must tell more than those of shuffled data."""


@dataclass(frozen=True)
class Stability:
    """The adjusted Rand index (Hubert and Arabie 1985) between the clusters and those of other samples.

    `low` and `high` are the 2.5 % and 97.5 % quantiles of the samples. `chance` is how much of what the clusters tell
    comes from shuffled data too: 1 or more: all of it. `structured`: surely more than chance.
    """

    index: float
    low: float
    high: float
    chance: float
    structured: bool


def measure(rows: Encoded, fit: Fit, method: Method, smallest: float, seed: int) -> Stability:
    """How stable `fit` of the sample `rows` is: SAMPLES fits of random halves, SHUFFLES of shuffled tags."""
    random = np.random.default_rng([seed, 2])
    some = rows.take(slice(0, COMPARED))
    own = fit.place(some)[0]
    found = []
    for _ in range(SAMPLES):
        half = np.sort(random.permutation(len(rows))[: min(len(rows) // 2, COMPARED)])
        again = method.fit(rows.take(half), fit.size, smallest, random, STARTS)
        found.append(agreement(own, again.place(some)[0]))
    low, high = np.quantile(found, (0.025, 0.975))
    chance, structured = _against_chance(some, fit.size, method, smallest, random)
    return Stability(float(np.mean(found)), float(low), float(high), chance, structured)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """The adjusted Rand index of two ways to part the same customers: 1 if they are equal, about 0 by chance."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def _against_chance(
    rows: Encoded, size: int, method: Method, smallest: float, random: np.random.Generator
) -> tuple[float, bool]:
    """How much of what clusters tell they tell about shuffled tags too, and whether that is surely less.

    In the spirit of the gap statistic (Tibshirani, Walther and Hastie 2001), with shuffled tags as the reference:
    what a single tag shows by itself, such as two humps, is no cluster. A single cluster tells nothing.
    """
    plain = method.fit(rows, 1, smallest, random, 1).worth(rows)
    told = method.fit(rows, size, smallest, random, STARTS).worth(rows) - plain
    by_chance = []
    for _ in range(SHUFFLES):
        shuffled = rows.shuffled(random)
        by_chance.append(method.fit(shuffled, size, smallest, random, STARTS // 3).worth(shuffled) - plain)
    mean, spread = float(np.mean(by_chance)), float(np.std(by_chance, ddof=1))
    # The error of the mean itself counts too.
    structured = told > mean + SURE * spread * np.sqrt(1 + 1 / SHUFFLES)
    return (mean / told if told > 0 else 1.0), bool(structured)
