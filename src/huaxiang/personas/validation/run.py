"""All validations of a build: each held against its evidence, then a grade for every persona."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from huaxiang.core.findings import Finding
from huaxiang.core.text import Text
from huaxiang.personas.run import THRESHOLD, Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.validation.benchmark import benchmark
from huaxiang.personas.validation.drift import Drift, drift
from huaxiang.personas.validation.grade import Grade, grade
from huaxiang.personas.validation.margins import market as market_margins
from huaxiang.personas.validation.margins import population, read_cells
from huaxiang.personas.validation.market import market
from huaxiang.personas.validation.past import Former
from huaxiang.personas.validation.result import NOTHING, Outcome, Result, UnusableError
from huaxiang.personas.validation.spec import ValidationSpec
from huaxiang.personas.validation.statements import Question, Statement, read_statements, see
from huaxiang.personas.validation.survey import read_answers, survey
from huaxiang.personas.validation.tables import TIME, Held, Rows, validation_rows
from huaxiang.personas.validation.truth import Labels, truth

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

_TIME = Text("The build before", "上次构建")
HISTORY = "persona_history"


@dataclass(frozen=True)
class Evidence:
    """What the files of validations hold, by the name of the validation.

    `tables` are rows of margins and markets as they are, `answers` those of surveys (`survey.COLUMNS`), `labels` what
    customers truly are.
    """

    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    answers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)


@dataclass(frozen=True)
class Validated:
    """The rows of the tables of validation, and what was not usable."""

    rows: Rows
    findings: tuple[Finding, ...]


def validate(
    engine: Engine,
    personas: Sequence[PersonaSpec],
    validations: Sequence[ValidationSpec],
    evidence: Evidence,
    *,
    moment: Moment,
    threshold: int = THRESHOLD,
    former: Former | None = None,
    shelf: Path | None = None,
) -> Validated:
    """Hold the portrayed `personas` against all evidence. Reads only.

    `threshold` is the size of the smallest group that is shown; `former` the build before, where there is one. `shelf`
    is the folder of the build's shelf, which is as good as the profiles and faster.
    """
    portrayer = Portrayer(engine, moment=moment, threshold=threshold, shelf=shelf)
    portrayer.population.learn()
    named = [_named(persona) for persona in personas]
    statements = read_statements(engine, [persona.name for persona in named])
    begun: list[tuple[ValidationSpec, Result | Question]] = []
    findings: list[Finding] = []
    for spec in validations:
        try:
            begun.append((spec, _held(portrayer, spec, named, statements, evidence)))
        except UnusableError as error:
            begun.append((spec, Result((Outcome(None, "unusable", error.reason),))))
            message = f"validation '{spec.name}' could not be used. {error}"
            findings.append(Finding("validation_unusable", message, spec.at, severity="warning"))
    held = [
        Held(spec.name, spec.kind, spec.shown, spec.origin, result)
        for (spec, _), result in zip(begun, _answered(portrayer, [found for _, found in begun]), strict=True)
    ]
    history = _History.read(engine, moment)
    moved: dict[str, Drift] = {}
    if former is not None:
        stated = {name: list(dict.fromkeys(one.tag for one in said)) for name, said in statements.items()}
        kept = {persona.name: history.kept.get(persona.name) for persona in named}
        result, moved = drift(portrayer, former, named, stated, kept)
        held.append(Held(TIME, TIME, _TIME, NOTHING, result))
    grades = [_grade(persona, held, moved, history, moment) for persona in named]
    return Validated(validation_rows(held, grades), tuple(findings))


def _named(persona: PersonaSpec) -> PersonaSpec:
    """A persona without `segment` portrays the segment of its own name."""
    return persona.model_copy(update={"segment": persona.segment or persona.name})


def _answered(portrayer: Portrayer, begun: Sequence[Result | Question]) -> Iterator[Result]:
    """The results, those of questions once their statements have been seen: all of them in one pass."""
    questions = [each for each in begun if isinstance(each, Question)]
    answers = iter(see(portrayer, questions, step="validate: statements"))
    for each in begun:
        yield each.told(next(answers)) if isinstance(each, Question) else each


def _held(
    portrayer: Portrayer,
    spec: ValidationSpec,
    personas: Sequence[PersonaSpec],
    statements: Mapping[str, Sequence[Statement]],
    evidence: Evidence,
) -> Result | Question:
    by_name = {persona.name: persona for persona in personas}
    label = spec.shown
    for tag in getattr(getattr(spec, spec.kind), "tags", {}).values():
        if tag not in portrayer.tags:
            raise UnusableError(
                Text(f"Tag '{tag}' is not built here.", f"标签“{tag}”在本项目中未构建。"),
                Text("Leave its dimension out.", "请去掉该维度。"),
            )
    if spec.benchmark is not None:
        cells, _ = read_cells(spec.name, spec.benchmark, evidence.tables[spec.name])
        margins = population(spec.benchmark, cells)
        return benchmark(portrayer, spec.benchmark, margins, personas, statements, label)
    if spec.market is not None:
        if spec.market.persona not in by_name:
            return Result(())
        cells, _ = read_cells(spec.name, spec.market, evidence.tables[spec.name])
        return market(portrayer, by_name[spec.market.persona], market_margins(spec.market, cells), label)
    if spec.truth is not None:
        return truth(portrayer, spec.truth, evidence.labels[spec.name], by_name, statements, label)
    assert spec.survey is not None  # noqa: S101 - a validation has one of the four
    rows = evidence.answers.get(spec.name)
    if rows is None:
        rows = read_answers(portrayer.engine, spec.survey)
    return survey(portrayer, spec.survey, rows, by_name, label)


@dataclass(frozen=True)
class _History:
    """The day of the first build of each persona, and who stayed in it since the last one."""

    today: date
    since: Mapping[str, date]
    kept: Mapping[str, float | None]

    @classmethod
    def read(cls, engine: Engine, moment: Moment) -> _History:
        if not engine.has(HISTORY):
            return cls(moment.day, {}, {})
        rows = engine.rows(engine.table(HISTORY), step="validate: history of personas")
        since: dict[str, date] = {}
        kept: dict[str, float | None] = {}
        for row in sorted(rows, key=lambda row: row["built_at"]):
            day = datetime.fromisoformat(row["as_of"]).astimezone(ZoneInfo(moment.zone)).date()
            since[row["persona"]] = min(since.get(row["persona"], day), day)
            kept[row["persona"]] = row["jaccard"]
        return cls(moment.day, since, kept)


def _grade(
    persona: PersonaSpec, held: Sequence[Held], moved: Mapping[str, Drift], history: _History, moment: Moment
) -> Grade:
    scores: dict[str, list[float]] = {}
    for one in held:
        for outcome in one.result.outcomes:
            if outcome.persona == persona.name and outcome.score is not None:
                scores.setdefault(one.kind, []).append(outcome.score)
    since = history.since.get(persona.name, moment.day)
    return grade(persona, scores, moved.get(persona.name), since, moment.day)
