"""Many aggregates over few facts: each looks at every row itself, all in one call of compiled code.

Cubes save looks at rows. One customer has so few facts that to find out who shares a cube takes a hundred times as long
as to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from huaxiang.tags.kernel import cube_steps
from huaxiang.tags.kernel.batch import Array, Facts
from huaxiang.tags.kernel.cubes import Condition, Measure
from huaxiang.tags.kernel.pairs import NOW, Pairs

FEW = 2_000
"""Facts up to which this is faster than cubes."""

_KINDS = {
    "count": cube_steps.COUNT,
    "sum": cube_steps.SUM,
    "first": cube_steps.FIRST,
    "last": cube_steps.LAST,
    "largest": cube_steps.LARGEST,
    "smallest": cube_steps.SMALLEST,
}


class Looks:
    """Which rows each of `measures` looks at, and for what: worked out once, whatever the facts are."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._conditions: dict[Condition, int] = {}
        self._columns: dict[str, int] = {}
        self._borders: dict[Any, int] = {}
        conditions = [[_number(self._conditions, each) for each in measure.conditions] for measure in measures]
        self._kinds = _integers(_KINDS[measure.kind] for measure in measures)
        self._begin = np.append(0, np.cumsum([len(each) for each in conditions])).astype(np.int64)
        self._members = _integers(number for each in conditions for number in each)
        self._from = _integers(_number(self._borders, measure.window.start) for measure in measures)
        self._until = _integers(_number(self._borders, measure.window.end or NOW) for measure in measures)
        self._values = _integers(_number(self._columns, each.values) if each.values else 0 for each in measures)

    def measured(self, facts: Facts, pairs: Pairs) -> Array:
        """The measures (m, p) of `pairs`, in order."""
        number, rows = len(facts.time), len(pairs.customer)
        edges = np.empty((len(self._borders), rows), np.int64)
        for border, i in self._borders.items():
            edges[i] = pairs.first_rows(facts, border)
        holds = np.empty((len(self._conditions), number), np.uint8)
        for condition, i in self._conditions.items():
            column = facts.columns[condition.column]
            true = column.valid if condition.known else column.data & column.valid
            holds[i] = true if column.codes is None else true[column.codes]
        values = np.empty((max(1, len(self._columns)), number), np.int64)
        for name, i in self._columns.items():
            values[i] = facts.by_row(name).data
        out = np.empty((len(self._kinds), rows), np.int64)
        looks = (self._kinds, self._begin, self._members, self._from, self._until, self._values)
        cube_steps.each(*looks, edges, holds, values, out)
        return out


def _number(numbers: dict[Any, int], thing: Any) -> int:
    """The number of a thing; a new one gets the next."""
    return numbers.setdefault(thing, len(numbers))


def _integers(numbers: Iterable[int]) -> Array:
    return np.array([*numbers], np.int64)
