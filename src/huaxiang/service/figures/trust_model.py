"""How far a report's personas can be trusted: grades, and what each validation found."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.core.text import Text

_NOTHING = Text("", "")


@dataclass(frozen=True)
class CheckedFigures:
    """One figure of a validation: a statement, a value of a tag, or a measure. `low` and `high` are a 95 % interval."""

    measure: str
    label: Text
    own: float | None
    reference: float | None
    difference: float | None
    low: float | None
    high: float | None
    index: float | None
    verdict: str
    hidden: bool


@dataclass(frozen=True)
class OutcomeFigures:
    """What one validation says: of a persona, or of the base as a whole."""

    kind: str
    label: Text
    origin: Text
    verdict: str
    summary: Text
    rows: tuple[CheckedFigures, ...]


@dataclass(frozen=True)
class TrustFigures:
    """The grade of a persona (A to E, or – where it was never validated), its next review, and what stands against it.

    `age_days` have passed since people last looked at it, or since its first build.
    `flags` are of `overdue` and `drifted`; `kept` is the share of members who were in it in the build before.
    """

    grade: str = "–"
    reason: Text = _NOTHING
    age_days: int | None = None
    next_review: str = ""
    kept: float | None = None
    flags: tuple[str, ...] = ()
    outcomes: tuple[OutcomeFigures, ...] = ()
