"""A fitted model that later builds go on with: what places customers, the number and the name of each cluster."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.segments.clusters.encode import Encoded
from huaxiang.segments.clusters.features import Feature
from huaxiang.segments.clusters.methods import METHODS, Fit
from huaxiang.segments.clusters.rules import Rule
from huaxiang.segments.clusters.spec import ClustersSpec
from huaxiang.segments.clusters.stability import Stability
from huaxiang.segments.clusters.traits import Trait

if TYPE_CHECKING:
    import pyarrow as pa

OVERLAP = 0.3
"""The share of those in either of two clusters who are in both, from which on a new cluster is the former one."""

FORMAT = 2
"""Counted up when models of former versions can't be read any more."""


@dataclass(frozen=True)
class Cluster:
    """What is known of one cluster: its `number`, its name, what sets it apart, and the rule that imitates it."""

    number: int
    label: Text
    traits: tuple[Trait, ...]
    rule: Rule


@dataclass(frozen=True)
class Model:
    """A fit with all that was learnt with it: the `features` it reads, and why other tags are `unused`.

    `numbers` has the number of each cluster of the fit, 0 for those too small to be one. `values` and `votes` are those
    of the criteria, `agreement` is the share of whom all rules together are right.
    """

    digest: str
    moment: datetime
    method: str
    features: tuple[Feature, ...]
    unused: Mapping[str, Text]
    fit: Fit
    numbers: tuple[int, ...]
    clusters: tuple[Cluster, ...]
    stability: Stability
    sample: int
    agreement: float | None = None
    values: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    votes: Mapping[str, int] = field(default_factory=dict)

    def place(self, rows: pa.Table, moment: Moment, certainty: float) -> tuple[np.ndarray, np.ndarray | None]:
        """The number of each customer's cluster, 0 for none, and its probability where the method has one.

        Nobody is in a cluster by a probability below `certainty`.
        """
        found, chances = self.fit.place(Encoded.of(self.features, rows, moment))
        # The last one is for those whom the fit puts nowhere.
        numbers = np.array([*self.numbers, 0])[found]
        return (numbers if chances is None else np.where(chances >= certainty, numbers, 0)), chances

    def as_json(self) -> str:
        """The model as text."""
        stored = {
            "format": FORMAT,
            "digest": self.digest,
            "moment": self.moment.isoformat(),
            "method": self.method,
            "features": [feature.as_dict() for feature in self.features],
            "unused": {tag: reason.as_dict() for tag, reason in self.unused.items()},
            "fit": self.fit.as_dict(),
            "numbers": self.numbers,
            "clusters": [
                {
                    "number": cluster.number,
                    "label": cluster.label.as_dict(),
                    "traits": [trait.as_dict() for trait in cluster.traits],
                    "rule": cluster.rule.as_dict(),
                }
                for cluster in self.clusters
            ],
            "stability": dict(self.stability.__dict__),
            "sample": self.sample,
            "agreement": self.agreement,
            "values": self.values,
            "votes": self.votes,
        }
        return json.dumps(stored, ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> Model | None:
        """The model that `as_json` gave; None where another version did."""
        data = json.loads(text)
        if data.pop("format") != FORMAT:
            return None
        return cls(
            **{
                **data,
                "moment": datetime.fromisoformat(data["moment"]),
                "features": tuple(Feature.of_dict(each) for each in data["features"]),
                "unused": {tag: Text(**reason) for tag, reason in data["unused"].items()},
                "fit": METHODS[data["method"]].load(data["fit"]),
                "numbers": tuple(data["numbers"]),
                "clusters": tuple(
                    Cluster(
                        each["number"],
                        Text(**each["label"]),
                        tuple(Trait(**trait) for trait in each["traits"]),
                        Rule(**each["rule"]),
                    )
                    for each in data["clusters"]
                ),
                "stability": Stability(**{**data["stability"], "recovery": tuple(data["stability"]["recovery"])}),
                "values": {
                    key: {int(size): value for size, value in row.items()} for key, row in data["values"].items()
                },
            }
        )


def digest_of(spec: ClustersSpec, tags: Sequence[str], method: str) -> str:
    """What tells whether a definition still asks for the same clusters."""
    asked = spec.model_dump(mode="json", exclude={"name", "label", "description", "refit", "drift"})
    return hashlib.sha256(json.dumps([asked, list(tags), method], sort_keys=True).encode()).hexdigest()[:16]


def numbered(found: np.ndarray, size: int, former: np.ndarray | None, least: float, most: int) -> tuple[int, ...]:
    """The number of each of `size` clusters: the former one's where most members are the same, else the lowest free.

    `found` and `former` place the same customers: from 0 (−1: nowhere), and by former numbers (0: nowhere). Larger
    clusters come first; those with less than `least` customers get 0, and no number is above `most`.
    """
    sizes = np.bincount(found[found >= 0], minlength=size)
    kept = [int(i) for i in np.argsort(-sizes, kind="stable") if sizes[i] >= max(1.0, least)][:most]
    numbers = _inherited(found, kept, former) if former is not None else {}
    free = [number for number in range(1, most + 1) if number not in numbers.values()]
    for cluster in kept:
        if cluster not in numbers:
            numbers[cluster] = free.pop(0)
    return tuple(numbers.get(cluster, 0) for cluster in range(size))


def _inherited(found: np.ndarray, kept: Sequence[int], former: np.ndarray) -> dict[int, int]:
    """Clusters with the former number of most of their members, so that the overlaps add up to as much as possible."""
    from scipy.optimize import linear_sum_assignment

    olds = [int(number) for number in np.unique(former) if number > 0]
    overlap = np.zeros((len(kept), len(olds)))
    for i, cluster in enumerate(kept):
        for j, old in enumerate(olds):
            both, either = (found == cluster) & (former == old), (found == cluster) | (former == old)
            overlap[i, j] = both.sum() / max(1, either.sum())
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return {kept[i]: olds[j] for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if overlap[i, j] >= OVERLAP}
