"""The figures of a mapped table that the audit and the data map are made from, in two passes over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import ibis

EXACT_ROWS = 200_000
"""Up to so many rows distinct values are counted exactly, beyond it estimated (HyperLogLog, about 2 % off)."""

FENCE = 1.5
"""Tukey's fence (1977): an outlier lies further than 1.5 interquartile ranges outside the quartiles."""

_FEW = 8
"""Below so many numbers quartiles say nothing."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column: how many values are there, how many made no sense, how many differ, and where they lie.

    `low` and `high` are known for numbers, days and moments only; `outliers` for numbers.
    """

    filled: int
    invalid: int
    distinct: int
    low: float | date | datetime | None = None
    high: float | date | datetime | None = None
    outliers: int | None = None


@dataclass(frozen=True)
class FeedProfile:
    """A mapped table, without the rows that were set aside."""

    rows: int
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)


def profile_feed(engine: Engine, mapped: ibis.Table, columns: Sequence[str], *, step: str) -> FeedProfile:
    """Look at `columns` of a mapped table that was computed before."""
    rows = mapped.filter(mapped._aside.isnull())
    [count] = engine.rows(rows.aggregate(rows=rows.count()), step=step)
    measures: dict[str, Any] = {}
    for place, name in enumerate(columns):
        measures |= _measures(rows, name, place, exact=count["rows"] <= EXACT_ROWS)
    if not measures:
        return FeedProfile(count["rows"])
    [figures] = engine.rows(rows.aggregate(**measures), step=step)
    outliers = _outliers(engine, rows, columns, figures, step)
    return FeedProfile(
        count["rows"],
        {
            name: ColumnProfile(
                filled=figures[f"filled_{place}"],
                invalid=figures[f"invalid_{place}"] or 0,
                distinct=min(figures[f"distinct_{place}"], figures[f"filled_{place}"]),
                low=figures.get(f"low_{place}"),
                high=figures.get(f"high_{place}"),
                outliers=outliers.get(name),
            )
            for place, name in enumerate(columns)
        },
    )


def _measures(rows: ibis.Table, name: str, place: int, *, exact: bool) -> dict[str, Any]:
    column = rows[name]
    found = {
        f"filled_{place}": column.count(),
        f"invalid_{place}": rows._invalid.contains(name).fill_null(False).sum(),
        f"distinct_{place}": column.nunique() if exact else column.approx_nunique(),
    }
    dtype = column.type()
    if dtype.is_numeric() and not dtype.is_boolean():
        number = column.cast("float64")
        found[f"low_quartile_{place}"], found[f"high_quartile_{place}"] = number.quantile(0.25), number.quantile(0.75)
        column = number
    if dtype.is_numeric() or dtype.is_temporal():
        found[f"low_{place}"], found[f"high_{place}"] = column.min(), column.max()
    return found


def _outliers(
    engine: Engine, rows: ibis.Table, columns: Sequence[str], figures: Mapping[str, Any], step: str
) -> dict[str, int]:
    """The number of outliers of each numeric column with a spread."""
    measures = {}
    for place, name in enumerate(columns):
        low, high = figures.get(f"low_quartile_{place}"), figures.get(f"high_quartile_{place}")
        if low is not None and high is not None and figures[f"filled_{place}"] >= _FEW:
            reach = FENCE * (high - low)
            number = rows[name].cast("float64")
            measures[name] = ((number < low - reach) | (number > high + reach)).sum()
    if not measures:
        return {}
    [counts] = engine.rows(
        rows.aggregate(**{f"n_{place}": value for place, value in enumerate(measures.values())}), step=step
    )
    return {name: counts[f"n_{place}"] or 0 for place, name in enumerate(measures)}
