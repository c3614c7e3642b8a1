"""Whether customers still look as they did when clusters were found."""

from __future__ import annotations

import numpy as np

from huaxiang.segments.clusters.encode import Encoded, Floats
from huaxiang.segments.clusters.features import Feature

_FLOOR = 1e-4
"""A share below it counts as this, so that one customer with a new value makes no endless drift."""


def drift(rows: Encoded, sample: int) -> tuple[float, str]:
    """The largest population stability index of a tag, less what chance gives, and the tag; no tags: 0.

    `rows` are customers of now by the features of the fit, which was made from `sample` customers.
    """
    found = [
        (_index(feature, block, sample), feature.tag) for feature, block in zip(rows.features, rows.blocks, strict=True)
    ]
    return max(found, default=(0.0, ""))


def _index(feature: Feature, block: Floats, sample: int) -> float:
    unknown = float(np.isnan(block[:, 0]).mean())
    before, after = np.array(feature.shares), _shares(feature, block)
    if feature.kind in ("number", "category"):
        parts = [(before, after)]
    else:
        parts = [(np.array([p, 1 - p]), np.array([q, 1 - q])) for p, q in zip(before, after, strict=True)]
    return max(
        _psi(np.append(old * (1 - feature.missing), feature.missing), np.append(new * (1 - unknown), unknown))
        - len(old) * (1 / sample + 1 / len(block))
        for old, new in parts
    )


def _shares(feature: Feature, block: Floats) -> np.ndarray:
    """The shares of now, as the feature holds those of then."""
    known = block[~np.isnan(block[:, 0])]
    if len(known) == 0:
        return np.zeros(len(feature.shares))
    if feature.kind == "number":
        return np.bincount(feature.bands(known), minlength=len(feature.shares)) / len(known)
    return np.asarray(known.mean(axis=0), dtype=np.float64)


def _psi(before: np.ndarray, after: np.ndarray) -> float:
    old, new = np.maximum(before, _FLOOR), np.maximum(after, _FLOOR)
    return float(((new - old) * np.log(new / old)).sum())
