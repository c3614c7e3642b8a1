"""What a report says of the quality of data: frozen values, beside those of `model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.core.text import Text


@dataclass(frozen=True)
class ScoreFigures:
    """One score, 0 to 100, with that of the former build; None: not measurable, `detail` says why."""

    score: float | None
    before: float | None
    detail: Text

    @property
    def change(self) -> float | None:
        """The points gained since the former build."""
        return None if self.score is None or self.before is None else self.score - self.before


@dataclass(frozen=True)
class SourceScores:
    """The scores of a source by dimension, in order of display. `source` empty: of all sources."""

    source: str
    label: Text
    scores: Mapping[str, ScoreFigures]


@dataclass(frozen=True)
class BuildScores:
    """The overall scores of one build. `as_of` is its moment, `built_at` when it ran, both as days in civil time."""

    build: str
    as_of: str
    built_at: str
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class ChangeFigures:
    """Something that changed since the former build. `severity` is warning or note."""

    severity: str
    statement: Text


@dataclass(frozen=True)
class RuleFigures:
    """How a rule of the user's own fared; `holds` None: nobody can tell."""

    source_label: Text
    name: str
    label: Text
    that: str
    severity: str
    wanted: float
    share: float | None
    failed: int
    holds: bool | None
    examples: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """How it fared: holds, warns, blocks or unknown."""
        if self.holds is None:
            return "unknown"
        return "holds" if self.holds else f"{self.severity}s"


@dataclass(frozen=True)
class SpreadFigures:
    """How the values of a column are spread: shares of its values, most frequent first, or nine deciles.

    `other` is the share of all values that are not named.
    """

    column: str
    label: Text
    rows: int
    shares: tuple[tuple[str, float], ...] = ()
    other: float = 0.0
    deciles: tuple[float, ...] = ()


@dataclass(frozen=True)
class SourceSpreads:
    """The columns of one source feeding one table whose spread is known."""

    source_label: Text
    target_label: Text
    columns: tuple[SpreadFigures, ...]


@dataclass(frozen=True)
class QualityFigures:
    """Scores, changes, rules and spreads. `sources` begins with all sources together."""

    dimensions: tuple[tuple[str, Text], ...]
    sources: tuple[SourceScores, ...]
    history: tuple[BuildScores, ...]
    changes: tuple[ChangeFigures, ...]
    rules: tuple[RuleFigures, ...]
    spreads: tuple[SourceSpreads, ...]

    @property
    def overall(self) -> Mapping[str, ScoreFigures]:
        """The scores of all sources together."""
        return self.sources[0].scores

    @property
    def is_compared(self) -> bool:
        """Whether there was a former build to compare with."""
        return any(score.before is not None for row in self.sources for score in row.scores.values())

    @property
    def ranked_rules(self) -> tuple[RuleFigures, ...]:
        """All rules, those that hold last."""
        return (*self.failed_rules, *(rule for rule in self.rules if rule.holds))

    @property
    def failed_rules(self) -> tuple[RuleFigures, ...]:
        """The rules that fail, or that nobody can judge."""
        return tuple(rule for rule in self.rules if not rule.holds)
