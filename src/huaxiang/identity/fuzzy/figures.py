"""What a matching came to, in figures: records, customers, their sizes, the threshold, the precision to expect."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from huaxiang.identity.fuzzy.records import Prepared
from huaxiang.identity.fuzzy.run import Matched

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def figures(prepared: Prepared, matched: Matched, *, precision: float) -> dict[str, Any]:
    """The report of a matching, for JSON.

    `expected_precision` is the mean probability of the pairs above the threshold; `expected_recall` the share that the
    joined pairs have of the true pairs that the model expects among all compared ones. Both believe the model.
    """
    sizes = Counter(Counter(matched.clusters.tolist()).values())
    customers = sum(sizes.values())
    scored = matched.scored
    pairs = scored.pairs
    joined = matched.clusters[pairs.left] == matched.clusters[pairs.right]
    likely = _sum(pairs.probability)
    return {
        "records": prepared.records,
        "customers": customers,
        "sizes": [{"records": size, "customers": sizes[size]} for size in sorted(sizes)],
        "largest": max(sizes, default=0),
        "singletons": sizes[1] / customers if customers else None,
        "wanted_precision": precision,
        "threshold": scored.threshold,
        "expected_precision": scored.expected_precision if joined.any() else None,
        "expected_recall": _sum(pairs.probability[joined]) / likely if likely else None,
        "pairs_compared": len(pairs.left),
        "pairs_above_threshold": int((pairs.probability >= scored.threshold).sum()),
        "pairs_joined": int(joined.sum()),
        "compared_on": [
            {"keys": [key.format(t="") for key in rule.keys], "pairs": rule.pairs} for rule in scored.rules
        ],
        "trained_on": list(scored.model.passes) if scored.model else [],
        "share_of_true_pairs": scored.model.share if scored.model else None,
        "without_key": prepared.without_key,
        "repeated_keys": len(prepared.same[0]),
        "values_of_many": prepared.crowded,
        "blank": prepared.blank,
    }


def _sum(values: npt.NDArray[np.floating]) -> float:
    """The sum, whatever the order of the pairs."""
    import numpy as np

    return float(np.sort(values).sum())
