"""The grade of a persona, its next review, and what a person should look at. Pure functions.

The rule, as readers are told it: the grade is read off the mean score of the kinds of validation that could judge the
persona (population, survey, truth) – A from 0.9, B from 0.75, C from 0.6, D from 0.4, E below. One kind alone gives B
at most. A persona that has changed, or whose review is overdue, loses a letter for each. Never validated: no grade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from huaxiang.core.text import Text
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.validation.drift import Drift

LETTERS: tuple[tuple[str, float], ...] = (("A", 0.9), ("B", 0.75), ("C", 0.6), ("D", 0.4), ("E", 0.0))
"""Each grade with the score from which it is given."""

NO_GRADE = "–"

OVERDUE, DRIFTED = "overdue", "drifted"

_ALONE = 1
"""The place of the best letter that one kind of validation can give: B."""

_KINDS = {
    "benchmark": Text("the population", "总体基准"),
    "survey": Text("a survey", "问卷"),
    "truth": Text("the truth", "真实标签"),
}


@dataclass(frozen=True)
class Grade:
    """What a persona carries wherever it is shown: a row of `persona_grades`.

    `grade` is A to E, or – where it was never validated; `reason` says how it came about. `age_days` have passed since
    it was `reviewed`, or first built. `drift` is stable, shifted or changed, None in its first build. `flags` are of
    `overdue` and `drifted`.
    """

    persona: str
    grade: str
    score: float | None
    reason: Text
    kinds: tuple[str, ...]
    since: date
    reviewed: date | None
    age_days: int
    next_review: date
    drift: str | None
    kept: float | None
    flags: tuple[str, ...]


def grade(
    persona: PersonaSpec, scores: Mapping[str, Sequence[float]], drift: Drift | None, since: date, today: date
) -> Grade:
    """The grade of a persona on the day `today`; `scores` are those of each kind of validation that judged it.

    `since` is the day of the first build that had it.
    """
    means = {kind: sum(found) / len(found) for kind, found in scores.items() if found}
    score = sum(means.values()) / len(means) if means else None
    seen = persona.reviewed or since
    due = seen + timedelta(days=persona.review_every.days)
    flags = [OVERDUE] if today > due else []
    if drift is not None and drift.level == "changed":
        flags.append(DRIFTED)
    return Grade(
        persona=persona.name,
        grade=letter(score, len(means), len(flags)),
        score=score,
        reason=_reason(means, flags, due),
        kinds=tuple(means),
        since=since,
        reviewed=persona.reviewed,
        age_days=(today - seen).days,
        next_review=due,
        drift=drift.level if drift else None,
        kept=drift.kept if drift else None,
        flags=tuple(flags),
    )


def letter(score: float | None, kinds: int, flags: int) -> str:
    """The letter of a mean `score` over so many `kinds` of validation, with so many `flags` against it."""
    if score is None:
        return NO_GRADE
    # A mean of equal parts may miss its limit in the last digit.
    place = next(i for i, (_, least) in enumerate(LETTERS) if round(score, 9) >= least)
    if kinds == 1:
        place = max(place, _ALONE)
    return LETTERS[min(place + flags, len(LETTERS) - 1)][0]


def _reason(means: Mapping[str, float], flags: Sequence[str], due: date) -> Text:
    if not means:
        said = Text("Never validated.", "尚未检验。")
    else:
        parts = [(_KINDS[kind], mean) for kind, mean in means.items()]
        said = Text(
            "Held against " + ", ".join(f"{kind.en} ({mean:.2f})" for kind, mean in parts) + ".",
            "已检验：" + "、".join(f"{kind.zh}（{mean:.2f}）" for kind, mean in parts) + "。",
        )
        if len(means) == 1:
            said = Text(f"{said.en} One kind alone gives B at most.", f"{said.zh}仅一类检验，最高评为 B。")
    if DRIFTED in flags:
        said = Text(f"{said.en} It has changed since the build before.", f"{said.zh}与上次构建相比已明显变化。")
    if OVERDUE in flags:
        said = Text(f"{said.en} Its review was due on {due}.", f"{said.zh}复核已于 {due} 到期。")
    return said
