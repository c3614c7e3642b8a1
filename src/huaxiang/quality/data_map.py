"""The data map: which column of which source feeds which column of which table, and how well. Rows of `data_map`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.quality.profile import FeedProfile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Mapping:
    """One mapped column: its name in the mapped table, the expression over the source, the cleaning functions."""

    column: str
    expression: str
    cleaning: Sequence[str] = ()


def data_map_rows(
    profile: FeedProfile, mappings: Iterable[Mapping], *, source: str, target: str
) -> list[dict[str, Any]]:
    """One row for each mapped column of a feed, by the profile of its mapped table."""
    found = []
    for mapping in mappings:
        column = profile.columns[mapping.column]
        found.append(
            {
                "source": source,
                "source_column": mapping.expression,
                "target": target,
                "column": mapping.column,
                "cleaning": ", ".join(mapping.cleaning),
                "rows": profile.rows,
                "filled": column.filled / profile.rows if profile.rows else 0.0,
                "invalid": column.invalid,
            }
        )
    return found


def data_map_table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """The table `data_map`."""
    import pyarrow as pa

    texts = ("source", "source_column", "target", "column", "cleaning")
    numbers = [("rows", pa.int64()), ("filled", pa.float64()), ("invalid", pa.int64())]
    return pa.Table.from_pylist(list(rows), schema=pa.schema([(name, pa.string()) for name in texts] + numbers))
