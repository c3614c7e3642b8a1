"""Groups that a build found by itself, as a report shows them."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.core.text import Text


@dataclass(frozen=True)
class TraitFigures:
    """What sets a group apart. `level` is empty for numbers, whose `value` is in standard deviations from the average.

    Else `value` and `average` are shares of the members and of everybody clustered.
    """

    label: Text
    level: Text | None
    value: float
    average: float


@dataclass(frozen=True)
class FoundGroup:
    """One group. `recovery` is how much of it other samples find again. `hidden`: too few members to tell of."""

    segment: str
    label: Text
    size: int | None
    share: float | None
    traits: tuple[TraitFigures, ...]
    rule: str
    precision: float | None
    recall: float | None
    recovery: float | None
    hidden: bool


@dataclass(frozen=True)
class CriterionFigures:
    """What one criterion says of each number of groups: `values` by number, its `vote`, and the `mark` to be reached.

    `falls`: less is better.
    """

    label: Text
    values: tuple[tuple[int, float], ...]
    vote: int | None
    mark: float | None
    falls: bool


@dataclass(frozen=True)
class ClustersFigures:
    """What came of one search for groups. `refusal` says why there are none.

    `placed` is None where it would give away the size of a group that is not shown.
    """

    name: str
    label: Text
    refusal: Text | None
    customers: int
    placed: int | None
    tags: int
    chosen: int | None
    stability: float | None
    low: float | None
    high: float | None
    wanted: float
    chance: float | None
    agreement: float | None
    groups: tuple[FoundGroup, ...]
    criteria: tuple[CriterionFigures, ...]
    treatments: tuple[tuple[str, Text], ...]
