"""A value over time: one customer's tag at moments of the past, from the facts, and as snapshots kept it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from huaxiang.core.errors import UsageError
from huaxiang.core.moments import Moment
from huaxiang.service.builds import Build
from huaxiang.service.lookups import look_up

Row = dict[str, Any]

MOST_MOMENTS = 1000
"""Moments that a history shows at most."""


def history(
    build: Build,
    snapshots: Iterable[Build],
    identifier: str,
    tag: str,
    *,
    every: str = "month",
    start: Moment | None = None,
    end: Moment | None = None,
) -> Row:
    """The value of `tag` at the beginning of each period and at the end. See `Project.history`."""
    import pyarrow as pa

    found = look_up(build.engine, build.project, identifier)
    last = end or build.moment
    first = start or Moment.parse(last.local - timedelta(days=365), last.zone)
    moments = period_moments(first, last, every)
    asked = pa.table(
        {
            "customer_id": [found.customer_id] * len(moments),
            "moment": pa.array([moment.utc for moment in moments], pa.timestamp("us", "UTC")),
        }
    )
    values = build.tags_at(asked, [tag])[tag].to_pylist()
    return {
        "customer_id": found.customer_id,
        "tag": tag,
        "label": build.project.tags[tag].label.as_dict(),
        "value_labels": _value_labels(build, tag),
        "every": every,
        "points": [{"moment": m.utc, "value": value} for m, value in zip(moments, values, strict=True)],
        "snapshots": list(_kept(snapshots, found.customer_id, tag)),
    }


def period_moments(first: Moment, last: Moment, every: str) -> list[Moment]:
    """The beginnings of all periods from `first` to `last`, by the clocks of their time zone, and `last` itself.

    Raises:
        UsageError: `every` is no period, `first` lies after `last`, or there are more than MOST_MOMENTS.
    """
    if every not in PERIODS:
        raise UsageError(f"'{every}' is no period. Periods: {', '.join(PERIODS)}.")
    if first.utc > last.utc:
        raise UsageError(f"The first moment ({first}) lies after the last ({last}).")
    moments = []
    for day in _beginnings(first.day, every):
        moment = Moment.parse(day, last.zone)
        if moment.utc >= last.utc:
            break
        if moment.utc >= first.utc:
            moments.append(moment)
        if len(moments) >= MOST_MOMENTS:
            raise UsageError(f"That is more than {MOST_MOMENTS:,} moments. Take longer periods or a later beginning.")
    return [*moments, last]


def _beginnings(day: date, every: str) -> Iterator[date]:
    """The first days of the period that holds `day` and of all later ones."""
    begin, step = PERIODS[every]
    current = begin(day)
    while current.year < date.max.year:
        yield current
        current = begin(current + step)


PERIODS: dict[str, tuple[Callable[[date], date], timedelta]] = {
    "day": (lambda day: day, timedelta(days=1)),
    "week": (lambda day: day - timedelta(days=day.weekday()), timedelta(days=7)),
    "month": (lambda day: day.replace(day=1), timedelta(days=32)),
    "quarter": (lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), timedelta(days=93)),
    "year": (lambda day: day.replace(month=1, day=1), timedelta(days=366)),
}
"""Each period by name: the first day of the one that holds a day, and a step that leads from there into the next."""


def _value_labels(build: Build, tag: str) -> dict[str, dict[str, str]]:
    """The labels of the values of `tag`; none where it is newer than the snapshot."""
    catalog = build.engine.table("tag_catalog")
    rows = build.engine.rows(catalog.filter(catalog.name == tag).select("values"), step="labels of values")
    return json.loads(rows[0]["values"]) if rows else {}


def _kept(snapshots: Iterable[Build], customer_id: str, tag: str) -> Iterator[Row]:
    """The value as each kept snapshot has it; snapshots that don't know the customer or the tag are left out."""
    for snapshot in snapshots:
        with snapshot as kept:
            profiles = kept.engine.table("profiles")
            if tag not in profiles.columns:
                continue
            mine = profiles.filter(profiles["customer_id"] == customer_id)
            for row in kept.engine.rows(mine.select(value=profiles[tag]), step="value in a snapshot"):
                yield {
                    "snapshot": kept.snapshot.id,
                    "moment": kept.moment.utc,
                    "built_at": kept.snapshot.built_at,
                    "value": row["value"],
                }
