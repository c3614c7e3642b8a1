"""The bins that lookalikes compare customers by: a number at its quantiles, a text into its frequent values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Codes = npt.NDArray[np.int64]

PARTS = 8
"""Bins of a number, at most."""

VALUES = 15
"""Values of a text that are told apart; all others are one bin."""

_DAY = 86_400


@dataclass(frozen=True)
class Bins:
    """The bins of a tag: 0 is no value; then numbers rising by `edges`, or `values` in turn and one for all others.

    A number falls into bin 1 + the number of edges that it reaches. Days and moments are days before as_of.
    """

    tag: str
    type: Type
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The number of bins."""
        return 2 + (len(self.values) if self.is_named else len(self.edges))

    @property
    def is_named(self) -> bool:
        """Whether the bins are values rather than stretches of numbers."""
        return self.type in (Type.TEXT, Type.BOOLEAN)

    def as_dict(self) -> dict[str, Any]:
        """The bins for JSON."""
        return {"tag": self.tag, "type": str(self.type), "edges": list(self.edges), "values": list(self.values)}

    @classmethod
    def of_dict(cls, data: dict[str, Any]) -> Bins:
        """The bins that `as_dict` gave."""
        return cls(data["tag"], Type(data["type"]), tuple(data["edges"]), tuple(data["values"]))


def bins_of(tag: str, type_: Type, column: pa.ChunkedArray, moment: Moment) -> Bins:
    """The bins of a tag by the values of a sample."""
    import numpy as np
    import pyarrow.compute as pc

    if type_ in (Type.TEXT, Type.BOOLEAN):
        counted = pc.value_counts(_texts(column).drop_null()).to_pylist()
        ranked = sorted(counted, key=lambda row: (-row["counts"], row["values"]))
        return Bins(tag, type_, values=tuple(row["values"] for row in ranked[:VALUES]))
    known = _numbers(column, type_, moment)
    known = known[~np.isnan(known)]
    if not len(known):
        return Bins(tag, type_)
    distinct = np.unique(known)
    edges = distinct[1:] if len(distinct) <= PARTS else np.unique(np.quantile(known, np.arange(1, PARTS) / PARTS))
    return Bins(tag, type_, edges=tuple(float(edge) for edge in edges if edge > distinct[0]))


def codes(bins: Bins, column: pa.ChunkedArray, moment: Moment) -> Codes:
    """The bin of each value."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if bins.is_named:
        texts = _texts(column)
        place = pc.index_in(texts, pa.array(bins.values, pa.string())).fill_null(len(bins.values))
        found = pc.if_else(texts.is_null(), -1, place)
        return np.asarray(found.to_numpy(), dtype=np.int64) + 1
    numbers = _numbers(column, bins.type, moment)
    missing = np.isnan(numbers)
    return np.where(missing, 0, np.searchsorted(np.array(bins.edges), np.where(missing, 0.0, numbers), "right") + 1)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    return column.cast(pa.string())


def _numbers(column: pa.ChunkedArray, type_: Type, moment: Moment) -> npt.NDArray[np.float64]:
    """The values as floats, NaN for none."""
    import numpy as np
    import pyarrow as pa

    if type_ is Type.DATE:
        days = column.cast(pa.date32()).cast(pa.int32()).cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.asarray(moment.utc.timestamp() / _DAY - days)
    if type_ is Type.MOMENT:
        stamps = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).cast(pa.float64())
        return np.asarray((moment.utc.timestamp() - stamps.to_numpy(zero_copy_only=False) / 1e6) / _DAY)
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
