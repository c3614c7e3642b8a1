"""A mixture for mixed types: each cluster has a normal distribution of every number and shares of every level.

Within a cluster tags are taken as independent (latent class analysis; for numbers alone, a Gaussian mixture with
diagonal covariances). Whoever has no value of a tag is judged by the others, so nothing has to be filled in. Fitted by
expectation and maximisation (Dempster, Laird and Rubin 1977) from many short starts, the best of which are carried on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huaxiang.segments.clusters.encode import Counts, Encoded, Floats

STARTS = 60
"""Random starts, each carried on for SHORT steps over BEGUN customers; the best CARRIED of them to the end over all."""

SHORT = 15
BEGUN = 3_000
CARRIED = 4
STEPS = 200
TOLERANCE = 1e-4
"""The gain in log likelihood per customer below which a fit has ended."""

PRIOR = 2.0
"""Customers of the average that every cluster is taken to hold besides, so that no share is 0 and no variance is."""

LEAST_VARIANCE = 0.02


@dataclass(frozen=True)
class Mixture:
    """A fitted mixture: `weights` (k,), `log_shares` (k, levels), `means` and `variances` (k, numbers)."""

    weights: Floats
    log_shares: Floats
    means: Floats
    variances: Floats

    @property
    def size(self) -> int:
        """The number of clusters."""
        return len(self.weights)

    def parameters(self, widths: Sequence[int]) -> int:
        """The number of free parameters, where groups of `widths` levels each have shares that add up to 1."""
        return self.size - 1 + self.size * sum(width - 1 for width in widths) + 2 * self.means.size

    def place(self, rows: Encoded) -> tuple[np.ndarray, np.ndarray]:
        """The most probable cluster of each customer, from 0, and its probability."""
        chances, _ = self.chances(rows.counts)
        return chances.argmax(axis=1), chances.max(axis=1).astype(np.float64)

    def chances(self, counts: Counts) -> tuple[Floats, np.ndarray]:
        """The probability of each cluster (n, k), and the log likelihood of each customer."""
        joint = counts.levels @ self.log_shares.T + np.log(self.weights)
        if self.means.size:
            precision = 1 / self.variances
            squared = counts.squared @ precision.T - 2 * counts.numbers @ (self.means * precision).T
            constant = self.means**2 * precision + np.log(2 * np.pi * self.variances)
            joint -= 0.5 * (squared + counts.known @ constant.T)
        highest = joint.max(axis=1, keepdims=True)
        chances = np.exp(joint - highest)
        total = chances.sum(axis=1, keepdims=True)
        return chances / total, (highest + np.log(total))[:, 0].astype(np.float64)

    def worth(self, rows: Encoded) -> float:
        """The log likelihood of the customers."""
        return float(self.chances(rows.counts)[1].sum())

    def as_dict(self) -> dict[str, Any]:
        """The mixture for JSON."""
        return {key: value.tolist() for key, value in self.__dict__.items()}

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Mixture:
        """The mixture that `as_dict` gave."""
        k = len(data["weights"])
        return cls(
            np.array(data["weights"], dtype=np.float32),
            *(np.array(data[key], dtype=np.float32).reshape(k, -1) for key in ("log_shares", "means", "variances")),
        )


def fit_mixture(rows: Encoded, size: int, random: np.random.Generator, *, starts: int = STARTS) -> Mixture:
    """The best mixture of `size` clusters that was found."""
    some = rows.take(slice(0, BEGUN))
    begun = [_climb(some.counts, _start(some, size, random, spread=i % 2 == 1), SHORT) for i in range(starts)]
    begun.sort(key=lambda found: -found[1])
    return max((_climb(rows.counts, mixture, STEPS) for mixture, _ in begun[:CARRIED]), key=lambda found: found[1])[0]


def _start(rows: Encoded, size: int, random: np.random.Generator, *, spread: bool) -> Mixture:
    """A mixture around some customers, each of whom draws those who are like it in the tags that it has.

    Who has more tags is likelier to be one of them: around a customer without any, everybody would gather. Where they
    are to be `spread`, so is who is unlike those chosen before (Arthur and Vassilvitskii 2007).
    """
    points = rows.distances
    having = [np.repeat(~np.isnan(block[:, :1]), block.shape[1], axis=1) for block in rows.blocks]
    known, squares = np.hstack(having).astype(np.float32), points**2
    told = np.maximum(known.sum(axis=1), 0.5).astype(np.float64) ** 2

    def apart(centres: np.ndarray) -> Floats:
        """The squared distances from some customers, over the tags that both have."""
        around = points[centres]
        found: Floats = squares @ known[centres].T - 2 * points @ around.T + known @ (around**2).T
        return found

    chances = told / told.sum()
    if spread:
        chosen = random.choice(len(points), 1, p=chances)
        while len(chosen) < size:
            unlike = told * np.maximum(apart(chosen).min(axis=1), 1e-6)
            chosen = np.append(chosen, random.choice(len(points), p=unlike / unlike.sum()))
    else:
        chosen = random.choice(len(points), size, replace=False, p=chances)
    distances = apart(chosen)
    near = np.exp(-0.5 * (distances - distances.min(axis=1, keepdims=True)))
    return _maximised(rows.counts, near / near.sum(axis=1, keepdims=True))


def _climb(counts: Counts, mixture: Mixture, steps: int) -> tuple[Mixture, float]:
    """The mixture after so many steps, or fewer if no more is gained, and its log likelihood per customer."""
    reached = -np.inf
    for _ in range(steps):
        chances, likelihoods = mixture.chances(counts)
        now = float(likelihoods.mean())
        if now - reached < TOLERANCE:
            break
        reached = now
        mixture = _maximised(counts, chances)
    return mixture, reached


def _maximised(counts: Counts, chances: Floats) -> Mixture:
    """The mixture under which the customers, shared out so among the clusters, are the most likely."""
    sizes = chances.sum(axis=0) + np.float32(1e-6)
    held = chances.T @ counts.levels + PRIOR * counts.usual
    shares = held / counts.grouped(held)
    known = chances.T @ counts.known
    sums, squares = chances.T @ counts.numbers, chances.T @ counts.squared
    means = sums / np.maximum(known, 1e-6)
    # Numbers have variance 1 among all.
    variances = (squares - known * means**2 + PRIOR) / (known + PRIOR)
    floor = np.float32(1e-12)
    return Mixture(
        (sizes / sizes.sum()).astype(np.float32),
        np.log(np.maximum(shares, floor)).astype(np.float32),
        means.astype(np.float32),
        np.maximum(variances, LEAST_VARIANCE).astype(np.float32),
    )
