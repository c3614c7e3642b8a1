"""When and how large the simulated world is: its stretch of time, its blocks of people, its calendars."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np

from huaxiang.simulate.columns import Array

DAY = 86_400
EPOCH = date(1970, 1, 1)


def seconds_of(day: date) -> int:
    """The civil second at which a day begins. All simulated times are seconds on Chinese clocks."""
    return (day - EPOCH).days * DAY


AS_OF = date(2026, 7, 1)
OPENING = seconds_of(date(2019, 6, 18))
START = seconds_of(date(2025, 4, 1))
END = seconds_of(AS_OF)
DAYS = (END - START) // DAY
NEVER = END * 2
"""The churn moment of somebody who does not churn."""

BLOCK = 20_000
"""People per block. Each block draws from generators of its own, so a block never depends on the others."""


@dataclass(frozen=True)
class Block:
    """A run of people who are simulated together and written as one part of every source."""

    seed: int
    number: int
    size: int

    @property
    def first(self) -> int:
        """The index of the block's first person among all people."""
        return self.number * BLOCK

    def random(self, stream: str) -> np.random.Generator:
        """The generator of one subject of this block: a new draw for orders leaves names as they are."""
        return np.random.default_rng([self.seed, self.number, zlib.crc32(stream.encode())])


def blocks(customers: int, seed: int) -> list[Block]:
    """All people cut into blocks; only the last may be smaller."""
    return [Block(seed, number, min(BLOCK, customers - number * BLOCK)) for number in range(-(-customers // BLOCK))]


# Sales festivals: first day, last day, how much busier than usual, how much busier for those who wait for them.
_FESTIVALS = (
    (date(2025, 5, 17), date(2025, 5, 21), 1.3, 2.5),
    (date(2025, 6, 1), date(2025, 6, 20), 1.9, 6.0),
    (date(2025, 9, 8), date(2025, 9, 10), 1.3, 2.0),
    (date(2025, 10, 24), date(2025, 11, 12), 2.3, 8.0),
    (date(2025, 12, 10), date(2025, 12, 13), 1.7, 5.0),
    (date(2026, 1, 20), date(2026, 2, 8), 1.6, 2.5),
    (date(2026, 2, 15), date(2026, 2, 23), 0.5, 0.4),
    (date(2026, 3, 5), date(2026, 3, 9), 1.4, 3.0),
    (date(2026, 6, 1), date(2026, 6, 20), 1.9, 6.0),
)
NORMAL, FESTIVE = 0, 1


def _calendars() -> Array:
    """Cumulative busyness by day: a row for everyday shopping, a row for those who wait for festivals."""
    days = np.ones((2, DAYS))
    weekday = (np.arange(DAYS) + START // DAY + 3) % 7
    days[:, weekday >= 5] = 1.3
    for first, last, usual, waiting in _FESTIVALS:
        span = slice((seconds_of(first) - START) // DAY, (seconds_of(last) - START) // DAY + 1)
        days[NORMAL, span] *= usual
        days[FESTIVE, span] *= waiting
    return np.concatenate((np.zeros((2, 1)), np.cumsum(days, axis=1)), axis=1)


_CALENDARS = _calendars()


def draw_days(random: np.random.Generator, calendar: int, since: Array, until: Array) -> Array:
    """A day for each row as the second of its midnight, from `since` and before `until`, busier days more often."""
    busy = _CALENDARS[calendar]
    low = np.interp((since - START) / DAY, np.arange(DAYS + 1), busy)
    high = np.interp((until - START) / DAY, np.arange(DAYS + 1), busy)
    at = low + random.random(len(low)) * (high - low)
    return START + np.minimum(np.searchsorted(busy, at, side="right") - 1, DAYS - 1) * DAY
