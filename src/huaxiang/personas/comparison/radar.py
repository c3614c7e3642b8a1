"""How high each side scores on each dimension, for a radar. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.personas.aspects.scores import dimension_score, tag_score
from huaxiang.personas.comparison.judge import Judge
from huaxiang.personas.comparison.model import DimensionScores
from huaxiang.personas.comparison.tally import TagCounts

_Score = tuple[float, float]
"""The score of a tag and its standard error."""


def dimension_scores(counted: Sequence[TagCounts], judge: Judge) -> tuple[DimensionScores, ...]:
    """The scores of every dimension that has tags to score on all sides that are shown, in the order of the catalog.

    A tag that too few of one side have a value of counts for no side: scores would not be of the same things.
    """
    there = [i for i in judge.shown if judge.sizes[i]]
    by_dimension: dict[str, list[tuple[TagCounts, list[_Score]]]] = {}
    for one in counted:
        if one.everyone and not judge.gives_away(one):
            found = [tag_score(one.scale, one.sides[i].counts, one.everyone, judge.threshold) for i in there]
            known = [score for score in found if score is not None]
            if known and len(known) == len(there):
                by_dimension.setdefault(one.scale.tag.dimension, []).append((one, known))
    return tuple(_row(dimension, tags, there, len(judge.sizes)) for dimension, tags in by_dimension.items())


def _row(
    dimension: str, tags: Sequence[tuple[TagCounts, list[_Score]]], there: Sequence[int], sides: int
) -> DimensionScores:
    found = {i: dimension_score([scores[at] for _, scores in tags]) for at, i in enumerate(there)}
    nothing = (None, None, None)
    scores, lows, highs = zip(*(found.get(i, nothing) for i in range(sides)), strict=True)
    return DimensionScores(dimension, tags[0][0].scale.tag.dimension_label, len(tags), scores, lows, highs)
