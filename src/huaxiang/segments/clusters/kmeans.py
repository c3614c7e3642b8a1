"""K-means (Lloyd 1982): each customer belongs to the nearest centre, by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from huaxiang.segments.clusters.encode import Encoded, Floats

STARTS = 10


@dataclass(frozen=True)
class Centres:
    """Fitted centres (k, columns)."""

    centres: Floats

    @property
    def size(self) -> int:
        """The number of clusters."""
        return len(self.centres)

    def place(self, rows: Encoded) -> tuple[np.ndarray, None]:
        """The nearest centre of each customer, from 0; no probabilities."""
        return self._apart(rows.distances).argmin(axis=1), None

    def worth(self, rows: Encoded) -> float:
        """The squared distances from the average that the centres explain."""
        points = rows.distances
        around = float(((points - points.mean(axis=0)) ** 2).sum())
        return around - float(self._apart(points).min(axis=1).sum() + (points**2).sum())

    def _apart(self, points: Floats) -> Floats:
        """The squared distance from each centre, less what is the same for all centres."""
        found: Floats = (self.centres**2).sum(axis=1) - 2 * points @ self.centres.T
        return found

    def as_dict(self) -> dict[str, Any]:
        """The centres for JSON."""
        return {"centres": self.centres.tolist()}

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Centres:
        """The centres that `as_dict` gave."""
        return cls(np.array(data["centres"], dtype=np.float32))


def fit_kmeans(rows: Encoded, size: int, random: np.random.Generator, *, starts: int = STARTS) -> Centres:
    """The best centres of `size` clusters that were found."""
    from sklearn.cluster import KMeans

    found = KMeans(size, n_init=starts, random_state=int(random.integers(1 << 31))).fit(rows.distances)
    return Centres(found.cluster_centers_.astype(np.float32))
