"""Whether clusters are there: do other samples show the same ones, and are they more than chance makes of any data?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from huaxiang.segments.clusters.encode import Encoded
from huaxiang.segments.clusters.methods import Fit, Method, surely
from huaxiang.segments.clusters.spec import ClustersSpec

SAMPLES = 20
"""Random halves of the sample that the clusters are found in again."""

HALF = 5_000
"""Customers at most that such a half holds, and by whom two fits are compared."""

STARTS = 15
"""Starts of a fit that is only compared."""

SHUFFLES = 10
"""Fits of data whose tags were shuffled one by one."""

SHUFFLE_STARTS = 5
"""Starts of each of them, and of the fit that they are held against: both must be as hard to find."""

SURE = 4.0
"""Standard deviations by which clusters must tell more than those of shuffled data."""

Pair = tuple[np.ndarray, np.ndarray]
"""The clusters of the same customers by two fits."""


@dataclass(frozen=True)
class Stability:
    """The adjusted Rand index (Hubert and Arabie 1985) between the clusters and those of other samples.

    `low` and `high` are the 2.5 % and 97.5 % quantiles of the samples. `recovery` says of each cluster how much of it
    other samples find again. `chance` is how much of what the clusters tell comes from shuffled data too: 1 or more:
    all of it. `structured`: surely more than chance.
    """

    index: float
    low: float
    high: float
    recovery: tuple[float, ...]
    chance: float
    structured: bool


def measure(rows: Encoded, fit: Fit, method: Method, spec: ClustersSpec) -> Stability:
    """How stable `fit` of the sample `rows` is: SAMPLES fits of random halves, SHUFFLES of shuffled tags."""
    random = np.random.default_rng([spec.seed, 2])
    pairs = again(rows, fit, method, spec, SAMPLES, random)
    found = [agreement(own, theirs) for own, theirs in pairs]
    low, high = np.quantile(found, (0.025, 0.975))
    chance, structured = _against_chance(rows.take(slice(0, HALF)), fit.size, method, spec.smallest, random)
    each = tuple(float(share) for share in recovery(pairs, fit.size))
    return Stability(float(np.mean(found)), float(low), float(high), each, chance, structured)


def again(
    rows: Encoded, fit: Fit, method: Method, spec: ClustersSpec, times: int, random: np.random.Generator
) -> list[Pair]:
    """The clusters of `fit` and those of a fit of a random half, `times` over, by customers whom that half lacks.

    Those whom `fit` puts nowhere for sure are left out: nobody is told that they belong anywhere.
    """
    pairs = []
    own, half = surely(fit, rows, spec.certainty), min(len(rows) // 2, HALF)
    for _ in range(times):
        order = random.permutation(len(rows))
        other = method.fit(rows.take(np.sort(order[:half])), fit.size, spec.smallest, random, STARTS)
        unseen = np.sort(order[half : 2 * half])
        unseen = unseen[own[unseen] >= 0]
        pairs.append((own[unseen], other.place(rows.take(unseen))[0]))
    return pairs


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """The adjusted Rand index of two ways to part the same customers: 1 if they are equal, about 0 by chance.

    0 where there are no customers.
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other)) if len(one) else 0.0


def recovery(pairs: Sequence[Pair], size: int) -> np.ndarray:
    """For each of `size` clusters the Jaccard index with the most similar one of another fit, on average.

    Hennig 2007: from 0.75 on a cluster is stable, below 0.6 nobody should rely on it. 0 for a cluster of nobody.
    """
    found = np.zeros((len(pairs), size))
    for row, (own, theirs) in zip(found, pairs, strict=True):
        both = np.zeros((size, int(theirs.max(initial=0)) + 1))
        np.add.at(both, (own[theirs >= 0], theirs[theirs >= 0]), 1)
        either = np.bincount(own, minlength=size)[:, None] + np.bincount(theirs[theirs >= 0], minlength=both.shape[1])
        row[:] = (both / np.maximum(either - both, 1)).max(axis=1)
    return found.mean(axis=0)


def _against_chance(
    rows: Encoded, size: int, method: Method, smallest: float, random: np.random.Generator
) -> tuple[float, bool]:
    """How much of what clusters tell they tell about shuffled tags too, and whether that is surely less.

    In the spirit of the gap statistic (Tibshirani, Walther and Hastie 2001), with shuffled tags as the reference:
    what a single tag shows by itself, such as two humps, is no cluster. A single cluster tells nothing.
    """
    plain = method.fit(rows, 1, smallest, random, 1).worth(rows)
    told = method.fit(rows, size, smallest, random, SHUFFLE_STARTS).worth(rows) - plain
    by_chance = []
    for _ in range(SHUFFLES):
        shuffled = rows.shuffled(random)
        by_chance.append(method.fit(shuffled, size, smallest, random, SHUFFLE_STARTS).worth(shuffled) - plain)
    mean, spread = float(np.mean(by_chance)), float(np.std(by_chance, ddof=1))
    # The error of the mean itself counts too.
    structured = told > mean + SURE * spread * np.sqrt(1 + 1 / SHUFFLES)
    return (mean / told if told > 0 else 1.0), bool(structured)
