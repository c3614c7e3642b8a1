"""Against a population: how representative customers are, and whether statements hold when they are weighted to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from huaxiang.core.text import Text
from huaxiang.personas.run import Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.validation.margins import Margins
from huaxiang.personas.validation.raking import design_effect, effective_size
from huaxiang.personas.validation.result import Figure, Outcome, Result, overall, seen_figure
from huaxiang.personas.validation.spec import BenchmarkSpec
from huaxiang.personas.validation.statements import Question, Seen, Statement, View, score
from huaxiang.personas.validation.weights import weigh

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def benchmark(
    portrayer: Portrayer,
    spec: BenchmarkSpec,
    margins: Margins,
    personas: Sequence[PersonaSpec],
    statements: Mapping[str, Sequence[Statement]],
    label: Text,
) -> Question:
    """Hold the customers `of` a segment against a population, and the personas that are compared with that segment.

    Raises:
        UnusableError: customers have values that the margins lack, cells of the population have no customers, or no
            weights meet all margins.
    """
    found = weigh(portrayer, spec, margins)
    concerned = [persona for persona in personas if persona.base == spec.of and statements.get(persona.name)]
    views = {persona.name: _view(portrayer, persona, found.weights) for persona in concerned}
    weights = {name: found.weights[view.members] for name, view in views.items()}
    asked = [statement for persona in concerned for statement in statements[persona.name]]
    measured = {figure.measure: figure.own for figure in found.figures if figure.tag is None}
    share = measured["representativeness"] or 0.0
    whole = Outcome(
        None,
        "informs",
        Text(
            f"{share:.1%} representative of “{label.en}”; weights cost a design effect of "
            f"{measured['design_effect']:.2f}.",
            f"对“{label.zh}”的代表性为 {share:.1%}；加权的设计效应为 {measured['design_effect']:.2f}。",
        ),
        size=found.size,
    )

    def told(seen: list[Seen]) -> Result:
        outcomes = [_outcome(name, mine, seen, label) for name, mine in weights.items()]
        figures = [*found.figures, *(seen_figure(each) for each in seen)]
        for name, mine in weights.items():
            if len(mine) >= max(portrayer.threshold, 1):
                figures.append(Figure("design_effect", name, own=design_effect(mine), size=len(mine)))
                figures.append(Figure("effective_size", name, own=effective_size(mine), size=len(mine)))
        return Result((whole, *outcomes), tuple(figures))

    return Question(asked, views, told)


def _view(portrayer: Portrayer, persona: PersonaSpec, weights: NDArray[np.float64]) -> View:
    weighted = weights > 0
    members = portrayer.population.crowd(persona.segment).mask & weighted
    base = portrayer.population.crowd(persona.base).mask & weighted
    return View(members, base & ~members, weights)


def _outcome(name: str, weights: NDArray[np.float64], seen: Sequence[Seen], label: Text) -> Outcome:
    """What the population says of a persona; `weights` are those of its members."""
    mine = [each.verdict for each in seen if each.statement.persona == name]
    found = score(mine)
    if found is None:
        return Outcome(name, "too_small", _TOO_FEW)
    held, effect, worth = mine.count("holds"), design_effect(weights), effective_size(weights)
    summary = Text(
        f"{held} of {len(mine)} statements hold when customers are weighted to “{label.en}” "
        f"(design effect {effect:.2f}, as good as {worth:,.0f} customers).",
        f"按“{label.zh}”加权后，{len(mine)} 条结论中 {held} 条成立"
        f"（设计效应 {effect:.2f}，有效样本 {worth:,.0f} 人）。",
    )
    return Outcome(name, overall(found), summary, found, len(weights))


_TOO_FEW = Text("Too few weighted members to judge any statement.", "加权后的成员过少，无法判断任何结论。")
