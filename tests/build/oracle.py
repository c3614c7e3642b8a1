"""What tags are worth, worked out in plain pandas from the rows themselves: no expression, no engine, no kernel.

`TAGS` holds a definition and, beside it, its value for one customer. Every function gets a `Seen`: the customer's
rows before `as_of` in order of time, with the civil clock of the project beside them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

PAID = {"paid", "shipped", "completed"}


@dataclass(frozen=True)
class Seen:
    """The rows of one customer at a moment."""

    rows: pd.DataFrame
    as_of: pd.Timestamp

    def back(self, **length: int) -> pd.Timestamp:
        """A moment before `as_of`: days on the calendar, hours by the clock."""
        if "hours" in length:
            return self.as_of - pd.Timedelta(**length)
        wall = self.as_of.tz_localize(None) - pd.Timedelta(**length)
        return wall.tz_localize(self.as_of.tz, ambiguous=True, nonexistent=pd.Timedelta("1h"))

    def between(self, days: int, until: int = 0) -> Seen:
        kept = (self.rows.local >= self.back(days=days)) & (self.rows.local < self.back(days=until))
        return replace(self, rows=self.rows[kept])

    def last_hours(self, hours: int) -> Seen:
        return replace(self, rows=self.rows[self.rows.local >= self.back(hours=hours)])

    def where(self, test: Callable[[Any], Any]) -> Seen:
        """The rows for which a test is true; null is not."""
        kept = [test(row) is True for row in self.rows.itertuples()]
        return replace(self, rows=self.rows[pd.Series(kept, index=self.rows.index, dtype=bool)])

    def paid(self) -> Seen:
        return self.where(lambda row: row.status in PAID)

    def __getitem__(self, column: str) -> list[Any]:
        """The values of a column that are there."""
        return [value for value in self.rows[column] if not _absent(value)]

    @property
    def days(self) -> list[date]:
        return sorted({moment.date() for moment in self.rows.local})

    @property
    def gaps(self) -> list[int]:
        return [(later - earlier).days for earlier, later in pairwise(self.days)]


def _absent(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _number(value: Any) -> float | None:
    return None if _absent(value) else float(value)


def total(values: Iterable[Any]) -> Any:
    found = list(values)
    return sum(found) if found else None


def series(values: Iterable[Any]) -> pd.Series:
    return pd.Series([float(value) for value in values], dtype="float64")


def ratio(a: Any, b: Any) -> float | None:
    return None if a is None or not b else float(a) / float(b)


def weights(seen: Seen, by_amount: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in seen.rows.itertuples():
        if not _absent(row.channel):
            weight = (Decimal(0) if _absent(row.amount) else row.amount) if by_amount else 1
            found[row.channel] = found.get(row.channel, 0) + weight
    return found


def ranked(seen: Seen, by_amount: bool = False) -> list[str]:
    found = weights(seen, by_amount)
    return sorted(found, key=lambda value: (-found[value], value))


def entropy(values: list[Any]) -> float | None:
    if not values:
        return None
    shares = [count / len(values) for count in Counter(values).values()]
    return -sum(share * math.log2(share) for share in shares)


def beginning(day: date, unit: str) -> date:
    """The first day of the period that a day is in."""
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[unit]


def previous(begin: date, unit: str) -> date:
    """The beginning of the period before."""
    return beginning(begin - timedelta(days=1), unit)


def runs(seen: Seen, unit: str) -> list[list[date]]:
    found: list[list[date]] = []
    for begin in sorted({beginning(day, unit) for day in seen.days}):
        if found and previous(begin, unit) == found[-1][-1]:
            found[-1].append(begin)
        else:
            found.append([begin])
    return found


def longest(seen: Seen, unit: str) -> int:
    return max((len(run) for run in runs(seen, unit)), default=0)


def current(seen: Seen, unit: str) -> int:
    now = beginning(seen.as_of.date(), unit)
    return next((len(run) for run in runs(seen, unit) if run[-1] in (now, previous(now, unit))), 0)


def trend(seen: Seen, short: int, long: int, value: Callable[[Seen], Any], empty: Any = None) -> float | None:
    whole = value(seen.between(long))
    recent = value(seen.between(short))
    rate = (float(recent) if recent is not None else 0.0) / short
    return ratio(rate, None if whole is None else float(whole) / long)


def share(seen: Seen, test: Callable[[Any], Any]) -> float | None:
    return ratio(len(seen.where(test).rows), len(seen.rows))


def amounts(seen: Seen) -> Any:
    return total(seen["amount"])


def tag(value: str, worth: Callable[[Seen], Any], **more: Any) -> tuple[dict[str, Any], Callable[[Seen], Any]]:
    return {"table": "orders", "value": value, **more}, worth


TAGS: dict[str, tuple[dict[str, Any], Callable[[Seen], Any]]] = {
    "rows": tag("count()", lambda s: len(s.rows), default=0),
    "rows_bare": tag("count()", lambda s: len(s.rows)),
    "paid_30d": tag("count()", lambda s: len(s.between(30).paid().rows), where="paid", window="30d", default=0),
    "spend_90d": tag("sum(amount)", lambda s: amounts(s.between(90).paid()), where="paid", window="90d"),
    "spend_4w": tag("sum(amount)", lambda s: amounts(s.between(28)), window="4w"),
    "spend_36h": tag("sum(amount)", lambda s: amounts(s.last_hours(36)), window="36h"),
    "spend_1d": tag("sum(amount)", lambda s: amounts(s.between(1)), window="1d"),
    "previous": tag("within(sum(amount), 180d, 90d)", lambda s: amounts(s.between(180, 90))),
    "mean": tag("avg(amount)", lambda s: _number(series(s["amount"]).mean())),
    "per_row": tag("sum(amount) / count()", lambda s: ratio(amounts(s), len(s.rows))),
    "median": tag("median(amount)", lambda s: _number(series(s["amount"]).median())),
    "p90": tag("quantile(items, 0.9)", lambda s: _number(series(s["items"]).quantile(0.9))),
    "spread": tag("stddev(amount)", lambda s: _number(series(s["amount"]).std())),
    "smallest": tag("min(amount)", lambda s: min(s["amount"], default=None)),
    "largest": tag("max(items)", lambda s: max(s["items"], default=None)),
    "net": tag(
        "sum(amount - discount)",
        lambda s: total(row.amount - row.discount for row in s.rows.itertuples() if not _absent(row.discount)),
    ),
    "app_share": tag("share(channel = 'app')", lambda s: share(s, lambda row: row.channel == "app")),
    "weekend": tag("share(weekday(occurred_at) >= 6)", lambda s: share(s, lambda row: row.local.weekday() in (5, 6))),
    "returned": tag("any(status = 'returned')", lambda s: "returned" in s["status"]),
    "night": tag(
        "count() filter (where hour(occurred_at) >= 22 or hour(occurred_at) < 5)",
        lambda s: len(s.where(lambda row: row.local.hour in (22, 23, 0, 1, 2, 3, 4)).rows),
    ),
    "not_web": tag(
        "count()",
        # Null is neither web nor anything else.
        lambda s: len(s.where(lambda row: not _absent(row.channel) and row.channel != "web").rows),
        where="not channel = 'web'",
        default=0,
    ),
    "small_or_app": tag(
        "sum(amount)",
        lambda s: amounts(s.where(lambda row: row.amount < 20 or row.channel == "app")),
        where="amount < 20 or channel = 'app'",
    ),
    "channels": tag("distinct(channel)", lambda s: len(set(s["channel"]))),
    "favourite": tag("top(channel)", lambda s: next(iter(ranked(s)), None)),
    "dearest": tag("top(channel, by => sum(amount))", lambda s: next(iter(ranked(s, True)), None)),
    "two": tag("top_list(channel, 2)", lambda s: ranked(s)[:2] or None),
    "favourite_share": tag(
        "top_share(channel)", lambda s: ratio(max(weights(s, False).values(), default=None), len(s["channel"]))
    ),
    "diversity": tag("entropy(channel)", lambda s: entropy(s["channel"])),
    "first_channel": tag("first(channel)", lambda s: next(iter(s["channel"]), None)),
    "last_channel": tag("last(channel)", lambda s: next(reversed(s["channel"]), None)),
    "second_items": tag("nth(items, 2)", lambda s: s["items"][1] if len(s["items"]) > 1 else None),
    "last_at": tag("max(occurred_at)", lambda s: max(s["local"], default=None)),
    "since_last": tag("days_since(max(occurred_at))", lambda s: (s.as_of.date() - s.days[-1]).days if s.days else None),
    "since_first": tag(
        "days_since(first(occurred_at))", lambda s: (s.as_of.date() - s.days[0]).days if s.days else None
    ),
    "active_days": tag("active_days()", lambda s: len(s.days)),
    "interval": tag("typical_interval()", lambda s: _number(series(s.gaps).median())),
    "variation": tag(
        "interval_variation()",
        lambda s: ratio(series(s.gaps).std(), series(s.gaps).mean()) if len(s.gaps) > 1 else None,
    ),
    "longest_days": tag("longest_streak()", lambda s: longest(s, "day")),
    "longest_weeks": tag("longest_streak('week')", lambda s: longest(s, "week")),
    "longest_months": tag("longest_streak('month')", lambda s: longest(s, "month")),
    "current_days": tag("current_streak()", lambda s: current(s, "day")),
    "current_weeks": tag("current_streak('week')", lambda s: current(s, "week")),
    "current_months": tag("current_streak('month')", lambda s: current(s, "month")),
    "spend_trend": tag("trend(sum(amount), 30d, 90d)", lambda s: trend(s, 30, 90, amounts)),
    "row_trend": tag("trend(count(), 7d, 30d)", lambda s: trend(s, 7, 30, lambda each: len(each.rows))),
}
"""A definition and its worth for one customer, by name."""


def expected(rows: pd.DataFrame, customers: int, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    """The value of every tag for every customer. `rows` have `customer`, `local` and the columns of orders."""
    known = rows[rows.local < as_of].sort_values(["local", "position"], kind="stable")
    seen = [Seen(known[known.customer == number], as_of) for number in range(customers)]
    return [{name: worth(each) for name, (_, worth) in TAGS.items()} for each in seen]
