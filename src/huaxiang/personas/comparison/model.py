"""What a comparison says: sides, tags in order of what they tell, the figures of each value, and the differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from huaxiang.core.text import Text

THIN = 30
"""Fewer people with a value, on either side, are flagged: intervals are wide, and a mean hangs on a few of them."""

Correction = Literal["benjamini_hochberg", "holm"]
Measure = Literal["cohens_h", "hedges_g"]

_NONE = Text("", "")


@dataclass(frozen=True)
class SideFigures:
    """One side. Shares are parts of all customers at its moment. All is None of a group too small to show, `hidden`."""

    name: str
    label: Text
    as_of: str
    size: int | None = None
    share: float | None = None
    revenue_share: float | None = None
    hidden: bool = False
    thin: bool = False


@dataclass(frozen=True)
class Overlap:
    """The people that sides `a` and `b` (by position, from 0) have in common; None where too few to show."""

    a: int
    b: int
    both: int | None


@dataclass(frozen=True)
class TagRow:
    """One tag. `effect` is Cramér's V over all its values and sides (None of lists), `largest` its largest h or g.

    `repeats` names a more telling tag, or one of a rule, that says the same. `reason` says why it is not compared.
    """

    tag: str
    label: Text
    dimension: str
    unit: str
    type: str
    kind: str
    effect: float | None = None
    largest: float | None = None
    significant: bool = False
    defining: bool = False
    repeats: str | None = None
    reason: Text = _NONE


@dataclass(frozen=True)
class ValueRow:
    """One value of one tag, or the mean of a numeric one (`value` None), on each side.

    `figures` are shares of those with a value, or means; `counts` how many have the value, or a number. Both are None
    where `hidden`.
    """

    tag: str
    value: str | None
    label: Text
    position: int
    figures: tuple[float | None, ...]
    counts: tuple[int | None, ...]
    hidden: bool = False


@dataclass(frozen=True)
class Contrast:
    """The difference of one value, or mean, between sides `a` and `b` (positions): a − b, with its 95 % interval.

    `effect` is in the `measure` named, above 0 where a has more. `q_value` is corrected over all contrasts of the
    comparison; `significant`: it is at most 5 %, and the interval leaves 0 out. `thin`: fewer than THIN people on
    a side.
    """

    tag: str
    value: str | None
    position: int
    a: int
    b: int
    figure_a: float | None
    figure_b: float | None
    measure: Measure
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    significant: bool = False
    thin: bool = False
    defining: bool = False
    statement: Text = _NONE


@dataclass(frozen=True)
class DimensionScores:
    """One dimension of a radar: the score of each side, from 0 to 100, with its 95 % interval; 50 is like everyone.

    `tags` are how many are scored, the same on every side. All three are None of a side that is empty or too small.
    Scores are those of portraits, see `personas/aspects/scores.py`.
    """

    dimension: str
    label: Text
    tags: int
    scores: tuple[float | None, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]


@dataclass(frozen=True)
class Comparison:
    """Two to six groups side by side.

    `tags` stand in order of what they tell; `contrasts` in order of effect size, significant ones first, those of tags
    that define a side after all others; `dimensions` in the order of the catalog. `tests` were corrected together by
    `correction`. `notes` are what a reader has to know beyond the figures.
    """

    sides: tuple[SideFigures, ...]
    overlaps: tuple[Overlap, ...]
    tags: tuple[TagRow, ...]
    values: tuple[ValueRow, ...]
    contrasts: tuple[Contrast, ...]
    correction: Correction
    tests: int
    threshold: int
    text: Text = _NONE
    notes: tuple[Text, ...] = ()
    dimensions: tuple[DimensionScores, ...] = ()
