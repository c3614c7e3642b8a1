"""From scored pairs to customers: a threshold for the wanted precision, and clusters without thin chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

LEAST = 0.5
"""No pair less likely than this is ever joined, however high the precision of all others is."""
_MOST_EVIDENCE = 12.0
"""Bits that one pair can say for or against joining two clusters: certainty about one pair outvotes no crowd."""


@dataclass(frozen=True)
class Pairs:
    """Scored pairs of records 0 … n−1: the match weight in bits and the probability that follows from it."""

    left: Integers
    right: Integers
    weight: Numbers
    probability: Numbers


def threshold_for(probability: Numbers, precision: float) -> tuple[float, float]:
    """The lowest probability from which on pairs have, all together, the wanted precision; and that precision.

    The expected precision of pairs above t is the mean of their probabilities. Without any pair: the wanted one itself.
    """
    import numpy as np

    ordered = np.sort(probability[probability >= LEAST])[::-1]
    if not len(ordered):
        return max(precision, LEAST), 1.0
    expected = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    good = np.flatnonzero(expected >= precision)
    last = int(good[-1]) if len(good) else 0
    return float(ordered[last]), float(expected[last])


def cluster(
    records: int, pairs: Pairs, threshold: float, *, same: Mapping[int, int], exclusive: Mapping[int, str]
) -> Integers:
    """The cluster of each record, named by its smallest record.

    Pairs are taken the surest first. Two clusters are joined when the evidence of all compared pairs between them,
    for and against, speaks for it: so two groups of records don't become one by a single accidental bridge.
    `same` joins records beforehand (record → record). `exclusive` names for a record the source that has everybody
    once only: two records of such a source are never one customer.
    """
    import numpy as np

    parent = list(range(records))
    sources = {record: {source} for record, source in exclusive.items()}
    for record, other in same.items():
        _join(parent, sources, _root(parent, record), _root(parent, other))
    near = pairs.probability >= threshold
    candidates = _candidates(records, pairs, near, parent)
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for left, right, weight in candidates:
        first, second = _root(parent, left), _root(parent, right)
        if first != second:
            _add(links, first, second, weight)
    order = np.lexsort((pairs.right[near], pairs.left[near], -pairs.weight[near]))
    for left, right in zip(pairs.left[near][order].tolist(), pairs.right[near][order].tolist(), strict=True):
        first, second = _root(parent, left), _root(parent, right)
        if first == second or sources.get(first, _NOBODY) & sources.get(second, _NOBODY):
            continue
        if links[first].get(second, 0.0) <= 0:
            continue
        kept, gone = min(first, second), max(first, second)
        _join(parent, sources, kept, gone)
        for other, weight in links.pop(gone).items():
            links[other].pop(gone, None)
            if other != kept:
                _add(links, kept, other, weight)
        links[kept].pop(gone, None)
    return np.array([_root(parent, record) for record in range(records)], np.int64)


_NOBODY: frozenset[str] = frozenset()


def _candidates(
    records: int, pairs: Pairs, near: npt.NDArray[np.bool_], parent: list[int]
) -> list[tuple[int, int, float]]:
    """The compared pairs within the connected components of near ones, with bounded weights."""
    import numpy as np

    from huaxiang.identity.graph import resolve

    roots = np.array([_root(parent, record) for record in range(records)], np.int64)
    left = np.concatenate([pairs.left[near], np.arange(records)])
    right = np.concatenate([pairs.right[near], roots])
    labels = resolve(records, left, right)
    within = labels[pairs.left] == labels[pairs.right]
    weights = np.clip(pairs.weight[within], -_MOST_EVIDENCE, _MOST_EVIDENCE)
    return list(zip(pairs.left[within].tolist(), pairs.right[within].tolist(), weights.tolist(), strict=True))


def _root(parent: list[int], record: int) -> int:
    while parent[record] != record:
        parent[record] = parent[parent[record]]
        record = parent[record]
    return record


def _join(parent: list[int], sources: dict[int, set[str]], first: int, second: int) -> None:
    kept, gone = min(first, second), max(first, second)
    parent[gone] = kept
    if gone != kept and gone in sources:
        sources[kept] = sources.get(kept, set()) | sources.pop(gone)


def _add(links: dict[int, dict[int, float]], first: int, second: int, weight: float) -> None:
    links[first][second] = links[second][first] = links[first].get(second, 0.0) + weight
