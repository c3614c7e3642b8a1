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

_POINTS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
"""The quantiles that one look at a numeric column gives: the deciles, and the quartiles for the fences."""

_LOW_QUARTILE, _HIGH_QUARTILE = _POINTS.index(0.25), _POINTS.index(0.75)

CATEGORIES = 50
"""A text column of up to so many different values is one of categories, and each is counted …"""

CROWD = 10
"""… where each of them stands for so many rows on average: names and addresses are never counted."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column: how many values are there, how many made no sense, how many differ, and where they lie.

    `low` and `high` are known for numbers, days and moments only; `outliers` and `deciles` (nine) for numbers;
    `values` (value → rows) for texts of few values.
    """

    filled: int
    invalid: int
    distinct: int
    low: float | date | datetime | None = None
    high: float | date | datetime | None = None
    outliers: int | None = None
    deciles: tuple[float, ...] = ()
    values: Mapping[str, int] = field(default_factory=dict)


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
    closer = _look_closer(engine, rows, columns, figures, step)
    return FeedProfile(
        count["rows"],
        {
            name: ColumnProfile(
                filled=figures[f"filled_{place}"],
                invalid=figures[f"invalid_{place}"] or 0,
                distinct=min(figures[f"distinct_{place}"], figures[f"filled_{place}"]),
                low=figures.get(f"low_{place}"),
                high=figures.get(f"high_{place}"),
                outliers=closer.get(f"outliers_{place}"),
                deciles=_deciles(figures.get(f"quantiles_{place}")),
                values=dict(closer.get(f"values_{place}") or ()),
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
        column = column.cast("float64")
        found[f"quantiles_{place}"] = column.quantile(list(_POINTS))
    if dtype.is_numeric() or dtype.is_temporal():
        found[f"low_{place}"], found[f"high_{place}"] = column.min(), column.max()
    return found


def _deciles(quantiles: Sequence[float] | None) -> tuple[float, ...]:
    if quantiles is None:
        return ()
    return tuple(value for place, value in enumerate(quantiles) if place not in (_LOW_QUARTILE, _HIGH_QUARTILE))


def _look_closer(
    engine: Engine, rows: ibis.Table, columns: Sequence[str], figures: Mapping[str, Any], step: str
) -> dict[str, Any]:
    """What the first look allows to ask: the outliers of numbers with a spread, the values of texts with few."""
    import ibis

    measures, counted = {}, []
    for place, name in enumerate(columns):
        filled, quantiles = figures[f"filled_{place}"], figures.get(f"quantiles_{place}")
        if quantiles is not None and filled >= _FEW:
            low, high = quantiles[_LOW_QUARTILE], quantiles[_HIGH_QUARTILE]
            reach = FENCE * (high - low)
            number = rows[name].cast("float64")
            measures[f"outliers_{place}"] = ((number < low - reach) | (number > high + reach)).sum()
        elif _has_categories(rows, name, filled, figures[f"distinct_{place}"]):
            counted.append(_counted(rows, name, place))
    found: dict[str, Any] = engine.rows(rows.aggregate(**measures), step=step)[0] if measures else {}
    for row in engine.rows(ibis.union(*counted) if len(counted) > 1 else counted[0], step=step) if counted else ():
        found.setdefault(f"values_{row['place']}", {})[row["value"]] = row["rows"]
    return found


def _has_categories(rows: ibis.Table, name: str, filled: int, distinct: int) -> bool:
    """Whether a column holds texts of so few values, each of so many rows, that they are nobody's own."""
    if name.startswith("id_") or not rows[name].type().is_string():
        return False
    return 0 < distinct <= CATEGORIES and filled >= CROWD * distinct


def _counted(rows: ibis.Table, name: str, place: int) -> ibis.Table:
    """The rows of each value of a text column."""
    import ibis

    known = rows.filter(rows[name].notnull())
    counts = known.group_by(value=known[name]).aggregate(rows=known.count())
    return counts.mutate(place=ibis.literal(place, "int64"))
