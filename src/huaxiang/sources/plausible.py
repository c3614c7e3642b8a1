"""Values that can be read and yet can't be true: a birthday in the future, a negative number of children."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type

EARLIEST = date(1900, 1, 1)
"""Days and moments before it are placeholders of other programs, such as 0001-01-01."""

RANGES: dict[str, tuple[float, float]] = {
    "age": (0, 130),
    "children": (0, 30),
    "household_size": (1, 100),
    "items": (0, 1_000_000),
    "rating": (0, 10),
    "satisfaction": (0, 10),
    "sentiment": (-1, 1),
    "likes": (0, 10**10),
    "pictures": (0, 10_000),
    "duration": (0, 10**7),
    "response_minutes": (0, 10**7),
    "impressions": (0, 10**13),
    "clicks": (0, 10**13),
}
"""The smallest and the largest value that makes sense, by the name of the column."""

PAST = frozenset({"birthday"})
"""Columns whose day can't lie after the build's moment."""


def implausible(name: str, type_: Type, value: Any, moment: Moment) -> Any | None:
    """Whether `value` of column `name` can't be true, or None where nothing is known about it."""
    import ibis

    if type_ is Type.DATE:
        too_early = value < ibis.literal(EARLIEST)
        return too_early | (value > ibis.literal(moment.day)) if name in PAST else too_early
    if type_ is Type.MOMENT:
        earliest = datetime(EARLIEST.year, 1, 1, tzinfo=UTC)
        return value < ibis.literal(earliest, type=ibis_type(Type.MOMENT))
    if type_.is_numeric and name in RANGES:
        low, high = RANGES[name]
        return (value < low) | (value > high)
    return None
