"""What tags tell beside each other: near-copies, who reads whom, and the columns that a tag comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.types import Type
from huaxiang.expressions.defaults import default_expressions
from huaxiang.tags.compiled import CompiledTag, Tables, Tags
from huaxiang.tags.moments import needed_tags
from huaxiang.tags.spec import AggregateTag, SqlTag
from huaxiang.tags.sql import sql_tables

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

ALIKE = 0.95
"""The share of information from which on two tags count as near-copies."""

BINS = 20
"""Bins of equal size that numbers are cut into; rarer texts than the most frequent MOST_TEXTS are one."""

MOST_TEXTS = 60
_RARE = 10
"""Customers that must differ from all others for a tag to say anything."""


@dataclass(frozen=True)
class Copy:
    """Two tags that say the same: the share of `information`, and whether they part the customers `equal`ly."""

    one: str
    other: str
    information: float
    equal: bool


def near_copies(columns: Iterable[tuple[str, pa.ChunkedArray, Type]]) -> list[Copy]:
    """The pairs of tags whose values tell (nearly) the same, over the same customers in the same order.

    The measure is I(X; Y) / max(H(X), H(Y)), the share of the larger entropy that both tell (Kvålseth, IEEE Trans. SMC
    17, 1987; 1: each value of one goes with one value of the other). Numbers are cut into BINS bins of equal size,
    missing is a value of its own. A pair can only be alike where both entropies are, so few pairs have to be counted.
    """
    import numpy as np

    known: list[tuple[float, str, np.ndarray]] = []
    for name, column, type_ in columns:
        codes = value_codes(column, type_)
        counts = np.bincount(codes) if len(codes) else np.zeros(1, int)
        if len(codes) - counts.max() >= _RARE:
            known.append((_entropy(counts), name, codes))
    known.sort(key=lambda each: each[:2])
    found = []
    for i, (entropy, name, codes) in enumerate(known):
        for other_entropy, other, other_codes in known[i + 1 :]:
            if entropy < ALIKE * other_entropy:
                break
            share = _shared(codes, other_codes, entropy, other_entropy)
            if share >= ALIKE:
                first, second = sorted((name, other))
                found.append(Copy(first, second, round(min(1.0, share), 4), share > 1 - 1e-9))
    return sorted(found, key=lambda copy: (-copy.information, copy.one, copy.other))


def value_codes(column: pa.ChunkedArray, type_: Type) -> np.ndarray:
    """The values as small integers: equal values, or values of one bin, have equal codes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = pc.is_null(column).to_numpy()
    if type_.is_numeric or type_.is_temporal:
        numbers = _numbers(column, type_)
        known = numbers[~missing]
        distinct = np.unique(known)
        if len(distinct) > BINS:
            distinct = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
            codes = np.searchsorted(distinct, numbers, side="right")
        else:
            codes = np.searchsorted(distinct, numbers)
        return np.where(missing, 0, codes + 1)
    texts = pc.binary_join(column, "|") if type_ is Type.LIST else column.cast(pa.string())
    encoded = texts.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes[~missing], minlength=max(1, len(encoded.dictionary)))
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.where(missing, 0, np.minimum(rank[codes], MOST_TEXTS) + 1)


def read_by(tags: Tags) -> dict[str, list[str]]:
    """For each tag the tags that read it themselves."""
    found: dict[str, list[str]] = {tag.name: [] for tag in tags.built}
    for tag in tags.built:
        for name in tag.tags:
            found[name].append(tag.name)
    return found


def columns_behind(tags: Tags, name: str, tables: Tables) -> list[str]:
    """The columns (`orders.amount`) that a tag comes from, through tags, defaults and look-ups.

    Those of households and accounts (`core.tables.GIVEN`) come from identity, and nothing is behind them.
    """
    found: list[str] = []
    left = [column for tag in needed_tags(tags, [name]).built for column in _own(tag, tables)]
    while left:
        column = left.pop(0)
        if column in found:
            continue
        found.append(column)
        table, _, part = column.partition(".")
        left += _filled_from(tables, table, part)
    return found


def tables_behind(tags: Tags, name: str, tables: Tables) -> list[str]:
    """The fact tables that a tag comes from."""
    named = (column.partition(".")[0] for column in columns_behind(tags, name, tables))
    return [table for table in dict.fromkeys(named) if table in tables and tables[table].is_fact]


def _own(tag: CompiledTag, tables: Tables) -> list[str]:
    """The columns that a tag reads itself; a count reads at least the time."""
    if isinstance(tag.spec, SqlTag):
        named = [table for table in sql_tables(tag.spec) if table in tables]
        return [f"{table}.{tables[table].time}" for table in named]
    if isinstance(tag.spec, AggregateTag):
        return list(dict.fromkeys((*tag.columns, f"{tag.spec.table}.{tables[tag.spec.table].time}")))
    return list(tag.columns)


def _filled_from(tables: Tables, table: str, column: str) -> list[str]:
    """The columns from which an empty one is filled: by its default, or from another table."""
    if table not in tables:
        return []
    definition = tables[table]
    defaults = default_expressions(definition)
    found = [f"{table}.{name}" for name in (defaults[column].columns if column in defaults else ())]
    found += [f"{lookup.table}.{column}" for lookup in definition.lookups if column in lookup.fill]
    return found


def _numbers(column: pa.ChunkedArray, type_: Type) -> np.ndarray:
    import pyarrow as pa

    if type_ is Type.DATE:
        column = column.cast(pa.date32()).cast(pa.int32())
    elif type_ is Type.MOMENT:
        column = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return column.cast(pa.float64()).fill_null(0.0).to_numpy()


def _entropy(counts: np.ndarray) -> float:
    import numpy as np

    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _shared(codes: np.ndarray, others: np.ndarray, entropy: float, other_entropy: float) -> float:
    """I(X; Y) / max(H(X), H(Y))."""
    import numpy as np

    joint = np.bincount(codes * (int(others.max()) + 1) + others)
    return (entropy + other_entropy - _entropy(joint)) / max(entropy, other_entropy)
