"""Texts as whole numbers, equal ones as one: pairs of records are found and compared by these."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Codes = npt.NDArray[np.int32]

NOTHING = -1
"""The code of a missing value."""

_DISTINCT = "_fuzzy_distinct"


@dataclass(frozen=True)
class Encoded:
    """The records of a table of the engine, in order of `unique_id`, as codes: column by column, when one is asked for.

    A column is read and encoded once, whatever is cut out of it: that is asked of its different values only.
    """

    engine: Engine
    table: str
    _columns: dict[str, tuple[Codes, pa.Array]] = field(default_factory=dict)
    _cut: dict[str, tuple[Codes, pa.Array]] = field(default_factory=dict)
    """Of an expression over a column the code of each different value, nothing behind them, and the texts."""

    def column(self, name: str) -> tuple[Codes, pa.Array]:
        """The codes of a column, and the different values behind them."""
        if name not in self._columns:
            self._columns[name] = self._read(f'"{name}"')
        return self._columns[name]

    def key(self, expression: str) -> tuple[Codes, pa.Array]:
        """The codes of an expression in the engine's SQL, over one column; and what they stand for.

        A text without any sign is nothing to agree on, and so it is missing.
        """
        column = self._column_of(expression)
        if column is None:
            return self._read(expression)
        codes, distinct = self.column(column)
        if expression not in self._cut:
            self._cut[expression] = self._of_distinct(expression, column, distinct)
        place, texts = self._cut[expression]
        return place[codes], texts

    def values(self, columns: Sequence[str], rare: Sequence[str], prefix: str) -> Values:
        """The values of text columns; the rarity of those that are `rare` is in the column `prefix` + name."""
        import numpy as np
        import pyarrow as pa

        codes, texts, rarity = [], [], []
        first = 0
        for name in columns:
            found, distinct = self.column(name)
            of_value = np.zeros(len(distinct), np.float32)
            if name in rare:
                query = f'select unique_id, "{prefix}{name}" as rarity from {self.table} where "{name}" is not null'  # noqa: S608
                rows = self._rows(query)
                of_value[found[rows["unique_id"].to_numpy()]] = rows["rarity"].to_numpy()
            codes.append(np.where(found >= 0, found + np.int32(first), np.int32(NOTHING)))
            texts.append(distinct.cast(pa.large_string()))
            rarity.append(of_value)
            first += len(distinct)
        together = pa.concat_arrays([pa.array([], pa.large_string()), *texts])
        offsets = np.frombuffer(together.buffers()[1], np.int64)[: first + 1]
        data = np.frombuffer(together.buffers()[2] or b"", np.uint8)
        return Values(
            tuple(columns),
            np.ascontiguousarray(np.stack(codes, axis=1)),
            data,
            offsets,
            np.concatenate([np.empty(0, np.float32), *rarity]),
        )

    def _column_of(self, expression: str) -> str | None:
        """The only column that an expression looks at."""
        named = {*re.findall(r"\w+", expression)} & self._names
        return named.pop() if len(named) == 1 else None

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.engine.table(self.table).columns)

    def _read(self, expression: str) -> tuple[Codes, pa.Array]:
        import numpy as np

        rows = self._rows(f"select unique_id, {expression} as e from {self.table}")  # noqa: S608 – names are ours
        return _put(np.empty(len(rows), np.int32), rows["unique_id"], rows["e"])

    def _of_distinct(self, expression: str, column: str, distinct: pa.Array) -> tuple[Codes, pa.Array]:
        import numpy as np
        import pyarrow as pa

        codes = np.full(len(distinct) + 1, NOTHING, np.int32)
        if expression == column:
            codes[:-1] = np.arange(len(distinct))
            texts = distinct
        else:
            content = pa.table({"place": np.arange(len(distinct)), column: distinct})
            self.engine.create(_DISTINCT, content, step="fuzzy: different values")
            rows = self._rows(f"select place, {expression} as e from {_DISTINCT}")  # noqa: S608 – keys are ours
            self.engine.drop(_DISTINCT)
            codes, texts = _put(codes, rows["place"], rows["e"])
        if pa.types.is_string(texts.type):
            codes[codes == texts.index("").as_py()] = NOTHING
        return codes, texts

    def _rows(self, query: str) -> pa.Table:
        return self.engine.arrow(self.engine.sql(query, step="fuzzy: encode values"), step="fuzzy: encode values")


def _put(codes: Codes, places: pa.ChunkedArray, values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Put the codes of `values` where they belong among `codes`; these, and the different values behind them."""
    encoded = values.dictionary_encode().combine_chunks()
    codes[places.to_numpy()] = encoded.indices.fill_null(NOTHING).to_numpy()
    return codes, encoded.dictionary


@dataclass(frozen=True)
class Values:
    """The values of some columns: `codes[record, column]`, and value `v` as UTF-8 `data[offsets[v]:offsets[v + 1]]`.

    Values of different columns have different codes. `rarity[v]` is that of a value, 0 where its column has none.
    """

    columns: tuple[str, ...]
    codes: Codes
    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    rarity: npt.NDArray[np.float32]


def in_common(found: Sequence[tuple[Codes, pa.Array]]) -> list[Codes]:
    """The codes of several expressions, equal values of any two as one."""
    import numpy as np
    import pyarrow as pa

    if len(found) == 1:
        return [found[0][0]]
    together = pa.chunked_array([distinct for _, distinct in found]).dictionary_encode().combine_chunks()
    place = together.indices.to_numpy()
    shared, first = [], 0
    for codes, distinct in found:
        own = np.append(place[first : first + len(distinct)], NOTHING).astype(np.int32)
        shared.append(own[codes])
        first += len(distinct)
    return shared
