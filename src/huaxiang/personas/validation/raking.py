"""Weights that make customers look like a population: raking, trimming, and what weighting costs.

Raking fits one margin after the other until all are met (Deming and Stephan 1940). Kish (1965) tells its price: the
design effect n Σw² / (Σw)², by which variances grow, and the effective size n / design effect.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT = 1e-6
"""How far a margin may be off after raking."""

ROUNDS = 1_000


def rake(codes: Mapping[str, NDArray[np.int64]], targets: Mapping[str, Sequence[float]]) -> NDArray[np.float64] | None:
    """The weight of each customer, 1 in the mean, with which every margin of `targets` is met; None where none do.

    `codes` holds per dimension the place of each customer's value among the `targets`, which add up to 1. Each
    customer has a value and each value that has a share has customers. By weightipy.
    """
    import numpy as np
    import pandas as pd
    import weightipy

    wanted = {
        name: {code: share * 100 for code, share in enumerate(shares) if share > 0} for name, shares in targets.items()
    }
    rows = pd.DataFrame({name: pd.Categorical(codes[name], categories=list(wanted[name])) for name in targets})
    # The library stops where a round helps by less than this part, which a slow but steady approach must not meet.
    limits = {"max_iterations": ROUNDS, "convcrit": 1e-4}
    # It prints where it does not converge; whether it did is seen below.
    with redirect_stdout(io.StringIO()):
        scheme = weightipy.scheme_from_dict(wanted, name="margins", rim_params=limits)
        weights: NDArray[np.float64] = weightipy.weight(rows, scheme).to_numpy(dtype=np.float64)
    if len(weights) != len(rows) or not np.isfinite(weights).all():
        return None
    weights = weights / weights.mean()
    return weights if worst_miss(codes, targets, weights) <= EXACT else None


def worst_miss(
    codes: Mapping[str, NDArray[np.int64]], targets: Mapping[str, Sequence[float]], weights: NDArray[np.float64]
) -> float:
    """The largest difference between a weighted share and the one that is wanted."""
    import numpy as np

    total = weights.sum()
    return max(
        float(np.abs(np.bincount(codes[name], weights, len(shares)) / total - np.asarray(shares)).max())
        for name, shares in targets.items()
    )


def trim(weights: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Weights of which none is more than `limit` (above 1) times the mean; the others take over what is cut off."""
    import numpy as np

    found = weights / weights.mean()
    size = len(found)
    cut = np.zeros(size, dtype=np.bool_)
    while (found > limit * (1 + 1e-12)).any():
        cut |= found >= limit
        found = np.where(cut, limit, found)
        found[~cut] *= (size - limit * cut.sum()) / found[~cut].sum()
    return found


def design_effect(weights: NDArray[np.float64]) -> float:
    """How many times larger variances are than without weights (Kish 1965, section 11.7). At least 1."""
    return float(len(weights) * (weights**2).sum() / weights.sum() ** 2)


def effective_size(weights: NDArray[np.float64]) -> float:
    """How many customers without weights would tell as much. 0 where nobody has any weight."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total else 0.0


def dissimilarity(shares: Sequence[float], targets: Sequence[float]) -> float:
    """The part of people who would have to be in another group (Duncan and Duncan 1955): the total variation."""
    return sum(abs(own - wanted) for own, wanted in zip(shares, targets, strict=True)) / 2


def moved(weights: NDArray[np.float64]) -> float:
    """The part of people who would have to be somebody else, over all combinations: the dissimilarity of weights."""
    import numpy as np

    return float(np.abs(weights / weights.mean() - 1).mean() / 2)


def variation(weights: NDArray[np.float64]) -> float:
    """The coefficient of variation of the chances of being here (de Heij, Schouten and Shlomo 2015).

    A chance is the inverse of the weight; mean and variance are those of the population, estimated by the weights:
    CV² = mean(1/w) − 1 for weights with mean 1.
    """
    import numpy as np

    relative = weights / weights.mean()
    return float(np.sqrt(max((1 / relative).mean() - 1, 0.0)))


def r_indicator(weights: NDArray[np.float64], people: float) -> float:
    """Representativeness R = 1 − 2 S(ρ) of those who are here of a population of `people`.

    ρ are the chances of being here (Schouten, Cobben and Bethlehem 2009, eq. 3), here n / N divided by the weights.
    Where only few of the population are here, all chances are small and R is close to 1: `variation` tells more.
    """
    return 1 - 2 * variation(weights) * len(weights) / people
