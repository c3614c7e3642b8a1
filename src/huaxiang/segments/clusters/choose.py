"""How many clusters: several criteria, each of which votes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from huaxiang.core.text import Text
from huaxiang.segments.clusters.encode import Encoded
from huaxiang.segments.clusters.methods import Fit, Method
from huaxiang.segments.clusters.mixture import Mixture
from huaxiang.segments.clusters.spec import ClustersSpec
from huaxiang.segments.clusters.stability import STARTS, agreement

SAMPLE = 20_000
"""Customers of whom every number of clusters is tried at most."""

HALF = 3_000
"""Customers in each of two groups of whom it is seen whether one finds the clusters of the other."""

SPLITS = 2
"""Times that two such groups are drawn."""

STRONG = 0.8
"""The prediction strength and the agreement from which on clusters count as found (Tibshirani and Walther 2005)."""

_PAIRS = 2_000
"""Customers whose distances from each other are measured."""


@dataclass(frozen=True)
class Trial:
    """One number of clusters, fitted: `labels` of the customers `rows`, and what two halves found in each other."""

    rows: Encoded
    fit: Fit
    labels: np.ndarray
    strength: float
    agreement: float


@dataclass(frozen=True)
class Criterion:
    """One way to judge a number of clusters, where the method is one of `methods`. `sign` −1: less is better."""

    label: Text
    methods: frozenset[str]
    value: Callable[[Trial], float]
    sign: int = 1
    strong: float | None = None
    """With it, the largest number of clusters that reaches it gets the vote, if one does."""


def _silhouette(trial: Trial) -> float:
    from sklearn.metrics import silhouette_score

    points, labels = trial.rows.distances[:_PAIRS], trial.labels[:_PAIRS]
    # Where all of them are in one cluster, nothing keeps them apart from another.
    return float(silhouette_score(points, labels)) if len(np.unique(labels)) > 1 else -1.0


def _calinski(trial: Trial) -> float:
    from sklearn.metrics import calinski_harabasz_score

    return float(calinski_harabasz_score(trial.rows.distances, trial.labels))


def _davies(trial: Trial) -> float:
    from sklearn.metrics import davies_bouldin_score

    return float(davies_bouldin_score(trial.rows.distances, trial.labels))


def _bic(trial: Trial) -> float:
    """Schwarz 1978: −2 log likelihood + parameters · log n."""
    assert isinstance(trial.fit, Mixture)  # noqa: S101 - the methods of its row
    return -2 * trial.fit.worth(trial.rows) + trial.fit.parameters * float(np.log(len(trial.rows)))


def _icl(trial: Trial) -> float:
    """Biernacki, Celeux and Govaert 2000: BIC plus twice the entropy of who belongs where."""
    assert isinstance(trial.fit, Mixture)  # noqa: S101
    chances = trial.fit.chances(trial.rows.counts)[0]
    return _bic(trial) - 2 * float((chances * np.log(np.maximum(chances, 1e-12))).sum())


_MIXTURE, _KMEANS = frozenset({"mixture"}), frozenset({"kmeans"})

CRITERIA: dict[str, Criterion] = {
    "silhouette": Criterion(Text("silhouette", "轮廓系数"), _KMEANS, _silhouette),
    "calinski_harabasz": Criterion(Text("Calinski–Harabasz", "CH 指数"), _KMEANS, _calinski),
    "davies_bouldin": Criterion(Text("Davies–Bouldin", "DB 指数"), _KMEANS, _davies, sign=-1),
    "bic": Criterion(Text("BIC", "BIC"), _MIXTURE, _bic, sign=-1),
    "icl": Criterion(Text("ICL", "ICL"), _MIXTURE, _icl, sign=-1),
    "prediction_strength": Criterion(
        Text("prediction strength", "预测强度"), _MIXTURE | _KMEANS, lambda trial: trial.strength, strong=STRONG
    ),
    "stability": Criterion(
        Text("agreement of halves", "折半一致性"), _MIXTURE | _KMEANS, lambda trial: trial.agreement, strong=STRONG
    ),
}
"""The criteria by name."""


@dataclass(frozen=True)
class Choice:
    """The number of clusters that was chosen, each criterion's `values` by number, and its `votes`."""

    size: int
    values: Mapping[str, Mapping[int, float]]
    votes: Mapping[str, int]


def choose(rows: Encoded, name: str, method: Method, spec: ClustersSpec) -> Choice:
    """Let the criteria of the method `name` vote; of equally many votes, the number in the middle of all wins.

    A number is no choice where a cluster would hold less than the share `smallest`, or where two halves agree by less
    than the wanted `stability`, unless all are so.
    """
    numbers, smallest = spec.numbers, spec.smallest
    random = np.random.default_rng([spec.seed, 1])
    some = rows.take(slice(0, SAMPLE))
    trials = {size: _trial(some, method, size, smallest, random) for size in numbers if size <= len(some) // 2}
    large = {size: trial for size, trial in trials.items() if _least(trial) >= smallest} or trials
    fine = {size: trial for size, trial in large.items() if trial.agreement >= spec.stability} or large
    criteria = {key: row for key, row in CRITERIA.items() if name in row.methods}
    values = {
        key: {size: row.value(trial) for size, trial in trials.items() if len(np.unique(trial.labels)) > 1}
        for key, row in criteria.items()
    }
    votes = {
        key: _vote(row, {size: value for size, value in values[key].items() if size in fine})
        for key, row in criteria.items()
        if set(values[key]) & set(fine)
    }
    if not votes:
        return Choice(min(numbers), values, votes)
    tally = [*votes.values()]
    middle = float(np.median(tally))
    best = max(sorted(set(tally)), key=lambda size: (tally.count(size), -abs(size - middle), trials[size].agreement))
    return Choice(best, values, votes)


def _vote(criterion: Criterion, values: Mapping[int, float]) -> int:
    if criterion.strong is not None:
        strong = [size for size, value in values.items() if value >= criterion.strong]
        if strong:
            return max(strong)
    return max(sorted(values), key=lambda size: criterion.sign * values[size])


def _trial(rows: Encoded, method: Method, size: int, smallest: float, random: np.random.Generator) -> Trial:
    fit = method.fit(rows, size, smallest, random, STARTS)
    strengths, agreements = [], []
    for _ in range(SPLITS):
        order, half = random.permutation(len(rows)), min(len(rows) // 2, HALF)
        one, other = rows.take(order[:half]), rows.take(order[half : 2 * half])
        found = [method.fit(half, size, smallest, random, STARTS) for half in (one, other)]
        own, theirs = found[1].place(other)[0], found[0].place(other)[0]
        strengths.append(prediction_strength(own, theirs))
        agreements.append(agreement(own, theirs))
    return Trial(rows, fit, fit.place(rows)[0], float(np.mean(strengths)), float(np.mean(agreements)))


def prediction_strength(own: np.ndarray, predicted: np.ndarray) -> float:
    """The share of pairs within a cluster (`own`) that another half's clusters (`predicted`) keep together: the lowest.

    Tibshirani and Walther 2005, equation 2.1. A cluster of one has no pairs.
    """
    shares = []
    for cluster in np.unique(own[own >= 0]):
        members = predicted[own == cluster]
        if len(members) > 1:
            together = np.unique(members, return_counts=True)[1].astype(np.float64)
            shares.append(float((together * (together - 1)).sum() / (len(members) * (len(members) - 1))))
    return min(shares, default=0.0)


def _least(trial: Trial) -> float:
    """The share of the smallest cluster."""
    sizes = np.bincount(trial.labels[trial.labels >= 0], minlength=trial.fit.size)
    return float(sizes.min() / len(trial.labels)) if len(sizes) else 0.0
