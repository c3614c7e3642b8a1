"""How true a tag was: measures of predictions against what happened. Arrays in, figures out.

The same customer counts at several moments, and what happens to it at one is like what happens at the next: all
intervals take the customers, not the cases, as independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from huaxiang.core.placements import Z, placements

Array = np.ndarray
Row = dict[str, Any]

BUCKETS = 10


@dataclass(frozen=True)
class Cases:
    """What was said and what happened: `said` (n,) values, `happened` (n,) booleans, `customer` (n,) numbers."""

    said: Array
    happened: Array
    customer: Array

    def among(self, chosen: Array) -> Cases:
        """The cases where `chosen` (n,) is true."""
        return Cases(self.said[chosen], self.happened[chosen], self.customer[chosen])

    @property
    def size(self) -> int:
        """The number of cases."""
        return len(self.happened)

    @property
    def base_rate(self) -> float:
        """The share of cases in which it happened."""
        return float(self.happened.mean()) if self.size else math.nan


def rate(happened: Array, customer: Array) -> Row:
    """A share with its 95 % interval: `cases`, `happened`, `rate`, `low`, `high`.

    Wilson's interval (JASA 22, 1927) at the effective number of cases: the number divided by the design effect, the
    variance of the share with customers as clusters over that of independent cases (Kish, "Survey Sampling", 1965).
    """
    cases, hits = len(happened), int(happened.sum())
    if cases == 0:
        return {"cases": 0, "happened": 0, "rate": None, "low": None, "high": None}
    low, high = wilson(hits / cases, cases / _design_effect(happened, customer))
    return {"cases": cases, "happened": hits, "rate": hits / cases, "low": low, "high": high}


def wilson(share: float, cases: float) -> tuple[float, float]:
    """The 95 % interval of a share seen in `cases` independent cases (Wilson, JASA 22, 1927)."""
    wide = Z * Z / cases
    middle = (share + wide / 2) / (1 + wide)
    half = Z / (1 + wide) * math.sqrt(share * (1 - share) / cases + wide / (4 * cases))
    return max(0.0, middle - half), min(1.0, middle + half)


def _design_effect(happened: Array, customer: Array) -> float:
    share, cases = happened.mean(), len(happened)
    independent = share * (1 - share) / cases
    _, index = np.unique(customer, return_inverse=True)
    clusters = index.max() + 1
    if independent == 0 or clusters < 2:
        # All alike: as many independent cases as there are customers.
        return cases / clusters
    residuals = np.bincount(index, weights=happened - share)
    clustered = clusters / (clusters - 1) * float((residuals**2).sum()) / cases**2
    return max(1.0, clustered / independent)


def buckets(cases: Cases) -> Array:
    """The tenth of each case by what was said, from 0 (lowest) to 9; equal values share a bucket."""
    _, index, counts = np.unique(cases.said, return_inverse=True, return_counts=True)
    below = np.append(0, np.cumsum(counts)[:-1])
    return (below * BUCKETS // max(1, cases.size))[index]


def curve(cases: Cases) -> list[Row]:
    """By tenth of what was said: its mean (`said`), how often it happened, and the lift over the base rate."""
    of, base = buckets(cases), cases.base_rate
    rows = []
    for bucket in np.unique(of):
        part = cases.among(of == bucket)
        found = rate(part.happened, part.customer)
        lift = found["rate"] / base if base else None
        rows.append({"bucket": int(bucket) + 1, "said": float(part.said.mean()), **found, "lift": lift})
    return rows


def auc(cases: Cases) -> Row | None:
    """The chance that of two cases the one that happened was said to be likelier, with its 95 % interval.

    `auc`, `low`, `high`; None where everything or nothing happened. The variance is that of DeLong et al. (Biometrics
    44, 1988) with customers as clusters (Obuchowski, Biometrics 53, 1997, eq. 3).
    """
    yes = cases.happened.astype(bool)
    m, n = int(yes.sum()), int((~yes).sum())
    if m == 0 or n == 0:
        return None
    above, below = cases.said[yes], cases.said[~yes]
    # Placement values: the share of the other side that each case stands above, ties half.
    high, low = placements(above, below)
    area = float(high.mean())
    customers, index = np.unique(cases.customer, return_inverse=True)
    size = len(customers)
    sums_high = np.bincount(index[yes], weights=high - area, minlength=size)
    sums_low = np.bincount(index[~yes], weights=low - area, minlength=size)
    positive = len(np.unique(index[yes]))
    negative = len(np.unique(index[~yes]))
    variance = (
        _corrected(positive) * float((sums_high**2).sum()) / m**2
        + _corrected(negative) * float((sums_low**2).sum()) / n**2
        + 2 * _corrected(size) * float((sums_high * sums_low).sum()) / (m * n)
    )
    half = Z * math.sqrt(max(0.0, variance))
    return {"auc": area, "low": max(0.0, area - half), "high": min(1.0, area + half)}


def _corrected(size: int) -> float:
    return size / (size - 1) if size > 1 else 1.0


def brier(cases: Cases) -> Row:
    """The mean squared error of probabilities, and what it is made of.

    `brier` = `reliability` − `resolution` + `uncertainty` + `within` (Murphy, J. Appl. Meteor. 12, 1973, over tenths;
    what differences within a tenth leave is that of Stephenson et al., Weather and Forecasting 23, 2008). `skill` is
    1 − brier / uncertainty: above 0 the tag says more than the base rate.
    """
    happened = cases.happened.astype(float)
    score = float(((cases.said - happened) ** 2).mean())
    base, of = cases.base_rate, buckets(cases)
    reliability = resolution = within = 0.0
    for bucket in np.unique(of):
        chosen = of == bucket
        said, came = cases.said[chosen], happened[chosen]
        weight = len(said) / cases.size
        reliability += weight * (said.mean() - came.mean()) ** 2
        resolution += weight * (came.mean() - base) ** 2
        within += weight * float(said.var() - 2 * np.mean((said - said.mean()) * (came - came.mean())))
    uncertainty = base * (1 - base)
    return {
        "brier": score,
        "reliability": float(reliability),
        "resolution": float(resolution),
        "uncertainty": uncertainty,
        "within": within,
        "skill": 1 - score / uncertainty if uncertainty else None,
    }


def values(cases: Cases) -> list[Row]:
    """By value that was said: how often it happened, and the lift; the most frequent value first."""
    found, counts = np.unique(cases.said, return_counts=True)
    base, rows = cases.base_rate, []
    for value in found[np.argsort(-counts, kind="stable")]:
        part = cases.among(cases.said == value)
        measured = rate(part.happened, part.customer)
        rows.append({"value": str(value), **measured, "lift": measured["rate"] / base if base else None})
    return rows


def rule(cases: Cases, positive: Array) -> Row:
    """What saying so (`positive`, (n,) booleans) was worth: `precision`, `recall` with intervals, and `lift`."""
    said = cases.among(positive)
    came = cases.happened.astype(bool)
    precision = rate(said.happened, said.customer)
    recall = rate(positive[came], cases.customer[came])
    base = cases.base_rate
    lift = precision["rate"] / base if precision["rate"] is not None and base else None
    return {"said": said.size, "precision": precision, "recall": recall, "lift": lift}


def better(cases: Cases, other: Array) -> tuple[float, float]:
    """How much smaller the Brier score of the probabilities `other` is, and its standard error by customers."""
    happened = cases.happened.astype(float)
    gain = (cases.said - happened) ** 2 - (other - happened) ** 2
    _, index = np.unique(cases.customer, return_inverse=True)
    mean, clusters = float(gain.mean()), int(index.max()) + 1
    sums = np.bincount(index, weights=gain - mean)
    return mean, math.sqrt(_corrected(clusters) * float((sums**2).sum())) / len(gain)
