"""The figures of a study, whatever document they end up in."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.core.text import Text

OTHER = Text("Other", "其他")
"""The row of all values that have no row of their own."""


@dataclass(frozen=True)
class Group:
    """One of the groups that are compared, with its number of members."""

    value: str
    label: Text
    size: int


@dataclass(frozen=True)
class ShareRow:
    """A value of a tag: its share among the members of each group of whom the tag is known, and among all of these.

    `index` is the share of a group ÷ that of all × 100 (TGI). None: too few to be shown.
    """

    label: Text
    shares: tuple[float | None, ...]
    base_share: float | None
    index: tuple[float | None, ...]


@dataclass(frozen=True)
class ShareFigure:
    """How the values of a tag are spread in each group. `bases` are the members of each of whom the tag is known (None:
    fewer than may be told), and `base` their sum, which the shares of all rest on.

    Of a tag that may have several values at once the shares add up to more than 1 (`several`).
    """

    number: int
    tag: str
    label: Text
    description: Text
    bases: tuple[int | None, ...]
    base: int
    rows: tuple[ShareRow, ...]
    several: bool


@dataclass(frozen=True)
class NumberFigure:
    """The mean of a numeric tag in each group, with the bounds of its 95 % confidence interval. None: too few."""

    number: int
    tag: str
    label: Text
    description: Text
    bases: tuple[int | None, ...]
    base: int
    type: str
    unit: str
    means: tuple[float | None, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    base_mean: float | None


@dataclass(frozen=True)
class Change:
    """What a share or a mean was then and is now, among those of whom it is known at both moments.

    `low` and `high` bound the 95 % confidence interval of the difference. `value` is None for numbers.
    """

    tag: str
    label: Text
    value: Text | None
    type: str
    unit: str
    base: int
    then: float
    now: float
    low: float
    high: float

    @property
    def moved(self) -> bool:
        """Whether the interval excludes that nothing changed."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Highlight:
    """A difference that is told first: a group's share in a `row` of a figure, or its mean, against that of all others.

    `figure` is the figure's number, `group` and `row` are places (None: it is a mean); `effect` is Cohen's h or d.
    """

    figure: int
    group: int
    row: int | None
    effect: float


@dataclass(frozen=True)
class Section:
    """The figures about tags of one dimension."""

    label: Text
    figures: tuple[ShareFigure | NumberFigure, ...]


@dataclass(frozen=True)
class Study:
    """A study. `moment` and `then` are days as text; `left` is the number of members in none of the groups.

    `highlights` and `told_changes` are what is told first, the clearest ones first. `unknown` are tags of the
    definition that have no figure: the build does not have them, or too few people do.
    """

    name: str
    project: Text
    label: Text
    description: Text
    segment: Text
    by: Text
    moment: str
    then: str | None
    size: int
    left: int
    groups: tuple[Group, ...]
    sections: tuple[Section, ...]
    changes: tuple[Change, ...]
    change_base: int
    changes_figure: int
    unknown: tuple[str, ...]
    threshold: int
    currency: str
    snapshot: str
    highlights: tuple[Highlight, ...] = ()
    told_changes: tuple[Change, ...] = ()

    @property
    def figures(self) -> tuple[ShareFigure | NumberFigure, ...]:
        """All figures but that of the changes, by number."""
        return tuple(figure for section in self.sections for figure in section.figures)
