"""From scored pairs to customers: a threshold for the wanted precision, and clusters without thin chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.identity.contested import Pair
from huaxiang.identity.evidence import Compared, crowded, doubtful, joined, nothing_decided
from huaxiang.identity.forest import Value, resolve_apart
from huaxiang.identity.graph import resolve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.floating]
    Integers = npt.NDArray[np.integer]

LEAST = 0.5
"""No pair less likely than this is ever joined, however high the precision of all others is."""


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
    records: int,
    pairs: Pairs,
    threshold: float,
    *,
    same: tuple[Integers, Integers] | None = None,
    exclusive: Sequence[Integers] = (),
) -> Integers:
    """The cluster of each record, named by its smallest record.

    Pairs are taken the surest first. Two clusters are joined when the evidence of all compared pairs between them,
    for and against, speaks for it: so two groups of records don't become one by a single accidental bridge.
    `same` joins records beforehand. `exclusive` holds the records of each source that has everybody once only: two
    of them are never one customer.
    """
    import numpy as np

    places = np.arange(records)
    keys = resolve(records, *same) if same is not None else places
    compared = Compared(
        pairs.left, pairs.right, pairs.weight, np.zeros(len(pairs.left)), pairs.probability >= threshold
    )
    whole = joined(keys, pairs.left[compared.joins], pairs.right[compared.joins])
    doubted = np.zeros(int(whole.max(initial=0)) + 1, bool)
    doubted[doubtful(keys, whole, compared, nothing_decided())] = True
    doubted[crowded(keys, whole, exclusive)] = True
    labels = whole.astype(np.int64)
    disputed = np.flatnonzero(doubted[whole])
    if len(disputed):
        labels[disputed] = records + _resolved(disputed, keys, whole, compared, exclusive)
    _, names, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return names[inverse]


def _resolved(
    disputed: Integers, keys: Integers, whole: Integers, compared: Compared, exclusive: Sequence[Integers]
) -> Integers:
    """The components of the disputed records, pair by pair."""
    import numpy as np

    place = np.full(len(keys), -1)
    place[disputed] = np.arange(len(disputed))
    inside = np.flatnonzero((place[compared.left] >= 0) & (whole[compared.left] == whole[compared.right]))
    evidence = [
        Pair(left, right, weight, 0.0, joins)
        for left, right, weight, joins in zip(
            place[compared.left[inside]].tolist(),
            place[compared.right[inside]].tolist(),
            compared.weight[inside].tolist(),
            compared.joins[inside].tolist(),
            strict=True,
        )
    ]
    # Rows with one key are one record: the first of them stands for all.
    _, first, inverse = np.unique(keys[disputed], return_index=True, return_inverse=True)
    same = [(at, here) for at, here in enumerate(first[inverse].tolist()) if at != here]
    once = [
        Value([at], rank, links=False)
        for rank, nodes in enumerate(exclusive)
        for at in sorted({int(first[inverse[at]]) for at in place[nodes].tolist() if at >= 0})
    ]
    return np.asarray(resolve_apart(len(disputed), once, same, pairs=evidence).nodes)
