"""HDBSCAN (Campello, Moulavi and Sander 2013): clusters are crowded places, whoever stands apart is in none.

Fitted by scikit-learn on a sample, since its cost grows with the square of it. Others join the cluster of the nearest
member of the sample, if it is as near as the members of that cluster are to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from huaxiang.segments.clusters.encode import Encoded, Floats

SAMPLE = 10_000
"""Customers that it is fitted on at most."""

KEPT = 2_000
"""Members that are kept to compare others with."""

NEAR = 0.95
"""The share of a cluster's members that are as near to a kept one as others must be."""

COMPONENTS = 10
"""Main components that distances are taken in: in many dimensions everybody stands apart."""

_PART = 8_192


@dataclass(frozen=True)
class Crowds:
    """Kept members (m, components) with their `owners` (m,), and the `reach` (k,) of each cluster."""

    axes: Floats
    members: Floats
    owners: np.ndarray
    reach: np.ndarray

    @property
    def size(self) -> int:
        """The number of clusters."""
        return len(self.reach)

    def place(self, rows: Encoded) -> tuple[np.ndarray, None]:
        """The cluster of each customer, from 0, −1 for none; no probabilities."""
        if self.size == 0:
            return np.full(len(rows), -1), None
        return _nearest(self, rows.distances @ self.axes), None

    def worth(self, rows: Encoded) -> float:
        """The squared distances from the average that belonging to a cluster explains."""
        points, owners = rows.distances, self.place(rows)[0]
        average = points.mean(axis=0)
        held = [points[owners == cluster] for cluster in range(self.size)]
        return float(sum(len(part) * ((part.mean(axis=0) - average) ** 2).sum() for part in held if len(part)))

    def as_dict(self) -> dict[str, Any]:
        """The members for JSON."""
        return {key: value.tolist() for key, value in self.__dict__.items()}

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Crowds:
        """The members that `as_dict` gave."""
        axes, members = (np.array(data[key], dtype=np.float32) for key in ("axes", "members"))
        return cls(axes, members, np.array(data["owners"], dtype=np.int64), np.array(data["reach"]))


def fit_density(rows: Encoded, smallest: float) -> Crowds:
    """The crowded places among at most SAMPLE customers; each holds at least the share `smallest` of them."""
    from sklearn.cluster import HDBSCAN

    points = rows.take(slice(0, SAMPLE)).distances
    axes = _axes(points)
    placed = points @ axes
    least = max(5, round(smallest * len(points)))
    owners = HDBSCAN(min_cluster_size=least, min_samples=min(least, 15), copy=True).fit(placed).labels_
    size = int(owners.max()) + 1
    kept = [np.flatnonzero(owners == cluster)[: KEPT // max(1, size)] for cluster in range(size)]
    chosen = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    found = Crowds(axes, placed[chosen], owners[chosen], np.full(size, np.inf))
    others = np.setdiff1d(np.flatnonzero(owners >= 0), chosen)
    return Crowds(axes, found.members, found.owners, _reaches(found, placed, owners, others))


def _axes(points: Floats) -> Floats:
    """The main components of the points (columns, components)."""
    centred = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :COMPONENTS]
    # The sign of a component is arbitrary: the largest entry is positive, so that equal data give equal axes.
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return np.asarray(axes * signs, dtype=np.float32)


def _reaches(found: Crowds, placed: Floats, owners: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far from the nearest kept member most members of each cluster are.

    A cluster that is kept as a whole is measured by the distance of each member from the nearest other one.
    """
    from sklearn.neighbors import NearestNeighbors

    reach = np.zeros(found.size)
    for cluster in range(found.size):
        kept = found.members[found.owners == cluster]
        rest = placed[others[owners[others] == cluster]]
        neighbours = NearestNeighbors(n_neighbors=min(2, len(kept))).fit(kept)
        apart = neighbours.kneighbors(rest, 1)[0] if len(rest) else neighbours.kneighbors(kept)[0]
        reach[cluster] = float(np.quantile(apart[:, -1], NEAR))
    return reach


def _nearest(crowds: Crowds, placed: Floats) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    neighbours = NearestNeighbors(n_neighbors=1).fit(crowds.members)
    found = np.empty(len(placed), np.int64)
    for low in range(0, len(placed), _PART):
        apart, nearest = neighbours.kneighbors(placed[low : low + _PART])
        owners = crowds.owners[nearest[:, 0]]
        found[low : low + _PART] = np.where(apart[:, 0] <= crowds.reach[owners], owners, -1)
    return found
