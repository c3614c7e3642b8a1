"""From tags of mixed types to numbers that can be compared: what is learnt of each tag once, and applied ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.core.types import Type

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

RARE = 0.02
"""Levels of a category that fewer than this share have are gathered into one."""

MOST_LEVELS = 20
TAIL = 0.01
"""The share of customers at each end whose number is moved to the limit."""

SKEWED = 1.0
"""Skewness from which on a number that is never negative is replaced by its logarithm."""

SPIKE = 0.15
"""A number of which one value is so frequent has no bell shape: a mixture counts its bands."""

BANDS = 5
UNKNOWN = "unknown"
"""The value by which tags of the library say that there is too little to judge by."""

OTHER = "(other)"
_DAY = 86_400
_EPOCH = date(1970, 1, 1)

Kind = Literal["number", "flag", "category", "elements"]

_NUMBERS = frozenset({Type.INTEGER, Type.NUMBER, Type.MONEY, Type.DATE, Type.MOMENT})

SENSITIVE = Text("Not used: sensitive personal data.", "未使用：属于敏感个人信息。")
EMPTY = Text("Not used: nobody has a value.", "未使用：没有客户有取值。")
CONSTANT = Text("Not used: everybody has the same value.", "未使用：所有客户取值相同。")
UNIQUE = Text("Not used: nearly every customer has a value of their own.", "未使用：几乎每位客户取值都不同。")
COMPOUND = Text("Not used: its values can't be compared.", "未使用：该类型的取值无法比较。")


@dataclass(frozen=True)
class Candidate:
    """A tag by which customers may be grouped. `values` are the labels of its values."""

    name: str
    type: Type
    label: Text
    dimension: str = ""
    privacy: str = "L2"
    unit: str = ""
    values: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Feature:
    """What was learnt of a tag. `missing` is the share of customers without a value.

    Numbers are moved to `lower` and `upper`, replaced by their logarithm where `logged`, less `mean`, over `spread`.
    `levels` are the values of a category or the elements of lists that have a column of their own; where there is
    `other`, the last one is for the rest. `shares` are those of the levels among the known (of a flag: that it holds),
    or of the bands of a number, which end at `edges`.
    """

    tag: str
    kind: Kind
    type: Type
    missing: float
    lower: float = 0.0
    upper: float = 0.0
    logged: bool = False
    mean: float = 0.0
    spread: float = 1.0
    spiky: bool = False
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    other: bool = False
    shares: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.levels) if self.kind in ("category", "elements") else 1

    def block(self, column: pa.ChunkedArray, moment: Moment) -> NDArray[np.float32]:
        """The values of customers, one column per level: (n, `width`), NaN where nothing is known.

        Numbers are scaled; flags, levels and elements are 1 or 0.
        """
        import numpy as np

        if self.kind == "number":
            numbers = self.scaled(numbers_of(column, self.type, moment))
            return numbers.astype(np.float32).reshape(-1, 1)
        if self.kind == "elements":
            return _element_block(column, self.levels)
        codes = _codes(column, self.levels, other=self.other)
        block = (codes[:, None] == np.arange(max(2, len(self.levels)))).astype(np.float32)
        block[codes < 0] = np.nan
        return block[:, 1:2] if self.kind == "flag" else block

    def scaled(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers as they are compared."""
        import numpy as np

        cut = np.clip(numbers, self.lower, self.upper)
        return ((np.log1p(cut) if self.logged else cut) - self.mean) / self.spread

    def bands(self, block: NDArray[np.float32]) -> NDArray[np.int64]:
        """The band that each scaled number falls into, −1 where nothing is known."""
        import numpy as np

        edges = np.array([np.float32(edge) for edge in self.edges])
        found = np.searchsorted(edges, block[:, 0], side="left")
        return np.where(np.isnan(block[:, 0]), -1, found)

    def as_dict(self) -> dict[str, Any]:
        """The feature for JSON."""
        return {**self.__dict__, "type": str(self.type)}

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Feature:
        """The feature that `as_dict` gave."""
        lists = {key: tuple(data[key]) for key in ("edges", "levels", "shares")}
        return cls(**{**data, **lists, "type": Type(data["type"])})


def learn(column: pa.ChunkedArray, tag: Candidate, moment: Moment) -> Feature | Text:
    """What the values of a sample say about how a tag is compared, or why it can't be used."""
    if tag.privacy == "L4":
        return SENSITIVE
    if tag.type is Type.NULL or column.null_count == len(column):
        return EMPTY
    if tag.type in _NUMBERS:
        return _learn_number(numbers_of(column, tag.type, moment), tag)
    if tag.type is Type.LIST:
        return _learn_elements(column, tag)
    return _learn_levels(column, tag) if tag.type in (Type.BOOLEAN, Type.TEXT) else COMPOUND


def numbers_of(column: pa.ChunkedArray, type_: Type, moment: Moment) -> NDArray[np.float64]:
    """The values of a number as floats, NaN where there is none; days and moments as days before `moment`."""
    import numpy as np
    import pyarrow as pa

    if type_ is Type.DATE:
        days = column.cast(pa.date32()).cast(pa.int32()).cast(pa.float64()).to_numpy()
        return np.asarray((moment.day - _EPOCH).days - days, dtype=np.float64)
    if type_ is Type.MOMENT:
        seconds = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).cast(pa.float64()).to_numpy() / 1e6
        return np.asarray((moment.utc.timestamp() - seconds) / _DAY, dtype=np.float64)
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _learn_number(numbers: NDArray[np.float64], tag: Candidate) -> Feature | Text:
    import numpy as np

    known = np.sort(numbers[np.isfinite(numbers)])
    missing = 1 - len(known) / len(numbers)
    if len(known) == 0:
        return EMPTY
    lower, upper = (float(each) for each in np.quantile(known, (TAIL, 1 - TAIL)))
    if lower == upper:
        # Nearly all are equal: those who differ are what there is to see.
        lower, upper = float(known[0]), float(known[-1])
    if lower == upper:
        return CONSTANT
    cut = np.clip(known, lower, upper)
    logged = bool(lower >= 0 and _skewness(cut) > SKEWED)
    cut = np.log1p(cut) if logged else cut
    mean, spread = float(cut.mean()), float(cut.std())
    scaled = (cut - mean) / spread
    _, counts = np.unique(cut, return_counts=True)
    edges = np.unique(np.quantile(scaled, np.arange(1, BANDS) / BANDS, method="lower"))
    # Nothing lies above the largest value, so it ends no band.
    edges = edges[edges < scaled[-1]].astype(np.float32)
    bands = np.searchsorted(edges, scaled.astype(np.float32), side="left")
    shares = np.bincount(bands, minlength=len(edges) + 1) / len(bands)
    return Feature(
        tag.name,
        "number",
        tag.type,
        missing,
        lower,
        upper,
        logged,
        mean,
        spread,
        spiky=bool(counts.max() >= SPIKE * len(known)),
        edges=tuple(float(edge) for edge in edges),
        shares=tuple(float(share) for share in shares),
    )


def _skewness(numbers: NDArray[np.float64]) -> float:
    import numpy as np

    centred = numbers - numbers.mean()
    return float(np.mean(centred**3) / (np.mean(centred**2) ** 1.5))


def _learn_levels(column: pa.ChunkedArray, tag: Candidate) -> Feature | Text:
    counts = _counted(column)
    known = sum(counts.values())
    missing = 1 - known / len(column)
    if known == 0:
        return EMPTY
    if len(counts) == 1:
        return CONSTANT
    if tag.type is Type.BOOLEAN:
        return Feature(
            tag.name, "flag", tag.type, missing, levels=("false", "true"), shares=(counts.get("true", 0) / known,)
        )
    if len(counts) > max(50, known / 2):
        return UNIQUE
    named = _frequent(counts, known)
    rest = known - sum(counts[level] for level in named)
    if not named:
        return UNIQUE
    shares = [counts[level] / known for level in named]
    if rest:
        return Feature(
            tag.name, "category", tag.type, missing, levels=(*named, OTHER), other=True, shares=(*shares, rest / known)
        )
    return Feature(tag.name, "category", tag.type, missing, levels=tuple(named), shares=tuple(shares))


def _learn_elements(column: pa.ChunkedArray, tag: Candidate) -> Feature | Text:
    import pyarrow.compute as pc

    known = len(column) - column.null_count
    counts = {str(row["values"]): row["counts"] for row in pc.value_counts(pc.list_flatten(column)).to_pylist()}
    named = [level for level in _frequent(counts, known) if counts[level] < known]
    if not named:
        return UNIQUE if counts else EMPTY
    shares = tuple(counts[level] / known for level in named)
    return Feature(tag.name, "elements", tag.type, 1 - known / len(column), levels=tuple(named), shares=shares)


def _frequent(counts: Mapping[str, int], known: int) -> list[str]:
    """The levels that are frequent enough for a column of their own, the most frequent first."""
    named = [level for level, count in counts.items() if count >= RARE * known]
    return sorted(named, key=lambda level: (-counts[level], level))[:MOST_LEVELS]


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = column.cast(pa.string()).drop_null()
    found = {str(row["values"]): int(row["counts"]) for row in pc.value_counts(texts).to_pylist()}
    return {level: count for level, count in found.items() if level != UNKNOWN}


def _codes(column: pa.ChunkedArray, levels: tuple[str, ...], *, other: bool) -> NDArray[np.int64]:
    """The position of each value among `levels`; −1 where nothing is known, nor what an unnamed value stands for."""
    import numpy as np
    import pyarrow as pa

    words = _whole(column.cast(pa.string())).dictionary_encode()
    places = {level: i for i, level in enumerate(levels)}
    rest = len(levels) - 1 if other else -1
    known = [-1 if word == UNKNOWN else places.get(word, rest) for word in words.dictionary.to_pylist()]
    found = words.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    # The last one is for those without a value.
    return np.array([*known, -1], dtype=np.int64)[found]


def _element_block(column: pa.ChunkedArray, levels: tuple[str, ...]) -> NDArray[np.float32]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = _whole(column)
    block: NDArray[np.float32] = np.zeros((len(lists), len(levels)), dtype=np.float32)
    owners = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    codes = _codes(pa.chunked_array([pc.list_flatten(lists)]), levels, other=False)
    block[owners[codes >= 0], codes[codes >= 0]] = 1
    block[lists.is_null().to_numpy(zero_copy_only=False)] = np.nan
    return block


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """The values of a column in one piece."""
    import pyarrow as pa

    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
