"""Calibration: straight lines between points, from what a tag said to how often that came true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Calibration:
    """A correction of a probability, as `points` (said, came true), rising in what was said.

    It was learned from what happened before `known_at`; a tag at an earlier moment must not know of it.
    """

    method: str
    points: tuple[tuple[float, float], ...]
    known_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """The calibration for JSON."""
        return {"method": self.method, "points": [list(p) for p in self.points], "known_at": self.known_at.isoformat()}

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Calibration:
        """The calibration that `as_dict` gave."""
        points = tuple((float(x), float(y)) for x, y in data["points"])
        return cls(data["method"], points, datetime.fromisoformat(data["known_at"]))


def calibrated(value: Any, calibration: Calibration) -> Any:
    """The corrected Ibis value: on the line between the points around it, beyond them that of the last one."""
    import ibis

    points = calibration.points
    cases = [(value <= points[0][0], ibis.literal(points[0][1]))]
    for (low, at_low), (high, at_high) in pairwise(points):
        slope = (at_high - at_low) / (high - low)
        cases.append((value <= high, at_low + (value - low) * slope))
    line = ibis.cases(*cases, else_=ibis.literal(points[-1][1]))
    return ibis.ifelse(value.isnull(), ibis.null("float64"), line.cast("float64"))
