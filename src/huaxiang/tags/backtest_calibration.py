"""Recalibration of probabilities: learned on earlier moments, judged on later ones, kept only where it helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from huaxiang.tags.backtest_measures import Array, Cases, better, brier
from huaxiang.tags.calibration import Calibration

Points = list[tuple[float, float]]

MOST_POINTS = 33
"""Points of a calibration: a build evaluates it as so many cases."""

_CLEARLY = 1.6448536269514722
"""Standard errors by which the Brier score must improve: one-sided 95 %."""

_EDGE = 1e-6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Recalibration:
    """What became of recalibrating: the `calibration` (None: none helps), and the figures or the reason why."""

    calibration: Calibration | None
    figures: dict[str, Any]


def recalibrate(cases: Cases, begun: Array, ended: Array) -> Recalibration:
    """The calibration that improves the Brier score out of time, learned anew from all cases, or none.

    `begun` and `ended` (n,) are each case's moment and the end of its outcome, in microseconds. The last third of the
    moments judges; what is learned from are the moments whose outcome was known by then.
    """
    moments = np.unique(begun)
    judges = moments[-max(1, len(moments) // 3) :]
    judged, learned = begun >= judges[0], ended <= judges[0]
    if not (_both(cases.happened[learned]) and _both(cases.happened[judged])):
        reason = "too few moments: what is learned from must have ended before what judges begins"
        return Recalibration(None, {"applied": False, "reason": reason})
    later = cases.among(judged)
    tried = []
    for method, fit in METHODS.items():
        points = fit(cases.said[learned], cases.happened[learned])
        corrected = _applied(points, later.said)
        gain, error = better(later, corrected)
        after = brier(Cases(corrected, later.happened, later.customer))["brier"]
        tried.append({"method": method, "brier": after, "gain": gain, "error": error})
    best = max(tried, key=lambda row: row["gain"])
    figures = {"before": brier(later)["brier"], "judged": later.size, "tried": tried}
    if best["gain"] <= _CLEARLY * best["error"]:
        return Recalibration(None, figures | {"applied": False, "reason": "no method improves it out of time"})
    points = METHODS[best["method"]](cases.said, cases.happened)
    known_at = _EPOCH + timedelta(microseconds=int(ended.max()))
    calibration = Calibration(best["method"], tuple(points), known_at)
    return Recalibration(calibration, figures | {"applied": True, "method": best["method"], "after": best["brier"]})


def _isotonic(said: Array, happened: Array) -> Points:
    """Rates that never fall as what was said rises (pool adjacent violators; Zadrozny & Elkan, KDD 2002)."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(said, happened.astype(float))
    return _thinned(fitted.X_thresholds_, fitted.y_thresholds_)


def _platt(said: Array, happened: Array) -> Points:
    """A logistic curve over the log-odds of what was said (Platt, Advances in Large Margin Classifiers, 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(_log_odds(said), happened.astype(int))
    grid = np.unique(np.concatenate([[0.0, 1.0], np.quantile(said, np.linspace(0, 1, MOST_POINTS - 2))]))
    return _thinned(grid, model.predict_proba(_log_odds(grid))[:, 1])


METHODS: dict[str, Callable[[Array, Array], Points]] = {"isotonic": _isotonic, "platt": _platt}
"""The ways of recalibration: from what was said and what happened to points (said, came true)."""


def _thinned(said: Array, came: Array) -> Points:
    """At most MOST_POINTS of the points, evenly among them, each `said` once."""
    _, first = np.unique(np.round(said, 9), return_index=True)
    chosen = first[np.unique(np.linspace(0, len(first) - 1, min(len(first), MOST_POINTS)).round().astype(int))]
    return [(float(said[i]), float(came[i])) for i in chosen]


def _applied(points: Points, said: Array) -> Array:
    return np.interp(said, [x for x, _ in points], [y for _, y in points])


def _log_odds(said: Array) -> Array:
    inside = np.clip(said, _EDGE, 1 - _EDGE)
    return np.log(inside / (1 - inside)).reshape(-1, 1)


def _both(happened: Array) -> bool:
    return bool(happened.any() and not happened.all())
