"""What a report shows of a persona beside its tags: frozen values, already protected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from huaxiang.core.text import Text


@dataclass(frozen=True)
class ScoreFigures:
    """Where the members stand in one dimension, from 0 to 100 with 50 for the base."""

    label: Text
    tags: int
    score: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class HourFigures:
    """One cell of the week, from Monday (1) on, `width` hours long."""

    weekday: int
    hour: int
    width: int
    share: float | None
    base_share: float | None
    tgi: float | None
    hidden: bool


@dataclass(frozen=True)
class PreferenceFigures:
    """One value of a facet. Shares are of customers, volumes of facts such as orders."""

    value: str
    label: Text
    count: int | None
    share: float | None
    base_share: float | None
    tgi: float | None
    significant: bool
    volume: float | None
    base_volume: float | None
    hidden: bool


@dataclass(frozen=True)
class SiblingFigures:
    """The persona most like this one, and what sets the two apart in words."""

    label: Text
    distance: float
    statements: tuple[Text, ...]


@dataclass(frozen=True)
class PastFigures:
    """The persona in one build. `jaccard`: who is in it both in this build and the one before, of all in either."""

    as_of: str
    size: int | None
    jaccard: float | None
    psi: float | None
    psi_tag: Text


@dataclass(frozen=True)
class WarningFigures:
    """Something to be warned of, and what to do about it."""

    code: str
    severity: str
    reason: Text
    remedy: Text


@dataclass(frozen=True)
class AspectFigures:
    """All aspects of a persona; what its snapshot does not hold is empty.

    `front`: the names of the dimensions that matter to its question.
    """

    scores: tuple[ScoreFigures, ...] = ()
    front: frozenset[str] = frozenset()
    hours: tuple[HourFigures, ...] = ()
    facets: Mapping[str, tuple[PreferenceFigures, ...]] = field(default_factory=dict)
    sibling: SiblingFigures | None = None
    borders: tuple[Text, ...] = ()
    alternative_borders: tuple[Text, ...] = ()
    past: tuple[PastFigures, ...] = ()
    warnings: tuple[WarningFigures, ...] = ()

    def facet(self, name: str) -> tuple[PreferenceFigures, ...]:
        """The values of one facet; none where nothing is known of it."""
        return self.facets.get(name, ())
