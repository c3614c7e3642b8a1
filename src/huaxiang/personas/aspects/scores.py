"""A score per dimension, for a radar: where the members stand among the base, from 0 to 100. Pure functions.

The score of a tag is the mean percentile rank of the members in the base: the share of the base that has less of it,
half of those who have as much counted in (the mean ridit of Bross 1958, × 100). 50 is like the base; 70 says that a
member has more of it than 70 in 100 of the base. Ranks are those of the ranges that a portrait shows. How long ago
something was counts the other way round: the more recent, the higher. The score of a dimension is the mean over its
tags that are amounts, or yes or no; who somebody is – age, family – is no score, so tags of class L3 and above are out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from huaxiang.core.placements import Z
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.measure import Measures, rounded
from huaxiang.personas.portrait import too_small
from huaxiang.personas.scales import Scale
from huaxiang.personas.tags import Tag

_PRIVATE = frozenset({"L3", "L4"})


@dataclass(frozen=True)
class ScoreRow(AspectRow):
    """One dimension of one persona. The interval takes its tags for perfectly correlated, so it is never too narrow."""

    table: ClassVar[str] = "portrait_scores"

    persona: str
    dimension: str
    label: Text
    tags: int
    score: float | None
    low: float | None
    high: float | None
    hidden: bool


def scores(persona: str, scales: Iterable[Scale], inside: Measures, base: Measures, threshold: int) -> list[ScoreRow]:
    """The scores of all dimensions that have tags to score, in the order of the catalog."""
    by_dimension: dict[str, list[Scale]] = {}
    for scale in scales:
        if is_scored(scale):
            by_dimension.setdefault(scale.tag.dimension, []).append(scale)
    rows = []
    for dimension, members in by_dimension.items():
        names = [scale.tag.name for scale in members]
        found = [
            tag_score(scale, inside.counts[name], base.counts[name], threshold)
            for scale, name in zip(members, names, strict=True)
        ]
        known = [score for score in found if score is not None]
        label = members[0].tag.dimension_label
        if not known:
            if inside.size:
                rows.append(ScoreRow(persona, dimension, label, 0, None, None, None, hidden=True))
            continue
        rows.append(ScoreRow(persona, dimension, label, len(known), *dimension_score(known), hidden=False))
    return rows


def dimension_score(tags: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """The score of a dimension and its interval, from those of its tags with their standard errors."""
    score = sum(mean for mean, _ in tags) / len(tags)
    reach = Z * sum(error for _, error in tags) / len(tags)
    return rounded(score), rounded(max(score - reach, 0.0)), rounded(min(score + reach, 100.0))


def is_scored(scale: Scale) -> bool:
    """Whether more of a tag is more of its dimension: amounts and yes or no, nothing about who somebody is."""
    tag = scale.tag
    if scale.kind not in ("ranges", "values") or tag.privacy in _PRIVATE or not tag.is_quantity:
        return False
    return tag.type is Type.BOOLEAN or tag.type.is_numeric or tag.type.is_temporal


def tag_score(scale: Scale, counts: Sequence[int], whole: Sequence[int], threshold: int) -> tuple[float, float] | None:
    """The mean percentile rank of members and its standard error; None where too few have a value.

    `counts` are the members per row of the scale, `whole` the base.
    """
    known = sum(counts)
    if known == 0 or sum(whole) == 0 or too_small(known, threshold):
        return None
    ranks = percentile_ranks(whole, reverse=_is_reversed(scale.tag))
    mean = sum(count * rank for count, rank in zip(counts, ranks, strict=True)) / known
    spread = sum(count * (rank - mean) ** 2 for count, rank in zip(counts, ranks, strict=True))
    return mean, math.sqrt(spread / (known - 1) / known) if known > 1 else 0.0


def percentile_ranks(counts: Sequence[int], *, reverse: bool = False) -> list[float]:
    """The percentile rank of each value of a base, from 0 to 100, ties half above and half below."""
    total, below, found = sum(counts), 0, []
    for count in counts:
        rank = 100 * (below + count / 2) / total
        found.append(100 - rank if reverse else rank)
        below += count
    return found


def _is_reversed(tag: Tag) -> bool:
    """Yes stands before no, and longer ago after lately."""
    return tag.type is Type.BOOLEAN or tag.is_time_since
