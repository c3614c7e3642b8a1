"""How many clusters: the finest number that other customers show again and that the data still ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from huaxiang.core.text import Text
from huaxiang.segments.clusters.encode import Encoded
from huaxiang.segments.clusters.methods import Fit, Method, surely
from huaxiang.segments.clusters.mixture import Mixture
from huaxiang.segments.clusters.spec import ClustersSpec
from huaxiang.segments.clusters.stability import STARTS, Pair, again, agreement, recovery

SAMPLE = 20_000
"""Customers of whom every number of clusters is tried at most."""

HALVES = 3
"""Random halves of them in which each number is tried again. The median counts: a search may fail once by bad luck."""

MAJORITY = 2
"""Criteria of finding again, of three, that a number must satisfy: each alone is mistaken now and then."""

_PAIRS = 2_000
"""Customers whose distances from each other are measured."""


@dataclass(frozen=True)
class Trial:
    """One number of clusters, fitted: `labels` of the customers `rows`, −1 for none, and what other `halves` showed."""

    rows: Encoded
    fit: Fit
    labels: np.ndarray
    halves: tuple[Pair, ...]


@dataclass(frozen=True)
class Criterion:
    """One way to judge a number of clusters, where the method is one of `methods`. `sign` −1: less is better.

    With a `mark` it is one of finding again: it votes for the largest number that reaches the mark, if one does.
    """

    label: Text
    methods: frozenset[str]
    value: Callable[[Trial], float]
    sign: int = 1
    mark: float | None = None


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
    parameters = trial.fit.parameters(trial.rows.counts.widths)
    return -2 * trial.fit.worth(trial.rows) + parameters * float(np.log(len(trial.rows)))


def _icl(trial: Trial) -> float:
    """Biernacki, Celeux and Govaert 2000: BIC plus twice the entropy of who belongs where."""
    assert isinstance(trial.fit, Mixture)  # noqa: S101
    chances = trial.fit.chances(trial.rows.counts)[0]
    return _bic(trial) - 2 * float((chances * np.log(np.maximum(chances, 1e-12))).sum())


def _strength(trial: Trial) -> float:
    return float(np.median([prediction_strength(own, theirs) for own, theirs in trial.halves]))


def _agreement(trial: Trial) -> float:
    return float(np.median([agreement(own, theirs) for own, theirs in trial.halves]))


def _recovery(trial: Trial) -> float:
    return float(np.median([recovery([pair], trial.fit.size).min() for pair in trial.halves]))


_MIXTURE, _KMEANS = frozenset({"mixture"}), frozenset({"kmeans"})
_BOTH = _MIXTURE | _KMEANS

CRITERIA: dict[str, Criterion] = {
    "silhouette": Criterion(Text("silhouette", "轮廓系数"), _KMEANS, _silhouette),
    "calinski_harabasz": Criterion(Text("Calinski–Harabasz", "CH 指数"), _KMEANS, _calinski),
    "davies_bouldin": Criterion(Text("Davies–Bouldin", "DB 指数"), _KMEANS, _davies, sign=-1),
    "bic": Criterion(Text("BIC", "BIC"), _MIXTURE, _bic, sign=-1),
    "icl": Criterion(Text("ICL", "ICL"), _MIXTURE, _icl, sign=-1),
    # Tibshirani and Walther 2005.
    "prediction_strength": Criterion(Text("prediction strength", "预测强度"), _BOTH, _strength, mark=0.8),
    "stability": Criterion(Text("agreement of samples", "样本间一致性"), _BOTH, _agreement, mark=0.8),
    # Hennig 2007.
    "recovery": Criterion(Text("weakest group found again", "最弱分群的重现度"), _BOTH, _recovery, mark=0.75),
}
"""The criteria by name: those of fit first, then those of finding again, which have a mark."""


@dataclass(frozen=True)
class Choice:
    """The number of clusters that was chosen, each criterion's `values` by number, and its `votes`."""

    size: int
    values: Mapping[str, Mapping[int, float]]
    votes: Mapping[str, int]


def choose(rows: Encoded, name: str, method: Method, spec: ClustersSpec) -> Choice:
    """The largest number that MAJORITY criteria find again, and no larger than any criterion of fit votes for.

    Without one, the number on which samples agree most. A number is no choice where a cluster would hold less than the
    share `smallest`, unless all are so.
    """
    numbers, smallest = spec.numbers, spec.smallest
    some = rows.take(slice(0, SAMPLE))
    trials = {size: _trial(some, method, size, spec) for size in numbers if size <= len(some) // 2}
    told = {size: trial for size, trial in trials.items() if len(np.unique(trial.labels)) > 1}
    criteria = {key: row for key, row in CRITERIA.items() if name in row.methods}
    values = {key: {size: row.value(trial) for size, trial in told.items()} for key, row in criteria.items()}
    large = [size for size, trial in told.items() if _least(trial) >= smallest] or [*told]
    if not large:
        return Choice(min(numbers), values, {})
    votes = {key: _vote(row, {size: values[key][size] for size in large}) for key, row in criteria.items()}
    finest = max(votes[key] for key, row in criteria.items() if row.mark is None)
    possible = [size for size in large if size <= finest]
    found = [size for size in possible if _found_again(criteria, values, size) >= MAJORITY]
    best = max(found) if found else max(possible, key=lambda size: values["stability"][size])
    return Choice(best, values, votes)


def _vote(criterion: Criterion, values: Mapping[int, float]) -> int:
    if criterion.mark is not None:
        reached = [size for size, value in values.items() if value >= criterion.mark]
        if reached:
            return max(reached)
    return max(sorted(values), key=lambda size: criterion.sign * values[size])


def _found_again(criteria: Mapping[str, Criterion], values: Mapping[str, Mapping[int, float]], size: int) -> int:
    """The criteria whose mark a number reaches."""
    return sum(row.mark is not None and values[key][size] >= row.mark for key, row in criteria.items())


def _trial(rows: Encoded, method: Method, size: int, spec: ClustersSpec) -> Trial:
    # Random numbers of its own: what is said of a number does not hang on which others are tried.
    random = np.random.default_rng([spec.seed, 1, size])
    fit = method.fit(rows, size, spec.smallest, random, STARTS)
    halves = again(rows, fit, method, spec, HALVES, random)
    return Trial(rows, fit, surely(fit, rows, spec.certainty), tuple(halves))


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
