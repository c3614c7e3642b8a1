"""Everybody else, as the snapshot has them: whom tags compare with that are quantiles or the most frequent values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.expressions.moment import RowMoment
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.spec import BinsSpec, BinsTag

if TYPE_CHECKING:
    import ibis
    import numpy as np

KEY = "customer_no"

Place = Callable[[int, Any], Any]
"""From a customer and the value at the moment to the bin."""


class Base:
    """The customers of a snapshot at its `moment`. What is compared with is read when it is first asked for."""

    def __init__(self, engine: Engine, moment: Moment) -> None:
        self._engine, self._moment = engine, moment
        self._places: dict[str, Place] = {}

    def place(self, tag: CompiledTag, customer: int, value: Any) -> Any:
        """The bin of a customer's value among those that the others have in the snapshot; null without a value."""
        if tag.name not in self._places:
            profiles = self._engine.table("profiles")
            values = profiles.select(KEY, value=compared_value(tag, profiles, self._moment)).order_by(KEY)
            column = self._engine.arrow(values, step=f"base of {tag.name}")["value"]
            assert isinstance(tag.spec, BinsTag)  # noqa: S101
            bins = tag.spec.bins
            self._places[tag.name] = _Quantiles(bins, column) if bins.quantiles else _MostFrequent(bins, column)
        return None if value is None else self._places[tag.name](customer, value)


def compared_value(tag: CompiledTag, rows: ibis.Table, moment: Moment | RowMoment) -> Any:
    """What a tag compares with everybody's: the value of the tag that it is of, where its condition holds."""
    import ibis

    assert isinstance(tag.spec, BinsTag)  # noqa: S101
    value = rows[tag.spec.bins.of]
    if tag.where is not None:
        value = ibis.ifelse(tag.where.ibis(rows, moment), value, None)
    return value.cast("string" if tag.spec.bins.top else "float64")


class _Quantiles:
    """Bin 1 + floor(q × share of the values strictly below), as in `tags.bins`; the customer's own is the new one."""

    def __init__(self, spec: BinsSpec, values: Any) -> None:
        import numpy as np

        self._spec = spec
        self._own: np.ndarray = values.to_numpy().astype(np.float64)
        self._sorted: np.ndarray = np.sort(self._own[~np.isnan(self._own)])

    def __call__(self, customer: int, value: float) -> Any:
        quantiles = self._spec.quantiles or 1
        former = float(self._own[customer])
        among = len(self._sorted) + int(math.isnan(former))
        if self._spec.descending:
            before = len(self._sorted) - int(self._sorted.searchsorted(value, side="right")) - int(former > value)
        else:
            before = int(self._sorted.searchsorted(value, side="left")) - int(former < value)
        position = math.floor(before * quantiles / among) + 1
        return self._spec.labels[position - 1] if self._spec.labels else position


class _MostFrequent:
    """The most frequent values of the snapshot by name, all others together."""

    def __init__(self, spec: BinsSpec, values: Any) -> None:
        self._spec, self._values = spec, values

    def __call__(self, customer: int, value: str) -> str:
        return value if value in self._top else self._spec.other

    @cached_property
    def _top(self) -> frozenset[str]:
        counted = Counter(value for value in self._values.to_pylist() if value is not None)
        ranked = sorted(counted, key=lambda value: (-counted[value], value))
        return frozenset(ranked[: self._spec.top])
