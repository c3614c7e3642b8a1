"""Fitting what tells a seed from others, and measuring it on those who were held out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.placements import Area, area
from huaxiang.core.types import Type
from huaxiang.segments.like_bins import Bins, bins_of, codes

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Array = npt.NDArray[Any]

TAGS = 40
"""The model reads so many tags at most: those that tell most about the seed among those it is fitted on."""

GAIN = 0.001
"""Bits that a tag must tell about the seed, beyond what chance gives, to be read."""

STRENGTH = 0.1
"""Inverse strength of the ridge penalty: bins that few customers are in get small weights."""

DECILES = 10


@dataclass(frozen=True)
class Model:
    """Bins of tags and their weights: the score of a customer is the sum of the weights of its bins, in log-odds."""

    bins: tuple[Bins, ...]
    weights: tuple[tuple[float, ...], ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that it reads."""
        return tuple(each.tag for each in self.bins)

    def parts(self, rows: pa.Table, moment: Moment) -> Iterable[tuple[Bins, Array, Array]]:
        """Per tag its bins, the bin of each row, and what that adds to its score."""
        import numpy as np

        for each, weights in zip(self.bins, self.weights, strict=True):
            found = codes(each, rows[each.tag], moment)
            yield each, found, np.array(weights)[found]

    def score(self, rows: pa.Table, moment: Moment) -> Array:
        """The score of each row."""
        import numpy as np

        return sum((added for _, _, added in self.parts(rows, moment)), np.zeros(rows.num_rows))


@dataclass(frozen=True)
class Fitted:
    """A model with how well it tells the held-out members of the seed from others.

    `deciles` are of all customers, the highest scores first: `lift` is the share of members there over that overall.
    """

    model: Model
    holdout: Area
    deciles: tuple[dict[str, float], ...]


def fit(sample: pa.Table, types: Mapping[str, Type], moment: Moment) -> Fitted | None:
    """The model of a `sample` with `seed`, `held_out` and `stands_for` (how many customers a row stands for).

    None where no tag tells anything, or one of the four groups is missing.
    """
    import numpy as np

    seed, held = (sample[name].to_numpy(zero_copy_only=False).astype(bool) for name in ("seed", "held_out"))
    stands_for = sample["stands_for"].to_numpy(zero_copy_only=False).astype(np.float64)
    groups = [int((seed == one).astype(int) @ (held == other)) for one in (True, False) for other in (True, False)]
    if min(groups) < 2:
        return None
    known = sample.filter(~held)
    every = [bins_of(tag, type_, known[tag], moment) for tag, type_ in types.items()]
    bins = _telling(every, known, seed[~held], moment)
    if not bins:
        return None
    model = Model(tuple(bins), _weights(bins, known, seed[~held], moment))
    score = model.score(sample.filter(held), moment)
    yes = seed[held]
    return Fitted(model, area(score[yes], score[~yes]), _deciles(score, yes, stands_for[held]))


def _telling(found: Sequence[Bins], rows: pa.Table, seed: Array, moment: Moment) -> list[Bins]:
    """The bins that tell most about the seed, if they tell anything."""
    gains = [(_gain(codes(bins, rows[bins.tag], moment), bins.size, seed), bins) for bins in found]
    ranked = sorted((pair for pair in gains if pair[0] >= GAIN), key=lambda pair: (-pair[0], pair[1].tag))
    return [bins for _, bins in ranked[:TAGS]]


def _gain(found: Array, size: int, seed: Array) -> float:
    """Mutual information of bin and seed in bits, less its bias (Miller, 1955: (bins − 1) / (2 n ln 2))."""
    import numpy as np

    n = len(seed)
    table = np.stack([np.bincount(found[seed == side], minlength=size) for side in (False, True)]) / n
    expected = table.sum(axis=0, keepdims=True) * table.sum(axis=1, keepdims=True)
    there = table > 0
    bits = float((table[there] * np.log2(table[there] / expected[there])).sum())
    return bits - (int((table.sum(axis=0) > 0).sum()) - 1) / (2 * n * math.log(2))


def _weights(bins: Sequence[Bins], rows: pa.Table, seed: Array, moment: Moment) -> tuple[tuple[float, ...], ...]:
    """The weight of each bin by a logistic regression in which both sides weigh the same.

    The weights of a tag are shifted so that they are 0 on average over the rows: what is added says how unusual it is.
    """
    import numpy as np
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    starts = np.cumsum([0, *(each.size for each in bins)])
    columns = np.stack([codes(each, rows[each.tag], moment) + start for each, start in zip(bins, starts, strict=False)])
    n = len(seed)
    indices = columns.T.reshape(-1)
    matrix = csr_array(
        (np.ones(len(indices)), indices, np.arange(0, len(indices) + 1, len(bins))), shape=(n, int(starts[-1]))
    )
    fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=500, tol=1e-6).fit(matrix, seed)
    plain = fitted.coef_[0]
    shares = np.asarray(matrix.sum(axis=0)).reshape(-1) / n
    weights = []
    for start, each in zip(starts, bins, strict=False):
        part = slice(int(start), int(start) + each.size)
        mine = plain[part] - float(plain[part] @ shares[part])
        # Digits beyond these hang on the order in which a computer adds.
        weights.append(tuple(round(float(weight), 6) for weight in mine))
    return tuple(weights)


def _deciles(score: Array, seed: Array, stands_for: Array) -> tuple[dict[str, float], ...]:
    import numpy as np

    order = np.argsort(-score, kind="stable")
    weight, yes = stands_for[order], seed[order] * stands_for[order]
    share = yes.sum() / weight.sum()
    part = np.minimum((np.cumsum(weight) - weight / 2) / weight.sum() * DECILES, DECILES - 1).astype(int)
    rows = []
    for number in range(DECILES):
        mine = part == number
        members = float(yes[mine].sum() / weight[mine].sum()) if mine.any() else 0.0
        rows.append({"decile": number + 1, "share": members, "lift": float(members / share)})
    return tuple(rows)
