"""What a study is about in short: its clearest differences and changes, the largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huaxiang.core.placements import Z
from huaxiang.personas.statistics import (
    SIGNIFICANCE,
    Sample,
    benjamini_hochberg,
    cohens_h,
    compare_means,
    compare_shares,
)
from huaxiang.service.studies.model import OTHER, Change, Highlight, NumberFigure, ShareFigure

MOST = 5
"""Differences between groups that are told; of the changes at most half as many."""

PER_GROUP = 2
"""Differences that are told of one group."""

CLEAR = 0.2
"""An effect (Cohen's h or d) that is told: a small one, by his words of 1988."""

CLEAR_CHANGE = 0.02
"""A change that is told: of a share by 2 points, of a mean by 2 %."""


def highlights(figures: Sequence[ShareFigure | NumberFigure]) -> tuple[Highlight, ...]:
    """The differences that are told first, one per figure: those of a group from all others who are shown.

    One is told where its effect is not smaller than CLEAR and it is significant after the correction of Benjamini and
    Hochberg (1995) over all cells of the study.
    """
    found = [one for figure in figures for one in _of_figure(figure)]
    corrected = benjamini_hochberg([one.p_value for one in found])
    clear = [
        one.highlight
        for one, q_value in zip(found, corrected, strict=True)
        if q_value < SIGNIFICANCE and abs(one.highlight.effect) >= CLEAR
    ]
    told: list[Highlight] = []
    for one in sorted(clear, key=lambda one: (-abs(one.effect), one.figure, one.group, one.row or 0)):
        again = any(one.figure == other.figure for other in told)
        if not again and sum(one.group == other.group for other in told) < PER_GROUP and len(told) < MOST:
            told.append(one)
    return tuple(told)


def told_changes(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The clear changes that are told first: the largest of each tag, by how much of a share or a mean moved."""
    moved = sorted(
        (one for one in changes if one.moved and _extent(one) >= CLEAR_CHANGE), key=lambda one: -_extent(one)
    )
    first = {one.tag: one for one in reversed(moved)}
    return tuple(sorted(first.values(), key=lambda one: -_extent(one))[: MOST // 2])


@dataclass(frozen=True)
class _Candidate:
    highlight: Highlight
    p_value: float


def _of_figure(figure: ShareFigure | NumberFigure) -> Iterator[_Candidate]:
    for place, base in enumerate(figure.bases):
        if base and figure.base > base:
            yield from _shares(figure, place, base) if isinstance(figure, ShareFigure) else _means(figure, place)


def _shares(figure: ShareFigure, place: int, base: int) -> Iterator[_Candidate]:
    """The values of a group against those of all others; without what is hidden, and without what all others are."""
    others = figure.base - base
    for number, row in enumerate(figure.rows):
        share, whole = row.shares[place], row.base_share
        if share is None or whole is None or row.label == OTHER:
            continue
        mine = round(share * base)
        rest = round(whole * figure.base) - mine
        found = compare_shares(mine, base, rest, others)
        if found is not None:
            effect = cohens_h(share, rest / others)
            yield _Candidate(Highlight(figure.number, place, number, effect), found.p_value)


def _means(figure: NumberFigure, place: int) -> Iterator[_Candidate]:
    """The mean of a group against that of all others; how far values spread is read off the intervals."""
    samples = [
        Sample(base, mean, ((high - mean) / Z) ** 2 * base) if base and mean is not None and high is not None else None
        for base, mean, high in zip(figure.bases, figure.means, figure.highs, strict=True)
    ]
    mine = samples[place]
    rest = _pooled([one for i, one in enumerate(samples) if one is not None and i != place])
    found = None if mine is None else compare_means(mine, rest)
    if mine is None or found is None:
        return
    variance = _pooled([mine, rest]).variance
    if variance > 0:
        yield _Candidate(Highlight(figure.number, place, None, found.value / variance**0.5), found.p_value)


def _pooled(samples: Sequence[Sample]) -> Sample:
    """Several groups as one."""
    count = sum(one.count for one in samples)
    if count < 2:
        return Sample(count)
    mean = sum(one.mean * one.count for one in samples) / count
    squares = sum(one.variance * (one.count - 1) + one.count * (one.mean - mean) ** 2 for one in samples)
    return Sample(count, mean, squares / (count - 1))


def _extent(change: Change) -> float:
    moved = abs(change.now - change.then)
    return moved if change.unit == "share" else moved / max(abs(change.then), abs(change.now), 1e-12)
