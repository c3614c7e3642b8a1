"""Customers as numbers, twice: scaled columns for distances, and counts of levels for a mixture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from huaxiang.core.moments import Moment
from huaxiang.segments.clusters.features import Candidate, Feature, learn

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from huaxiang.core.text import Text

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

ALIKE = 0.95
"""The correlation from which on a tag says the same as an earlier one."""


@dataclass(frozen=True)
class Encoded:
    """Some customers by `features`: a block of columns (n, width) for each, NaN where nothing is known."""

    features: tuple[Feature, ...]
    blocks: tuple[Floats, ...]

    @classmethod
    def of(cls, features: Sequence[Feature], rows: pa.Table, moment: Moment) -> Encoded:
        """The customers of `rows`, which has a column per tag."""
        return cls(tuple(features), tuple(feature.block(rows[feature.tag], moment) for feature in features))

    def __len__(self) -> int:
        return len(self.blocks[0])

    def take(self, places: NDArray[np.int64] | slice) -> Encoded:
        """The customers at `places`."""
        return Encoded(self.features, tuple(block[places] for block in self.blocks))

    def shuffled(self, random: np.random.Generator) -> Encoded:
        """The same values of each tag, dealt anew among the customers, tag by tag: nothing goes together any more."""
        return Encoded(self.features, tuple(block[random.permutation(len(block))] for block in self.blocks))

    @cached_property
    def distances(self) -> Floats:
        """Columns whose squared differences add up: numbers with spread 1, levels weighed as in factor analysis of
        mixed data (Pagès 2004), where a rare level that two share counts more than a frequent one.

        Who has no value of a tag has its average, which pulls nowhere.
        """
        columns = [_weighed(feature, block) for feature, block in zip(self.features, self.blocks, strict=True)]
        return np.nan_to_num(np.hstack(columns))

    @cached_property
    def counts(self) -> Counts:
        """Levels, flags, elements and bands as ones and zeros, other numbers as they are."""
        levels: list[Floats] = []
        numbers: list[Floats] = []
        for feature, block in zip(self.features, self.blocks, strict=True):
            if feature.kind == "number" and not feature.spiky:
                numbers.append(block)
            elif feature.kind == "number":
                bands = feature.bands(block)
                levels.append((bands[:, None] == np.arange(len(feature.shares))).astype(np.float32))
            elif feature.kind == "category":
                levels.append(np.nan_to_num(block))
            else:
                for column in block.T:
                    levels.append(np.nan_to_num(np.column_stack((column, 1 - column))))
        found = np.hstack(numbers) if numbers else np.zeros((len(self), 0), np.float32)
        known = ~np.isnan(found)
        return Counts(
            np.hstack(levels) if levels else np.zeros((len(self), 0), np.float32),
            tuple(block.shape[1] for block in levels),
            np.nan_to_num(found),
            known.astype(np.float32),
        )


@dataclass(frozen=True)
class Counts:
    """What a mixture counts: `levels` (n, sum of `widths`) are 0 or 1, none of a group of `widths` where it is not
    known; `numbers` (n, m) are 0 where not `known`."""

    levels: Floats
    widths: tuple[int, ...]
    numbers: Floats
    known: Floats

    @cached_property
    def usual(self) -> Floats:
        """The share of each level among all of whom its group is known."""
        held = self.levels.sum(axis=0)
        return (held / np.maximum(self.grouped(held), 1)).astype(np.float32)

    @cached_property
    def squared(self) -> Floats:
        """The squares of the numbers."""
        return self.numbers**2

    def grouped(self, levels: Floats) -> Floats:
        """For each of `levels` (…, sum of `widths`) the sum over the levels of its group."""
        if not self.widths:
            return levels
        starts = np.cumsum((0, *self.widths[:-1]))
        sums = np.add.reduceat(levels, starts, axis=-1)
        return np.repeat(sums, self.widths, axis=-1)


def _weighed(feature: Feature, block: Floats) -> Floats:
    if feature.kind == "number":
        return block
    shares = np.array(feature.shares, dtype=np.float32)
    weights = shares if feature.kind == "category" else shares * (1 - shares)
    return ((block - shares) / np.sqrt(weights)).astype(np.float32)


def learn_all(
    tags: Iterable[Candidate], rows: pa.Table, moment: Moment
) -> tuple[list[Feature], dict[str, Text | Feature]]:
    """The features of `tags` in the sample `rows`, and for each tag that is not used the reason, or its better."""
    used: list[Feature] = []
    unused: dict[str, Text | Feature] = {}
    columns: list[Floats] = []
    for tag in tags:
        found = learn(rows[tag.name], tag, moment)
        if not isinstance(found, Feature):
            unused[tag.name] = found
            continue
        block = found.block(rows[tag.name], moment)
        same = next((i for i, other in enumerate(columns) if _same(block, other)), None)
        if same is not None:
            unused[tag.name] = used[same]
            continue
        used.append(found)
        columns.append(block)
    return used, unused


def _same(block: Floats, other: Floats) -> bool:
    """Whether two tags of one column each say the same about those of whom both are known."""
    if block.shape[1] != other.shape[1]:
        return False
    if block.shape[1] > 1:
        return bool(np.array_equal(block, other, equal_nan=True))
    both = ~np.isnan(block[:, 0]) & ~np.isnan(other[:, 0])
    x, y = block[both, 0].astype(np.float64), other[both, 0].astype(np.float64)
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return False
    return bool(abs(np.corrcoef(x, y)[0, 1]) >= ALIKE)
