"""Texts as whole numbers, equal ones as one: pairs of records are found and compared by these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Codes = npt.NDArray[np.int32]

NOTHING = -1
"""The code of a missing value."""


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


def encode(engine: Engine, table: str, expressions: Sequence[str]) -> tuple[Codes, pa.Array]:
    """A row of codes per expression over the records of `table`, in order of `unique_id`, and the texts behind them.

    The expressions, in the engine's SQL, have their codes in common.
    """
    import numpy as np
    import pyarrow as pa

    named = ", ".join(f"{expression} as e{place}" for place, expression in enumerate(expressions))
    query = f"select unique_id, {named} from {table}"  # noqa: S608 – names and keys are ours
    rows = engine.arrow(engine.sql(query, step="fuzzy: encode values"), step="fuzzy: encode values")
    columns = [rows[f"e{place}"] for place in range(len(expressions))]
    texts = pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)
    encoded = texts.dictionary_encode().combine_chunks()
    codes = np.empty((len(expressions), len(rows)), np.int32)
    codes[:, rows["unique_id"].to_numpy()] = encoded.indices.fill_null(NOTHING).to_numpy().reshape(codes.shape)
    return codes, encoded.dictionary


def encode_values(engine: Engine, table: str, columns: Sequence[str], rare: Sequence[str], prefix: str) -> Values:
    """The values of text columns of `table`; the rarity of those that are `rare` is in the column `prefix` + name."""
    import numpy as np
    import pyarrow as pa

    codes, texts, rarity = [], [], []
    first = 0
    for name in columns:
        [found], distinct = encode(engine, table, [f'"{name}"'])
        of_value = np.zeros(len(distinct), np.float32)
        if name in rare:
            query = f'select unique_id, "{prefix}{name}" as rarity from {table} where "{name}" is not null'  # noqa: S608
            rows = engine.arrow(engine.sql(query, step="fuzzy: encode values"), step="fuzzy: encode values")
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
