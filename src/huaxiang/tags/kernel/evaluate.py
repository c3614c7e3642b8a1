"""One aggregate over one batch of facts: which step runs, on which arrays, and what its result means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type
from huaxiang.tags.kernel import steps
from huaxiang.tags.kernel.atom import Atom
from huaxiang.tags.kernel.batch import Array, Facts, Values, dense_codes, lists_to_arrow, values_to_arrow
from huaxiang.tags.kernel.clock import back, civil_days, microseconds

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


def evaluate(atom: Atom, facts: Facts, pairs: Pairs) -> pa.Array:
    """The value of `atom` for each pair, null or the function's empty value where no row counts."""
    return _STEPS[atom.function.step](_Call(atom, facts, pairs))


@dataclass(frozen=True)
class _Call:
    atom: Atom
    facts: Facts
    pairs: Pairs

    @property
    def size(self) -> int:
        return len(self.pairs.customer)

    @property
    def values(self) -> Values:
        return self.facts.columns[self.atom.values[0]]

    def cached(self, key: Any, make: Callable[[], Any]) -> Any:
        cache = self.facts.cache
        if key not in cache:
            cache[key] = make()
        return cache[key]

    def bounds(self) -> tuple[Array, Array]:
        """The first row and the row after the last of each pair within the window."""
        key = ("bounds", self.atom.window, id(self.pairs))
        return self.cached(key, self._bounds)

    def _bounds(self) -> tuple[Array, Array]:
        window, stamps, zone = self.atom.window, self.pairs.stamps, self.pairs.zone
        begins = back(stamps, window.start, zone) if window.start else np.full(len(stamps), _NO_LIMIT)
        ends = back(stamps, window.end, zone) if window.end else stamps
        rows_from = self.facts.starts[self.pairs.customer]
        rows_to = self.facts.starts[self.pairs.customer + 1]
        low, high = np.empty(self.size, np.int64), np.empty(self.size, np.int64)
        steps.first_at_or_after(rows_from, rows_to, self.facts.time, begins[self.pairs.which], low)
        steps.first_at_or_after(rows_from, rows_to, self.facts.time, ends[self.pairs.which], high)
        return low, high

    def keep(self) -> Array:
        """1 for rows that pass the conditions and, where the function skips nulls, have a value."""
        conditions = tuple(sorted(self.atom.where))
        skipped = self.atom.values[:1] if self.atom.function.skips_nulls else ()
        return self.cached(("keep", conditions, skipped), lambda: self._keep(conditions, skipped))

    def _keep(self, conditions: tuple[str, ...], skipped: tuple[str, ...]) -> Array:
        keep = np.ones(len(self.facts.time), np.uint8)
        for name in conditions:
            column = self.facts.columns[name]
            keep &= (column.data.astype(bool) & column.valid.astype(bool)).astype(np.uint8)
        for name in skipped:
            keep &= self.facts.columns[name].valid
        return keep

    def codes(self) -> tuple[Array, int, Array]:
        return self.cached(("codes", self.atom.values[0]), lambda: dense_codes(self.values))

    def numbers(self) -> Array:
        """The values as plain floats, money in its unit."""
        scale = 100.0 if self.values.type is Type.MONEY else 1.0
        key = ("numbers", self.atom.values[0])
        return self.cached(key, lambda: _padded(self.values.data.astype(np.float64) / scale))

    def periods(self) -> tuple[Array, Array]:
        """The period of each row, and of each pair the period from which a streak is alive."""
        unit = self.atom.parameters[0] if self.atom.parameters else "day"
        rows = self.cached(("periods", unit), lambda: _period(self.facts.day, unit))
        today = civil_days(self.pairs.stamps, self.pairs.zone)
        return rows, (_period(today, unit) - 1)[self.pairs.which]

    def result(self, data: Array, valid: Array | None = None, type_: Type | None = None) -> pa.Array:
        type_ = type_ or self.atom.type
        dictionary = self.values.dictionary if type_ is Type.TEXT else None
        return values_to_arrow(data, np.ones(self.size, bool) if valid is None else valid, type_, dictionary)


def _count(call: _Call) -> pa.Array:
    out = np.zeros(call.size, np.int64)
    steps.count(*call.bounds(), call.keep(), out)
    return call.result(out)


def _folded(step: Callable[..., None], call: _Call) -> tuple[Array, Array]:
    data = _padded(call.values.data)
    out, n = np.zeros(call.size, data.dtype), np.zeros(call.size, np.int64)
    step(*call.bounds(), call.keep(), data, out, n)
    return out, n


def _fold(step: Callable[..., None]) -> Callable[[_Call], pa.Array]:
    def run(call: _Call) -> pa.Array:
        out, n = _folded(step, call)
        return call.result(out, n > 0)

    return run


def _avg(call: _Call) -> pa.Array:
    out, n = _folded(steps.total, call)
    scale = 100.0 if call.values.type is Type.MONEY else 1.0
    return call.result(out / scale / np.maximum(n, 1), n > 0)


def _share(call: _Call) -> pa.Array:
    low, high = call.bounds()
    out, n = np.zeros(call.size, np.int64), np.zeros(call.size, np.int64)
    holds = (call.values.data.astype(np.uint8) & call.values.valid) & call.keep()
    steps.count(low, high, holds, out)
    steps.count(low, high, call.keep(), n)
    if call.atom.type is Type.BOOLEAN:
        return call.result(out > 0)
    return call.result(out / np.maximum(n, 1), n > 0)


def _stddev(call: _Call) -> pa.Array:
    out, n = np.zeros(call.size, np.float64), np.zeros(call.size, np.int64)
    steps.spread(*call.bounds(), call.keep(), call.numbers(), out, n)
    return call.result(out, n > 1)


def _quantile(call: _Call) -> pa.Array:
    share = float(call.atom.parameters[0]) if call.atom.parameters else 0.5
    out, n = np.zeros(call.size, np.float64), np.zeros(call.size, np.int64)
    steps.quantile(*call.bounds(), call.keep(), call.numbers(), share, out, n)
    return call.result(out, n > 0)


def _picked(call: _Call, rows: Array) -> pa.Array:
    data = _padded(call.values.data)
    return call.result(data[np.maximum(rows, 0)], rows >= 0)


def _nth(call: _Call) -> pa.Array:
    rows = np.empty(call.size, np.int64)
    position = int(call.atom.parameters[0]) if call.atom.parameters else 1
    steps.nth_row(*call.bounds(), call.keep(), position, rows)
    return _picked(call, rows)


def _last(call: _Call) -> pa.Array:
    rows = np.empty(call.size, np.int64)
    steps.last_row(*call.bounds(), call.keep(), rows)
    return _picked(call, rows)


def _distinct(call: _Call) -> pa.Array:
    codes, size, _ = call.codes()
    out = np.zeros(call.size, np.int64)
    steps.distinct(*call.bounds(), call.keep(), codes, size, out)
    return call.result(out)


def _ranked(call: _Call, limit: int) -> tuple[Array, Array, Array, Array]:
    codes, size, meaning = call.codes()
    best = np.empty((call.size, limit), np.int64)
    share, n = np.empty(call.size, np.float64), np.zeros(call.size, np.int64)
    if call.atom.weight is None:
        weights = call.cached("ones", lambda: np.ones(len(codes), np.int64))
    else:
        column = call.facts.columns[call.atom.weight]
        weights = np.where(column.valid, column.data, np.zeros(1, column.data.dtype))
    steps.top(*call.bounds(), call.keep(), codes, weights, size, limit, best, share, n)
    return best, share, n, meaning


def _top(call: _Call) -> pa.Array:
    best, _, n, meaning = _ranked(call, 1)
    return call.result(meaning[np.maximum(best[:, 0], 0)], n > 0)


def _top_list(call: _Call) -> pa.Array:
    best, _, n, _ = _ranked(call, int(call.atom.parameters[0]))
    assert call.values.dictionary is not None  # noqa: S101 - top_list takes texts only
    return lists_to_arrow(best, call.values.dictionary, n > 0)


def _top_share(call: _Call) -> pa.Array:
    _, share, n, _ = _ranked(call, 1)
    return call.result(share, (n > 0) & ~np.isnan(share))


def _entropy(call: _Call) -> pa.Array:
    codes, size, _ = call.codes()
    out, n = np.zeros(call.size, np.float64), np.zeros(call.size, np.int64)
    steps.entropy(*call.bounds(), call.keep(), codes, size, out, n)
    return call.result(out, n > 0)


def _active_days(call: _Call) -> pa.Array:
    out = np.zeros(call.size, np.int64)
    steps.active_periods(*call.bounds(), call.keep(), call.facts.day, out)
    return call.result(out)


def _gaps(call: _Call) -> tuple[Array, Array, Array]:
    middle, variation = np.zeros(call.size, np.float64), np.zeros(call.size, np.float64)
    n = np.zeros(call.size, np.int64)
    steps.gaps(*call.bounds(), call.keep(), call.facts.day, middle, variation, n)
    return middle, variation, n


def _typical_interval(call: _Call) -> pa.Array:
    middle, _, n = _gaps(call)
    return call.result(middle, n > 0)


def _interval_variation(call: _Call) -> pa.Array:
    _, variation, n = _gaps(call)
    return call.result(variation, n > 1)


def _streak(position: int) -> Callable[[_Call], pa.Array]:
    def run(call: _Call) -> pa.Array:
        period, alive_from = call.periods()
        both = np.zeros(call.size, np.int64), np.zeros(call.size, np.int64)
        steps.streaks(*call.bounds(), call.keep(), period, alive_from, *both)
        return call.result(both[position])

    return run


_STEPS: dict[str, Callable[[_Call], pa.Array]] = {
    "count": _count,
    "distinct": _distinct,
    "sum": _fold(steps.total),
    "avg": _avg,
    "min": _fold(steps.smallest),
    "max": _fold(steps.largest),
    "median": _quantile,
    "quantile": _quantile,
    "stddev": _stddev,
    "share": _share,
    "any": _share,
    "first": _nth,
    "last": _last,
    "nth": _nth,
    "top": _top,
    "top_list": _top_list,
    "top_share": _top_share,
    "entropy": _entropy,
    "active_days": _active_days,
    "typical_interval": _typical_interval,
    "interval_variation": _interval_variation,
    "longest_streak": _streak(0),
    "current_streak": _streak(1),
}
"""The step of each aggregate of the function table, by the name that its row gives."""

STEP_NAMES = frozenset(_STEPS)


def _padded(data: Array) -> Array:
    """The steps look at the first row to learn the type, so there is always one."""
    return data if len(data) else np.zeros(1, data.dtype)


def _period(days: Array, unit: str) -> Array:
    """Numbers of the periods that civil days (since 1970) lie in; successive periods have successive numbers."""
    if unit == "day":
        return days
    if unit == "week":
        # 1970-01-01 was a Thursday: three days after the Monday that weeks are cut at.
        return (days + 3) // 7
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype(np.int64)
