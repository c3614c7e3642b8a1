"""How the values of a column are spread, kept from build to build, and how far two spreads lie apart (PSI).

The index is that of `core.stability`, less what chance alone gives. Bins of numbers are the former deciles. The present
share of such a bin is read off the present deciles, with straight lines between them, so that nobody looks at the rows
again. A value that only one side names may hide among the others of the other side: there it counts with as much of its
share as could hide, so that two cuts of one long tail don't look like a change. Equal data give exactly 0.
"""

from __future__ import annotations

import bisect
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from huaxiang.core.stability import chance_of, population_stability
from huaxiang.quality.profile import CROWD, ColumnProfile, FeedProfile

if TYPE_CHECKING:
    import pyarrow as pa

OTHER = ""
"""The name of all values that too few rows have to be named."""

Distribution = dict[str, Any]


@dataclass(frozen=True)
class Spread:
    """How the values of one column are spread: the shares of its categories, or bounds around equal parts.

    There are ten parts, or ten times as many where somebody looked closer.
    """

    rows: int
    shares: Mapping[str, float] | None = None
    bounds: Sequence[float] | None = None


def distributions(profile: FeedProfile, *, source: str, target: str) -> list[Distribution]:
    """The rows of `quality_distributions` of one feed: columns of numbers, and of texts with few values."""
    found = []
    for name, column in profile.columns.items():
        content = _content(column)
        if content is not None:
            found.append(
                {"source": source, "column": f"{target}.{name}", "rows": column.filled, "content": json.dumps(content)}
            )
    return found


def distributions_table(rows: Iterable[Distribution]) -> pa.Table:
    """The table `quality_distributions`."""
    import pyarrow as pa

    fields = [("source", pa.string()), ("column", pa.string()), ("rows", pa.int64()), ("content", pa.string())]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(fields))


def spread_of(row: Distribution) -> Spread:
    """A row of `quality_distributions` as what it stands for."""
    content = json.loads(row["content"])
    return Spread(row["rows"], content.get("shares"), content.get("bounds"))


def stability(before: Spread, after: Spread) -> float | None:
    """The population stability index of two spreads, less what chance gives; None where they are of different kinds."""
    if before.shares is not None and after.shares is not None:
        left, right = _filled(before.shares, after.shares), _filled(after.shares, before.shares)
        names = sorted(left.keys() | right.keys())
        expected = [left.get(name, 0.0) for name in names]
        actual = [right.get(name, 0.0) for name in names]
    elif before.bounds is not None and after.bounds is not None:
        edges = sorted(set(before.bounds[1:-1][_tenth(before) - 1 :: _tenth(before)]))
        expected, actual = _between(before.bounds, edges), _between(after.bounds, edges)
    else:
        return None
    return max(0.0, population_stability(expected, actual) - chance_of(len(expected), before.rows, after.rows))


def _filled(shares: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """`shares` with the values that only `others` names: each was too rare here to be named, if it was there at all."""
    found = dict(shares)
    named = [share for name, share in shares.items() if name != OTHER]
    rare = min(named, default=1.0)
    for name in sorted(others.keys() - shares.keys() - {OTHER}, key=lambda name: (-others[name], name)):
        found[name] = min(rare, others[name], found.get(OTHER, 0.0))
        if OTHER in found:
            found[OTHER] -= found[name]
    return found


def _tenth(spread: Spread) -> int:
    """How many parts of a spread make a tenth of the rows."""
    assert spread.bounds is not None  # noqa: S101 - the caller has looked
    return max(1, (len(spread.bounds) - 1) // 10)


def _content(column: ColumnProfile) -> dict[str, Any] | None:
    if column.values:
        crowds = {name: rows for name, rows in sorted(column.values.items()) if rows >= CROWD}
        rest = column.filled - sum(crowds.values())
        named = crowds | ({OTHER: crowds.get(OTHER, 0) + rest} if rest else {})
        return {"shares": {name: rows / column.filled for name, rows in named.items()}}
    ends = (column.low, *column.deciles, column.high)
    bounds = [end for end in ends if isinstance(end, float) and math.isfinite(end)]
    complete = bool(column.deciles) and len(bounds) == len(ends)
    return {"bounds": bounds} if complete and column.filled >= CROWD else None


def _between(bounds: Sequence[float], edges: Sequence[float]) -> list[float]:
    """The shares of values up to the first edge, from there to the next, …, and beyond the last."""
    below = [0.0, *(_share_up_to(bounds, edge) for edge in edges), 1.0]
    return [high - low for low, high in pairwise(below)]


def _share_up_to(bounds: Sequence[float], value: float) -> float:
    """The share of values that are not greater than `value`."""
    last = len(bounds) - 1
    place = bisect.bisect_right(bounds, value)
    if place in (0, last + 1):
        return 0.0 if place == 0 else 1.0
    low, high = bounds[place - 1], bounds[place]
    return (place - 1 + (value - low) / (high - low)) / last
