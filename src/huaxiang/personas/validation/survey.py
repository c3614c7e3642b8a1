"""Against members themselves: how many agree with what a persona says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.personas.portrait import too_small
from huaxiang.personas.run import Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.statistics import CONFIDENCE, compare_shares, wilson
from huaxiang.personas.validation.result import Figure, Outcome, Result, overall
from huaxiang.personas.validation.spec import StatementSpec, SurveySpec
from huaxiang.personas.validation.statements import Verdict, score

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine

SMALL = 40
"""Below so many answers the exact interval is taken, which never promises too much."""

COLUMNS = ("customer_no", "asked", "question", "answer", "score")
"""What is known of an answer: who gave it (null: anonymous), as whom they were asked (null: as whoever is judged)."""


@dataclass(frozen=True)
class Agreement:
    """How many of those who answered agree, with the 95 % interval of the share."""

    agreed: int
    answered: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of those who agree."""
        return self.agreed / self.answered


def read_answers(engine: Engine, spec: SurveySpec) -> list[dict[str, Any]]:
    """The answers of customers to the survey's questions, from the facts of a build; the latest of each counts."""
    rows = engine.table("fact_answers")
    questions = sorted({statement.question for statement in spec.statements})
    chosen = rows.filter((rows.survey == spec.survey) & rows.question.isin(questions))
    listed = chosen.order_by("customer_no", "occurred_at", "_seq").select("customer_no", "question", "answer", "score")
    return [{**row, "asked": None} for row in engine.rows(listed, step="validate: answers")]


def survey(
    portrayer: Portrayer,
    spec: SurveySpec,
    rows: Sequence[Mapping[str, Any]],
    personas: Mapping[str, PersonaSpec],
    label: Text,
) -> Result:
    """Judge every statement of a survey by the answers `rows` (`COLUMNS`).

    Respondents who are known count as members where they are in the persona's segment; the others, as everyone else.
    """
    figures: list[Figure] = []
    outcomes: list[Outcome] = []
    for name in dict.fromkeys(statement.persona for statement in spec.statements):
        if name not in personas:
            continue
        members = _members(portrayer, personas[name], rows)
        mine = [statement for statement in spec.statements if statement.persona == name]
        judged = [(statement, _judged(statement, spec, rows, members, portrayer)) for statement in mine]
        figures += [figure for _, found in judged for figure in found]
        outcomes.append(_outcome(name, spec, [found[0] for _, found in judged], label))
    return Result(tuple(outcomes), tuple(figures))


def agreement(agreed: int, answered: int) -> Agreement:
    """The share of agreement: with Wilson's interval, or, of few answers, the exact one (Clopper and Pearson 1934)."""
    low, high = exact_interval(agreed, answered) if answered < SMALL else wilson(agreed, answered)
    return Agreement(agreed, answered, low, high)


def exact_interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share that holds what it promises for any number of answers (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv

    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, tail))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1 - tail))
    return low, high


def verdict(found: Agreement, wanted: float, minimum: int) -> Verdict:
    """Whether a statement holds: more than the share `wanted` agree, beyond doubt. Or the opposite, or neither."""
    if found.answered < minimum:
        return "too_small"
    if found.low > wanted:
        return "holds"
    return "refuted" if found.high < wanted else "open"


def _judged(
    statement: StatementSpec,
    spec: SurveySpec,
    rows: Sequence[Mapping[str, Any]],
    members: frozenset[int],
    portrayer: Portrayer,
) -> list[Figure]:
    """The figure of a statement, and that of its comparison with the profiles where it names a tag."""
    mine: dict[Any, bool] = {}
    others: dict[Any, bool] = {}
    for place, row in enumerate(rows):
        agrees = _agrees(statement, row)
        if row["question"] != statement.question or agrees is None:
            continue
        number = row["customer_no"]
        if number is not None:
            (mine if number in members else others)[number] = agrees
        elif row["asked"] in (None, statement.persona):
            # Nobody knows whether two anonymous answers are one person's.
            mine[f"anonymous {place}"] = agrees
    empty = Figure("agreement", statement.persona, statement.tag, statement.value, statement.says, size=len(mine))
    if not mine or too_small(len(mine), portrayer.threshold):
        return [replace(empty, verdict="too_small", hidden=True)]
    found = agreement(sum(mine.values()), len(mine))
    rest = _share(others) if not too_small(len(others), portrayer.threshold) else None
    said = replace(
        empty,
        own=found.share,
        reference=rest,
        difference=None if rest is None else found.share - rest,
        low=found.low,
        high=found.high,
        verdict=verdict(found, statement.agreement or spec.agreement, spec.minimum),
    )
    return [said, *_profile(statement, found, portrayer)]


def _profile(statement: StatementSpec, found: Agreement, portrayer: Portrayer) -> list[Figure]:
    """The share of agreement against the share of members whose profile says the same."""
    if statement.tag is None:
        return []
    portraits = portrayer.engine.table("portraits")
    chosen = portraits.filter(
        (portraits.persona == statement.persona)
        & (portraits.tag == statement.tag)
        & (portraits["value"] == statement.value)
        & ~portraits.hidden
    )
    rows = portrayer.engine.rows(chosen, step="validate: profile of a statement")
    if not rows or not rows[0]["share"]:
        return []
    share, count = rows[0]["share"], rows[0]["count"]
    gap = compare_shares(found.agreed, found.answered, count, round(count / share))
    return [
        Figure(
            "profile",
            statement.persona,
            statement.tag,
            statement.value,
            statement.says,
            own=found.share,
            reference=share,
            difference=gap.value if gap else None,
            low=gap.low if gap else None,
            high=gap.high if gap else None,
            size=found.answered,
            verdict="informs",
        )
    ]


def _agrees(statement: StatementSpec, row: Mapping[str, Any]) -> bool | None:
    """Whether an answer agrees; None where there is none."""
    if statement.least is None:
        return None if row["answer"] is None else str(row["answer"]) in statement.answers
    return None if row["score"] is None else float(row["score"]) >= statement.least


def _members(portrayer: Portrayer, persona: PersonaSpec, rows: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """Those among the respondents who are in the persona's segment."""
    import numpy as np

    population = portrayer.population
    asked = np.array(sorted({row["customer_no"] for row in rows} - {None}), dtype=np.int64)
    members = population.numbers[population.crowd(persona.segment).places]
    return frozenset(asked[np.isin(asked, members, assume_unique=True)].tolist())


def _share(answers: Mapping[Any, bool]) -> float | None:
    return sum(answers.values()) / len(answers) if answers else None


def _outcome(name: str, spec: SurveySpec, figures: Sequence[Figure], label: Text) -> Outcome:
    verdicts = [figure.verdict for figure in figures if figure.verdict is not None]
    size = int(max((figure.size or 0 for figure in figures), default=0))
    found = score(verdicts)
    if found is None:
        summary = Text(
            f"Too small to prove anything: {size} members answered “{label.en}”, at least {spec.minimum} are needed.",
            f"样本过少，不能说明问题：“{label.zh}”仅有 {size} 位成员作答，至少需要 {spec.minimum} 位。",
        )
        return Outcome(name, "too_small", summary, size=size)
    held = verdicts.count("holds")
    summary = Text(
        f"{held} of {len(verdicts)} statements are confirmed by the answers of {size:,} members ({label.en}).",
        f"“{label.zh}”中 {size:,} 位成员的回答证实了 {len(verdicts)} 条结论中的 {held} 条。",
    )
    return Outcome(name, overall(found), summary, found, size)
