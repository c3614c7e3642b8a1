"""How the values of tags are spread in a snapshot, and how far the spreads of two snapshots lie apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.types import Type
from huaxiang.quality.distribution import OTHER, Spread, stability

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

SAMPLE = 100_000
"""Customers that are looked at, at most: every n-th by number."""

MOST_VALUES = 30
"""Values of a text that are told apart; all others count as one."""

FEW = 12
"""So many different numbers are values of their own; more are cut at the former deciles."""

PARTS = 100
"""Equal parts that numbers are cut into: many customers may have the same value, which ten parts tell too coarsely."""

_COLUMNS = 40
"""Columns read at a time."""

LEVELS = ((0.25, "changed"), (0.1, "shifted"), (0.0, "stable"))
"""From which stability index on a spread is called what (Siddiqi, "Credit Risk Scorecards", 2006)."""


@dataclass(frozen=True)
class TagSpread:
    """A tag in a snapshot: `coverage` is the share of customers with a value, `mean` that of numbers.

    `spread` is None where nobody has a value.
    """

    coverage: float
    mean: float | None
    spread: Spread | None


def tag_spreads(
    engine: Engine, profiles: ibis.Table, types: Mapping[str, str], moment: datetime
) -> dict[str, TagSpread]:
    """The spread of each tag among at most SAMPLE customers. Days and moments are told by how long ago they were."""
    names = [name for name in types if name in profiles.columns]
    return {
        name: _spread(column, Type(types[name]), moment) for name, column in sampled_columns(engine, profiles, names)
    }


def sampled_columns(engine: Engine, profiles: ibis.Table, names: list[str]) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """The columns `names` of the same sample of customers, each in order of their numbers."""
    size = engine.rows(profiles.aggregate(n=profiles.count()), step="count customers")[0]["n"]
    every = max(1, -(-size // SAMPLE))
    some = profiles.filter(profiles["customer_no"] % every == 0).order_by("customer_no")
    for low in range(0, len(names), _COLUMNS):
        part = engine.arrow(some.select(*names[low : low + _COLUMNS]), step="sample of tags")
        yield from ((name, part[name]) for name in part.column_names)


def drift(before: TagSpread, after: TagSpread) -> float | None:
    """The population stability index of a tag, less what chance gives; None where it can't be told."""
    if before.spread is None or after.spread is None:
        return None
    return stability(before.spread, after.spread)


def level(index: float | None) -> str | None:
    """What a stability index is called: stable, shifted from 0.1 on, changed from 0.25 on."""
    return None if index is None else next(name for limit, name in LEVELS if index >= limit)


def plain_numbers(column: pa.ChunkedArray, type_: Type, moment: datetime) -> Any:
    """The values of a number, day or moment as floats, without nulls: days and moments as days before `moment`."""
    import numpy as np
    import pyarrow as pa

    known = column.drop_null()
    if type_ is Type.DATE:
        days = known.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.float64)
        return moment.timestamp() / 86_400 - days
    if type_ is Type.MOMENT:
        stamps = known.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy().astype(np.float64)
        return (moment.timestamp() - stamps / 1e6) / 86_400
    return known.cast(pa.float64()).to_numpy()


def _spread(column: pa.ChunkedArray, type_: Type, moment: datetime) -> TagSpread:
    import numpy as np

    known = len(column) - column.null_count
    coverage = known / len(column) if len(column) else 0.0
    if not known:
        return TagSpread(coverage, None, None)
    if not (type_.is_numeric or type_.is_temporal):
        return TagSpread(coverage, None, Spread(known, shares=_shares(column, type_)))
    values = plain_numbers(column, type_, moment)
    mean = float(values.mean())
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= FEW and not type_.is_temporal:
        shares = {f"{value:g}": count / known for value, count in zip(distinct, counts, strict=True)}
        return TagSpread(coverage, mean, Spread(known, shares=shares))
    bounds = [float(bound) for bound in np.quantile(values, np.linspace(0, 1, PARTS + 1))]
    return TagSpread(coverage, mean, Spread(known, bounds=bounds))


def _shares(column: pa.ChunkedArray, type_: Type) -> dict[str, float]:
    import pyarrow as pa
    import pyarrow.compute as pc

    known = column.drop_null()
    texts = pc.binary_join(known, ", ") if type_ is Type.LIST else known.cast(pa.string())
    counted = sorted(((row["counts"], row["values"]) for row in texts.value_counts().to_pylist()), reverse=True)
    total = len(known)
    shares = {value: count / total for count, value in counted[:MOST_VALUES]}
    rest = sum(count for count, _ in counted[MOST_VALUES:])
    return shares | ({OTHER: shares.get(OTHER, 0.0) + rest / total} if rest else {})
