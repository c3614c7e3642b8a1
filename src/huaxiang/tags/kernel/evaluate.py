"""Aggregates over one batch of facts: which of them share cubes, which steps the others run, and what results mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from huaxiang.core.types import Type
from huaxiang.tags.kernel import steps
from huaxiang.tags.kernel.atom import Atom
from huaxiang.tags.kernel.batch import Array, Facts, Values, dense_codes, lists_to_arrow, values_to_arrow
from huaxiang.tags.kernel.clock import civil_days
from huaxiang.tags.kernel.cubes import Condition, Kind, Measure, measured
from huaxiang.tags.kernel.few import FEW, Looks
from huaxiang.tags.kernel.pairs import NOW, Pairs


def evaluate(atoms: Mapping[str, Atom], facts: Facts, pairs: Pairs, plan: Plan | None = None) -> dict[str, pa.Array]:
    """The value of each of `atoms` for each pair, null or the function's empty value where no row counts.

    A `plan` of the atoms saves the most of the time where there are few facts, and changes no value.
    """
    calls = {name: _Call(atom, facts, pairs) for name, atom in atoms.items()}
    if plan is not None and len(facts.time) <= FEW:
        measures = plan.looks.measured(facts, pairs)
        return {name: plan.steps[name].run(call, *measures[plan.needs[name]]) for name, call in calls.items()}
    types = {name: column.type for name, column in facts.columns.items()}
    steps_of = {name: _step(atom, types) for name, atom in atoms.items()}
    needs = {name: steps_of[name].needs(call) for name, call in calls.items()}
    found = measured({measure for each in needs.values() for measure in each}, facts, pairs)
    return {name: steps_of[name].run(call, *(found[each] for each in needs[name])) for name, call in calls.items()}


@dataclass(frozen=True)
class Plan:
    """What atoms ask of the facts, worked out once for one customer after the other: steps, and measures by number."""

    steps: Mapping[str, _Step]
    needs: Mapping[str, list[int]]
    looks: Looks


def planned(atoms: Mapping[str, Atom], types: Mapping[str, Type]) -> Plan:
    """The plan of `atoms`, whose columns have `types`."""
    steps_of = {name: _step(atom, types) for name, atom in atoms.items()}
    needs = {name: steps_of[name].needs(_Unseen(atom)) for name, atom in atoms.items()}
    measures = {
        each: number for number, each in enumerate(dict.fromkeys(each for need in needs.values() for each in need))
    }
    return Plan(steps_of, {name: [measures[each] for each in need] for name, need in needs.items()}, Looks([*measures]))


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
        return self.facts.by_row(self.atom.values[0])

    @property
    def scale(self) -> float:
        """What a number is divided by: money is in hundredths."""
        return 100.0 if self.values.type is Type.MONEY else 1.0

    def cached(self, key: Any, make: Callable[[], Any]) -> Any:
        cache = self.facts.cache
        if key not in cache:
            cache[key] = make()
        return cache[key]

    def measure(self, kind: Kind, values: str | None = None, *more: Condition) -> Measure:
        """A measure over the rows that count and meet `more`."""
        return Measure(kind, self.conditions | {*more}, self.atom.window, values)

    @cached_property
    def conditions(self) -> frozenset[Condition]:
        """The conditions of the atom and, where the function skips nulls, that there is a value."""
        skipped = [Condition(name, known=True) for name in self._skipped if not self._all_known(name)]
        return frozenset([*(Condition(name) for name in self.atom.where), *skipped])

    @property
    def _skipped(self) -> tuple[str, ...]:
        return self.atom.values[:1] if self.atom.function.skips_nulls else ()

    def _all_known(self, column: str) -> bool:
        return self.cached(("all known", column), lambda: bool(self.facts.columns[column].valid.all()))

    def bounds(self) -> tuple[Array, Array]:
        """The first row and the row after the last of each pair within the window."""
        window = self.atom.window
        low, high = (self.pairs.first_rows(self.facts, border) for border in (window.start, window.end or NOW))
        return low, high

    def keep(self) -> Array:
        """1 for rows that meet the conditions."""
        conditions = self.conditions
        return self.cached(("keep", conditions), lambda: self._keep(conditions))

    def _keep(self, conditions: frozenset[Condition]) -> Array:
        keep = np.ones(len(self.facts.time), np.uint8)
        for condition in sorted(conditions):
            column = self.facts.columns[condition.column]
            holds = column.valid if condition.known else column.data & column.valid
            keep &= holds if column.codes is None else holds[column.codes]
        return keep

    def codes(self) -> tuple[Array, int, Array]:
        return self.cached(("codes", self.atom.values[0]), lambda: dense_codes(self.values))

    def numbers(self) -> Array:
        """The values as plain floats, money in its unit."""
        key = ("numbers", self.atom.values[0])
        return self.cached(key, lambda: _padded(self.values.data.astype(np.float64) / self.scale))

    def periods(self) -> tuple[Array, Array]:
        """The period of each row, and of each pair the period from which a streak is alive."""
        unit = self.atom.parameters[0] if self.atom.parameters else "day"
        rows = self.cached(("periods", unit), lambda: _period(self.facts.day, unit))
        today = civil_days(self.pairs.stamps, self.pairs.zone)
        return rows, (_period(today, unit) - 1)[self.pairs.which]

    def result(self, data: Array, valid: Array | None = None, type_: Type | None = None) -> pa.Array:
        type_ = type_ or self.atom.type
        dictionary = self.values.dictionary if type_ is Type.TEXT else None
        return values_to_arrow(data, valid, type_, dictionary)


class _Unseen(_Call):
    """A call before there are facts: any column may have gaps."""

    def __init__(self, atom: Atom) -> None:
        nothing = np.zeros(0, np.int64)
        super().__init__(atom, Facts(nothing, nothing, nothing, nothing, {}), Pairs(nothing, nothing, ()))

    def _all_known(self, column: str) -> bool:
        return False


@dataclass(frozen=True)
class _Step:
    """How an aggregate is computed: `run` gets the call and the measures that it `needs`, (p,) each."""

    run: Callable[..., pa.Array]
    needs: Callable[[_Call], tuple[Measure, ...]] = lambda _: ()


def _step(atom: Atom, types: Mapping[str, Type]) -> _Step:
    name = atom.function.step
    in_order = name in _FLOATING and types[atom.values[0]] is Type.NUMBER
    return _FLOATING[name] if in_order else _STEPS[name]


def _count(call: _Call, number: Array) -> pa.Array:
    return call.result(number)


def _total(call: _Call, total: Array, number: Array) -> pa.Array:
    return call.result(total, number > 0)


def _mean(call: _Call, total: Array, number: Array) -> pa.Array:
    return call.result(total / call.scale / np.maximum(number, 1), number > 0)


def _share(call: _Call, true: Array, number: Array) -> pa.Array:
    return call.result(true / np.maximum(number, 1), number > 0)


def _any(call: _Call, true: Array) -> pa.Array:
    return call.result(true > 0)


def _picked(call: _Call, rows: Array) -> pa.Array:
    data = _padded(call.values.data)
    return call.result(data[np.maximum(rows, 0)], rows >= 0)


def _total_and_number(call: _Call) -> tuple[Measure, ...]:
    return call.measure("sum", call.atom.values[0]), call.measure("count")


def _true(call: _Call) -> Measure:
    return call.measure("count", None, Condition(call.atom.values[0]))


def _folded(step: Callable[..., None], finish: Callable[..., pa.Array] = _total) -> _Step:
    """Over floating numbers, in their order: another order would make other sums."""

    def run(call: _Call) -> pa.Array:
        out, n = np.zeros(call.size, np.float64), np.zeros(call.size, np.int64)
        step(*call.bounds(), call.keep(), _padded(call.values.data), out, n)
        return finish(call, out, n)

    return _Step(run)


def _stddev(call: _Call) -> pa.Array:
    out, n = np.zeros(call.size, np.float64), np.zeros(call.size, np.int64)
    steps.spread(*call.bounds(), call.keep(), call.numbers(), out, n)
    return call.result(out, n > 1)


def _quantile(call: _Call) -> pa.Array:
    share = float(call.atom.parameters[0]) if call.atom.parameters else 0.5
    out, n = np.zeros(call.size, np.float64), np.zeros(call.size, np.int64)
    steps.quantile(*call.bounds(), call.keep(), call.numbers(), share, out, n)
    return call.result(out, n > 0)


def _nth(call: _Call) -> pa.Array:
    rows = np.empty(call.size, np.int64)
    steps.nth_row(*call.bounds(), call.keep(), int(call.atom.parameters[0]), rows)
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
        column = call.facts.by_row(call.atom.weight)
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


_STEPS: dict[str, _Step] = {
    "count": _Step(_count, lambda call: (call.measure("count"),)),
    "sum": _Step(_total, _total_and_number),
    "avg": _Step(_mean, _total_and_number),
    "min": _Step(_picked, lambda call: (call.measure("smallest", call.atom.values[0]),)),
    "max": _Step(_picked, lambda call: (call.measure("largest", call.atom.values[0]),)),
    "first": _Step(_picked, lambda call: (call.measure("first"),)),
    "last": _Step(_picked, lambda call: (call.measure("last"),)),
    "share": _Step(_share, lambda call: (_true(call), call.measure("count"))),
    "any": _Step(_any, lambda call: (_true(call),)),
    "distinct": _Step(_distinct),
    "median": _Step(_quantile),
    "quantile": _Step(_quantile),
    "stddev": _Step(_stddev),
    "nth": _Step(_nth),
    "top": _Step(_top),
    "top_list": _Step(_top_list),
    "top_share": _Step(_top_share),
    "entropy": _Step(_entropy),
    "active_days": _Step(_active_days),
    "typical_interval": _Step(_typical_interval),
    "interval_variation": _Step(_interval_variation),
    "longest_streak": _Step(_streak(0)),
    "current_streak": _Step(_streak(1)),
}
"""The step of each aggregate of the function table, by the name that its row gives."""

_FLOATING: dict[str, _Step] = {
    "sum": _folded(steps.total),
    "avg": _folded(steps.total, _mean),
    "min": _folded(steps.smallest),
    "max": _folded(steps.largest),
}
"""The steps that do the same with numbers of type `number`."""

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
