"""What validations find: figures, one by one, and what each validation says of each persona."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.core.text import Text
from huaxiang.personas.validation.statements import Seen, Verdict

NOTHING = Text("", "")


@dataclass(frozen=True)
class Figure:
    """One figure: a row of the table `validation_figures`, but for the validation it belongs to.

    `own` is ours and `reference` the other's; `difference` and its 95 % interval are own − reference, or, where
    `measure` is `agreement`, `low` and `high` are those of `own`. `index` is own / reference × 100. `size` is how many
    people `own` rests on. `unweighted` is what `difference` is without weights.
    """

    measure: str
    persona: str | None = None
    tag: str | None = None
    value: str | None = None
    label: Text = NOTHING
    own: float | None = None
    reference: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    index: float | None = None
    size: float | None = None
    unweighted: float | None = None
    verdict: Verdict | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one validation says of one persona, or of the base as a whole (no persona): a row of `persona_validation`.

    `score` runs from 0 to 1 and enters the grade; None where nothing could be judged, or the kind only informs.
    """

    persona: str | None
    verdict: Verdict
    summary: Text
    score: float | None = None
    size: int | None = None


@dataclass(frozen=True)
class Result:
    """All that one validation found."""

    outcomes: Sequence[Outcome]
    figures: Sequence[Figure] = ()


class UnusableError(Exception):
    """The evidence does not fit the customers; carries what to say about it, and what to do."""

    def __init__(self, reason: Text, remedy: Text) -> None:
        super().__init__(f"{reason.en} {remedy.en}")
        self.reason = Text(f"{reason.en} {remedy.en}", f"{reason.zh}{remedy.zh}")


def overall(score: float | None, *, passes: float = 0.75, fails: float = 0.5) -> Verdict:
    """What a score says in a word: it holds from three quarters on, and is refuted below a half."""
    if score is None:
        return "too_small"
    if score >= passes:
        return "holds"
    return "refuted" if score < fails else "open"


def seen_figure(seen: Seen) -> Figure:
    """A statement in a view as a figure: members there against the rest there."""
    statement, found = seen.statement, seen.found
    return Figure(
        "statement",
        statement.persona,
        statement.tag,
        statement.value,
        statement.label,
        own=seen.share,
        reference=seen.rest_share,
        difference=found.value if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        index=seen.share / seen.rest_share * 100 if seen.share is not None and seen.rest_share else None,
        size=seen.size if found else None,
        unweighted=statement.difference,
        verdict=seen.verdict,
        hidden=found is None,
    )
