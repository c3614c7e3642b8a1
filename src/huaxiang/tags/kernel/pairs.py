"""Customers at moments, and where the facts of each begin and end to count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from huaxiang.core.moments import Duration, Moment
from huaxiang.tags.kernel import steps
from huaxiang.tags.kernel.batch import Array, Facts
from huaxiang.tags.kernel.clock import back, microseconds

_NO_LIMIT = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Pairs:
    """Customers at moments: `customer` (p,) indexes `Facts.customers`, `which` (p,) indexes `moments`."""

    customer: Array
    which: Array
    moments: tuple[Moment, ...]

    @classmethod
    def at(cls, facts: Facts, moment: Moment) -> Pairs:
        """All customers of `facts` at one moment."""
        customers = np.arange(len(facts.customers))
        return cls(customers, np.zeros(len(customers), np.int64), (moment,))

    @property
    def microseconds(self) -> Array:
        """The moment of each pair (p,), in microseconds since 1970."""
        return self.stamps[self.which]

    @cached_property
    def stamps(self) -> Array:
        """The different moments in microseconds since 1970."""
        return np.array([microseconds(moment.utc) for moment in self.moments], np.int64)

    @property
    def zone(self) -> str:
        """The time zone in which days are counted."""
        return self.moments[0].zone

    def before(self, duration: Duration | None) -> Array:
        """`duration` before each of the different moments, in microseconds; None: before everything."""
        if duration is None:
            return np.full(len(self.stamps), _NO_LIMIT)
        return back(self.stamps, duration, self.zone)

    def first_rows(self, facts: Facts, duration: Duration | None) -> Array:
        """The first row of each pair (p,) from `duration` before its moment on, or the row behind its last."""
        key = ("first rows", duration, id(self))
        if key not in facts.cache:
            rows = np.empty(len(self.customer), np.int64)
            begin, end = facts.starts[self.customer], facts.starts[self.customer + 1]
            steps.first_at_or_after(begin, end, facts.time, self.before(duration)[self.which], rows)
            facts.cache[key] = rows
        return facts.cache[key]


NOW = Duration(0)
"""No time before the moment: where a window ends that has no end of its own."""
