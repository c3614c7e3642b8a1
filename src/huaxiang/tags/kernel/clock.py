"""Civil time for arrays of moments: the same steps back and the same days as `core.moments.Moment`, many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from huaxiang.core.moments import Duration

Array = np.ndarray

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _HOUR, _DAY = 1_000_000, 3_600_000_000, 86_400_000_000
_WEEK = timedelta(days=7)
_FIRST, _LAST = datetime(1950, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def back(moments: Array, duration: Duration, zone: str) -> Array:
    """The moments `duration` earlier: whole days keep the clock time, hours are elapsed time.

    `moments` are microseconds since 1970, of 1950 to 2099. A clock time that a change skipped or repeats is read with
    the offset before the change (PEP 495, fold 0), as `Moment.back` reads it.
    """
    days, hours = divmod(duration.hours, 24)
    if days:
        at, offsets = _changes(zone)
        clock = moments + offsets[np.searchsorted(at, moments, side="right")] - days * _DAY
        # Until then the offset before the change counts, whether the clock time is skipped or comes twice.
        until = at + np.maximum(offsets[:-1], offsets[1:])
        moments = clock - offsets[np.searchsorted(until, clock, side="right")]
    return moments - hours * _HOUR


def civil_days(moments: Array, zone: str) -> Array:
    """The civil days of moments, as days since 1970."""
    at, offsets = _changes(zone)
    return (moments + offsets[np.searchsorted(at, moments, side="right")]) // _DAY


def microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970, in whole numbers: floats lose some."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * _SECOND + delta.microseconds


@lru_cache(maxsize=16)
def _changes(zone: str) -> tuple[Array, Array]:
    """When the clocks of a zone were changed, and its offsets: before the first change, and after each."""
    clocks = ZoneInfo(zone)

    def offset(moment: datetime) -> timedelta:
        found = moment.astimezone(clocks).utcoffset()
        assert found is not None  # noqa: S101 - a zone has an offset at every moment
        return found

    changes: list[tuple[int, int]] = []
    moment, here = _FIRST, offset(_FIRST)
    first = here
    while moment < _LAST:
        later, there = moment + _WEEK, offset(moment + _WEEK)
        if there != here:
            low, high = moment, later
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == here else (low, middle)
            changes.append((microseconds(high), there // timedelta(microseconds=1)))
        moment, here = later, there
    at = np.array([at for at, _ in changes], np.int64)
    return at, np.array([first // timedelta(microseconds=1), *(shift for _, shift in changes)], np.int64)
