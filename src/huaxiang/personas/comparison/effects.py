"""How large a difference is, whatever the number of people: Cohen's h, Hedges' g, Cramér's V."""

from __future__ import annotations

import math
from collections.abc import Sequence

from huaxiang.core.text import Text
from huaxiang.personas.statistics import Sample, cohens_d

SIZES = (
    (0.8, Text("large", "很大")),
    (0.5, Text("medium", "中等")),
    (0.2, Text("small", "较小")),
    (0.0, Text("tiny", "微小")),
)
"""From which size of h or g on a difference is called what (Cohen 1988, sections 2.2.3 and 6.2.3)."""

TINY = 0.2
"""A difference below it is not worth a reader's time, however significant."""


def hedges_g(a: Sample, b: Sample) -> float | None:
    """The difference of means in pooled standard deviations, without the bias of small groups. None without any spread.

    Cohen's d times J, the exact factor of Hedges (1981, eq. 6e); for the usual 1 − 3 / (4 m − 1) see his eq. 7.
    """
    freedom = a.count + b.count - 2
    found = cohens_d(a, b)
    if found is None or freedom < 2:
        return None
    log_factor = math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2) - math.log(freedom / 2) / 2
    return found * math.exp(log_factor)


def cramers_v(table: Sequence[Sequence[int]]) -> float | None:
    """How far groups (rows) and values (columns) go together, from 0 to 1. None with fewer than two of either.

    Cramér (1946, section 21.9), less what chance alone gives to few people with many values (Bergsma 2013, eq. 6).
    """
    import numpy as np

    counts = np.asarray(table, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0] if counts.size else counts
    if min(counts.shape) < 2:
        return None
    total = float(counts.sum())
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    squared = float(((counts - expected) ** 2 / expected).sum()) / total
    rows, columns = (size - (size - 1) ** 2 / (total - 1) for size in counts.shape)
    chance = (counts.shape[0] - 1) * (counts.shape[1] - 1) / (total - 1)
    least = min(rows, columns) - 1
    return math.sqrt(max(squared - chance, 0.0) / least) if least > 0 else None


def size_name(effect: float) -> Text:
    """What an effect of this size is called."""
    return next(name for limit, name in SIZES if abs(effect) >= limit)
