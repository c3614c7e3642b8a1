"""The ways in which clusters are found: a row for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from huaxiang.core.text import Text
from huaxiang.segments.clusters.density import Crowds, fit_density
from huaxiang.segments.clusters.encode import Encoded
from huaxiang.segments.clusters.kmeans import Centres, fit_kmeans
from huaxiang.segments.clusters.mixture import Mixture, fit_mixture


class Fit(Protocol):
    """What was fitted: says of any customers to which cluster they belong."""

    @property
    def size(self) -> int:
        """The number of clusters."""

    def place(self, rows: Encoded) -> tuple[np.ndarray, np.ndarray | None]:
        """The cluster of each customer, from 0 (−1: none), and its probability where the method has one."""

    def worth(self, rows: Encoded) -> float:
        """How well the clusters tell of these customers; more is better. Comparable between equally many clusters."""

    def as_dict(self) -> dict[str, Any]:
        """The fit for JSON."""


def surely(fit: Fit, rows: Encoded, certainty: float) -> np.ndarray:
    """The cluster of each customer from 0, −1 for none, and for those whose probability is below `certainty`."""
    labels, chances = fit.place(rows)
    return labels if chances is None else np.where(chances >= certainty, labels, -1)


@dataclass(frozen=True)
class Method:
    """A way to find clusters. `fit` takes customers, a number of clusters, the smallest share, random numbers, starts.

    `unknown` says what becomes of values that are not known.
    """

    label: Text
    fit: Callable[[Encoded, int, float, np.random.Generator, int], Fit]
    load: Callable[[Mapping[str, Any]], Fit]
    unknown: Text


_AVERAGE = Text("counts as the average", "按平均水平计")

METHODS: dict[str, Method] = {
    "mixture": Method(
        Text("mixture model", "混合模型"),
        lambda rows, size, _, random, starts: fit_mixture(rows, size, random, starts=starts),
        Mixture.of_dict,
        unknown=Text("is left open: the other tags decide", "留空，由其他标签判断"),
    ),
    "kmeans": Method(
        Text("k-means", "K 均值"),
        lambda rows, size, _, random, starts: fit_kmeans(rows, size, random, starts=starts),
        Centres.of_dict,
        unknown=_AVERAGE,
    ),
    "hdbscan": Method(
        Text("HDBSCAN", "HDBSCAN"),
        lambda rows, _, smallest, __, ___: fit_density(rows, smallest),
        Crowds.of_dict,
        unknown=_AVERAGE,
    ),
}
"""The methods by the name that a definition gives."""
