"""How well a score tells two groups apart: the area under the ROC curve with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Area:
    """The chance that one of the upper group scores higher than one of the lower, with its 95 % interval."""

    area: float
    low: float
    high: float


def placements(above: Array, below: Array) -> tuple[Array, Array]:
    """Of each of `above` the share of `below` that is lower; of each of `below` the share of `above` that is higher.

    Ties count half. The mean of either is the area under the ROC curve.
    """
    return _placed(above, below) / len(below), 1 - _placed(below, above) / len(above)


def area(above: Array, below: Array) -> Area:
    """The area of two groups of independent cases; its variance is that of DeLong et al. (Biometrics 44, 1988)."""
    high, low = placements(above, below)
    found = float(high.mean())
    variance = sum(float(part.var(ddof=1)) / len(part) for part in (high, low) if len(part) > 1)
    half = Z * math.sqrt(variance)
    return Area(found, max(0.0, found - half), min(1.0, found + half))


def _placed(values: Array, others: Array) -> Array:
    """How many of `others` are smaller than each of `values`, equal ones counted half."""
    import numpy as np

    ordered = np.sort(others)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2
