"""Weights that make customers look like a population, and how representative they are without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.findings import near_miss
from huaxiang.core.text import Text
from huaxiang.personas.columns import Column
from huaxiang.personas.portrait import hidden_rows, too_small
from huaxiang.personas.run import Portrayer
from huaxiang.personas.statistics import wilson
from huaxiang.personas.validation.margins import Margins
from huaxiang.personas.validation.raking import (
    design_effect,
    dissimilarity,
    effective_size,
    moved,
    r_indicator,
    rake,
    trim,
    variation,
    worst_miss,
)
from huaxiang.personas.validation.result import Figure, UnusableError
from huaxiang.personas.validation.spec import BenchmarkSpec
from huaxiang.personas.validation.statements import columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNCOVERED = 0.05
"""The part of a population in whose cells there may be no customers at all; more can't be made up by weights."""

_MEASURES = ("representativeness", "r_indicator", "variation", "design_effect", "effective_size", "largest_weight")


@dataclass(frozen=True)
class Weighted:
    """All customers with their weights, 0 for those who are left out, who are not among the `size`."""

    weights: NDArray[np.float64]
    figures: tuple[Figure, ...]
    size: int


def weigh(portrayer: Portrayer, spec: BenchmarkSpec, margins: Margins) -> Weighted:
    """Weights for the customers `of` a segment that are known in every dimension, and how representative they are."""
    import numpy as np

    crowd = portrayer.population.crowd(spec.of)
    codes: dict[str, NDArray[np.int64]] = {}
    targets: dict[str, list[float]] = {}
    words: dict[str, list[str]] = {}
    known = crowd.mask.copy()
    for column in columns(portrayer, margins.shares, step="validate: margins"):
        name = column.tag.name
        words[name], targets[name] = list(margins.shares[name]), list(margins.shares[name].values())
        codes[name] = _codes(column, words[name], crowd.mask, spec, portrayer.threshold)
        known &= codes[name] >= 0
    for name, shares in targets.items():
        # A share of 0 says that such people are not of the population.
        known &= np.array([*(share > 0 for share in shares), False])[codes[name]]
    if not known.any():
        raise UnusableError(
            Text("No customer is known in every dimension of the margins.", "没有客户在所有维度上都有取值。"),
            Text("Leave a dimension out.", "请减少维度。"),
        )
    mine = {name: found[known] for name, found in codes.items()}
    counts = {name: np.bincount(mine[name], minlength=len(targets[name])) for name in targets}
    reached = {name: _reached(name, words[name], targets[name], counts[name]) for name in targets}
    exact = rake(mine, reached)
    if exact is None:
        raise UnusableError(
            Text("No weights meet all margins: they contradict each other here.", "不存在同时满足所有边际分布的权重。"),
            Text(
                "Merge rare values under 'values', or leave a dimension out.",
                "请在 values 中合并少见取值，或减少维度。",
            ),
        )
    weights = exact if spec.trim is None else trim(exact, spec.trim)
    size = int(known.sum())
    figures = [
        *_cells(portrayer, words, targets, counts, size),
        *(
            Figure("dissimilarity", tag=name, label=portrayer.tags[name].label, size=size, own=value)
            for name, value in _apart(targets, counts, size).items()
        ),
        *_whole(exact, weights, margins, targets, counts, size),
        Figure("worst_miss", own=worst_miss(mine, reached, weights), size=size),
        Figure("left_out", own=float(crowd.size - size), size=crowd.size),
    ]
    everyone = np.zeros(portrayer.population.size)
    everyone[known] = weights
    return Weighted(everyone, tuple(figures), size)


def _whole(
    exact: NDArray[np.float64],
    weights: NDArray[np.float64],
    margins: Margins,
    targets: Mapping[str, Sequence[float]],
    counts: Mapping[str, NDArray[np.int64]],
    size: int,
) -> list[Figure]:
    """The figures of all dimensions together. What no customer stands for is missing, however others are weighted."""
    lost = max(_lost(targets[name], counts[name]) for name in targets)
    values: dict[str, float | None] = {
        "representativeness": (1 - moved(exact)) * (1 - lost),
        "r_indicator": None if margins.people is None else r_indicator(exact, margins.people),
        "variation": variation(exact),
        "design_effect": design_effect(weights),
        "effective_size": effective_size(weights),
        "largest_weight": float(weights.max()),
    }
    return [Figure(name, own=values[name], size=size) for name in _MEASURES if values[name] is not None]


def _apart(
    targets: Mapping[str, Sequence[float]], counts: Mapping[str, NDArray[np.int64]], size: int
) -> dict[str, float]:
    return {name: dissimilarity([count / size for count in counts[name]], targets[name]) for name in targets}


def _lost(shares: Sequence[float], counts: NDArray[np.int64]) -> float:
    """The share of the population in cells without customers."""
    return sum(share for share, count in zip(shares, counts, strict=True) if not count)


def _reached(name: str, words: Sequence[str], shares: Sequence[float], counts: NDArray[np.int64]) -> list[float]:
    """The shares of the cells in which there are customers, made to add up to 1."""
    empty = [word for word, share, count in zip(words, shares, counts, strict=True) if share > 0 and not count]
    lost = _lost(shares, counts)
    if lost > UNCOVERED:
        listed = "、".join(empty)
        raise UnusableError(
            Text(
                f"No customer has {', '.join(empty)} for {name}, but {lost:.1%} of the population do.",
                f"没有客户的“{name}”为 {listed}，而总体中占 {lost:.1%}。",
            ),
            Text("Merge these values with others under 'values'.", "请在 values 中把这些取值与其他取值合并。"),
        )
    return [share / (1 - lost) if count else 0.0 for share, count in zip(shares, counts, strict=True)]


def _codes(
    column: Column, words: Sequence[str], mask: NDArray[np.bool_], spec: BenchmarkSpec, threshold: int
) -> NDArray[np.int64]:
    """The place of each customer's value among `words`, −1 without a value."""
    import numpy as np

    name = column.tag.name
    if (not column.words and len(column.numbers)) or column.owners is not None:
        raise UnusableError(
            Text(
                f"Tag '{name}' has no single values that margins could be about.", f"标签“{name}”没有可对应的单一取值。"
            ),
            Text("Name a tag with values, such as age_band.", "请改用带取值的标签，例如 age_band。"),
        )
    place = {word: i for i, word in enumerate(words)}
    held = np.bincount(column.keys[mask] + 1, minlength=len(column.words) + 1)[1:]
    missing = [
        (word, int(count)) for word, count in zip(column.words, held, strict=True) if count and word not in place
    ]
    if missing:
        word, count = missing[0]
        guess = near_miss(word, [each for each in words if each not in column.words])
        told = Text(f"{count:,}", f" {count:,}")
        if too_small(count, threshold):
            told = Text(f"fewer than {threshold:,}", f"不足 {threshold:,}")
        remedy = Text(f"Did you mean it by '{guess}'?", f"文件中的“{guess}”是否即此值？") if guess else _REMEDY
        raise UnusableError(
            Text(
                f"{spec.file} lacks a row for '{word}' of {name}, which {told.en} customers have.",
                f"{spec.file} 缺少“{name}”取值 {word} 的一行，而有{told.zh} 位客户属于该值。",
            ),
            remedy,
        )
    # The last one is for those without a value, whose key is −1.
    return np.array([*(place.get(word, -1) for word in column.words), -1])[column.keys]


_REMEDY = Text(
    "Add the row (a share of 0 leaves these customers out), or rename another one under 'values'.",
    "请补上该行（占比填 0 表示排除这些客户），或在 values 中把其他取值改名为它。",
)


def _cells(
    portrayer: Portrayer,
    words: Mapping[str, Sequence[str]],
    targets: Mapping[str, Sequence[float]],
    counts: Mapping[str, NDArray[np.int64]],
    size: int,
) -> list[Figure]:
    """Every cell: our share against that of the population, with the score interval of our share moved there."""
    figures = []
    for name, tag_words in words.items():
        tag = portrayer.tags[name]
        small = hidden_rows([(int(count),) for count in counts[name]], portrayer.threshold, parts=True)
        for i, (word, wanted) in enumerate(zip(tag_words, targets[name], strict=True)):
            label = Text(f"{tag.label.en}: {tag.value_label(word).en}", f"{tag.label.zh}：{tag.value_label(word).zh}")
            if i in small:
                figures.append(Figure("cell", tag=name, value=word, label=label, reference=wanted, hidden=True))
                continue
            count = int(counts[name][i])
            low, high = wilson(count, size)
            figures.append(
                Figure(
                    "cell",
                    tag=name,
                    value=word,
                    label=label,
                    own=count / size,
                    reference=wanted,
                    difference=count / size - wanted,
                    low=low - wanted,
                    high=high - wanted,
                    index=count / size / wanted * 100 if wanted else None,
                    size=count,
                )
            )
    return figures
