"""What a matching came to, in figures: records, customers, their sizes, the threshold, the precision to expect."""

from __future__ import annotations

from collections import Counter
from typing import Any

from huaxiang.identity.fuzzy.records import Prepared
from huaxiang.identity.fuzzy.run import Matched


def figures(prepared: Prepared, matched: Matched, *, precision: float) -> dict[str, Any]:
    """The report of a matching, for JSON.

    `expected_precision` is the mean probability of the pairs above the threshold; `expected_recall` the share that the
    joined pairs have of the true pairs that the model expects among all compared ones. Both believe the model.
    """
    sizes = Counter(Counter(matched.clusters.tolist()).values())
    customers = sum(sizes.values())
    pairs = matched.pairs
    joined = matched.clusters[pairs.left] == matched.clusters[pairs.right]
    likely = float(pairs.probability.sum())
    return {
        "records": prepared.records,
        "customers": customers,
        "sizes": [{"records": size, "customers": sizes[size]} for size in sorted(sizes)],
        "largest": max(sizes, default=0),
        "singletons": sizes[1] / customers if customers else None,
        "wanted_precision": precision,
        "threshold": matched.threshold,
        "expected_precision": matched.expected_precision if joined.any() else None,
        "expected_recall": float(pairs.probability[joined].sum()) / likely if likely else None,
        "pairs_compared": len(pairs.left),
        "pairs_above_threshold": int((pairs.probability >= matched.threshold).sum()),
        "pairs_joined": int(joined.sum()),
        "compared_on": [
            {"keys": [key.format(t="") for key in rule.keys], "pairs": rule.pairs} for rule in matched.rules
        ],
        "trained_on": list(matched.model.passes) if matched.model else [],
        "share_of_true_pairs": matched.model.share if matched.model else None,
        "without_key": prepared.without_key,
        "repeated_keys": len(prepared.same),
        "blank": prepared.blank,
    }
