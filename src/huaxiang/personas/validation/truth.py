"""Against the truth, where somebody knows it: who belongs, and whether statements hold of those who truly do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import near_miss
from huaxiang.core.text import Text
from huaxiang.personas.portrait import too_small
from huaxiang.personas.run import Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.statistics import wilson
from huaxiang.personas.validation.result import Figure, Outcome, Result, UnusableError, overall, seen_figure
from huaxiang.personas.validation.spec import TruthSpec
from huaxiang.personas.validation.statements import Question, Seen, Statement, View, score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Labels:
    """What customers truly are: their numbers in order, and for each the place of its label in `words`."""

    numbers: NDArray[np.int64]
    codes: NDArray[np.int64]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """How members and those who truly belong overlap: both, members only, the true ones only."""

    both: int
    members: int
    true: int

    @property
    def precision(self) -> float | None:
        """The share of members who truly belong."""
        return self.both / self.members if self.members else None

    @property
    def recall(self) -> float | None:
        """The share of those who truly belong who are members."""
        return self.both / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall (van Rijsbergen 1979)."""
        return 2 * self.both / (self.members + self.true) if self.members + self.true else None


def adjusted_rand(one: NDArray[Any], other: NDArray[Any]) -> float:
    """How alike two partitions of the same people are: 1 equal, 0 as by chance (Hubert and Arabie 1985, eq. 5)."""
    import numpy as np

    # scikit-learn has it too; loading that takes longer than all validations of a small build.
    _, rows = np.unique(one, return_inverse=True)
    _, places = np.unique(other, return_inverse=True)
    width = int(places.max(initial=-1)) + 1
    table = np.bincount(rows * width + places) if width else np.zeros(0, np.int64)
    together, in_one, in_other = (_pairs(counts) for counts in (table, np.bincount(rows), np.bincount(places)))
    pairs = len(one) * (len(one) - 1) / 2
    expected = in_one * in_other / pairs if pairs else 0.0
    most = (in_one + in_other) / 2
    # Both are one group, or all alone: then they can't but agree.
    return 1.0 if most == expected else (together - expected) / (most - expected)


def truth(
    portrayer: Portrayer,
    spec: TruthSpec,
    labels: Labels,
    personas: Mapping[str, PersonaSpec],
    statements: Mapping[str, Sequence[Statement]],
    label: Text,
) -> Question:
    """Hold membership and statements against the truth. Customers without a label don't count.

    Raises:
        UnusableError: no customer has a label, or nobody has one that a persona claims.
    """
    import numpy as np

    if not len(labels.numbers):
        raise UnusableError(
            Text(f"No customer is named by {spec.file}.", f"{spec.file} 中没有任何一行能对应到客户。"),
            Text("Check 'key' and 'identifier'.", "请检查 key 与 identifier。"),
        )
    known = np.zeros(portrayer.population.size, dtype=np.bool_)
    true = np.full(portrayer.population.size, -1, dtype=np.int64)
    places = np.searchsorted(portrayer.population.numbers, labels.numbers)
    known[places], true[places] = True, labels.codes
    claimed = {name: _code(spec, name, labels) for name in spec.labels if name in personas}
    views: dict[str, View] = {}
    matched: dict[str, Matched] = {}
    assigned = np.full(portrayer.population.size, -1, dtype=np.int64)
    for place, (name, code) in enumerate(claimed.items()):
        members = portrayer.population.crowd(personas[name].segment).mask & known
        belong = true == code
        base = portrayer.population.crowd(personas[name].base).mask & known
        matched[name] = Matched(int((members & belong).sum()), int(members.sum()), int(belong.sum()))
        views[name] = View(belong, base & ~belong)
        assigned[members & (assigned < 0)] = place
    asked = [statement for name in claimed for statement in statements.get(name, ())]
    index = adjusted_rand(assigned[known], true[known])
    size = int(known.sum())
    whole = Outcome(
        None,
        "informs",
        Text(
            f"Adjusted Rand index {index:.2f} between {len(claimed)} personas and “{label.en}”, on {size:,} customers.",
            f"{len(claimed)} 个画像与“{label.zh}”的调整兰德指数为 {index:.2f}（{size:,} 位客户）。",
        ),
        size=size,
    )
    figures = [Figure("adjusted_rand", own=index, size=size)]
    for name, code in claimed.items():
        members = portrayer.population.crowd(personas[name].segment).mask[known]
        figures += _figures(name, matched[name], adjusted_rand(members, true[known] == code), portrayer.threshold)

    def told(seen: list[Seen]) -> Result:
        outcomes = [_outcome(name, matched[name], seen, portrayer.threshold) for name in claimed]
        return Result((whole, *outcomes), (*figures, *(seen_figure(each) for each in seen)))

    return Question(asked, views, told)


def _pairs(counts: NDArray[np.int64]) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _code(spec: TruthSpec, persona: str, labels: Labels) -> int:
    label = spec.labels[persona]
    if label not in labels.words:
        guess = near_miss(label, labels.words)
        raise UnusableError(
            Text(f"No customer is labelled '{label}' in {spec.file}.", f"{spec.file} 中没有客户的标签为“{label}”。"),
            Text(f"Did you mean '{guess}'?", f"是否应为“{guess}”？")
            if guess
            else Text("Correct 'labels'.", "请更正 labels。"),
        )
    return labels.words.index(label)


def _hidden(found: Matched, threshold: int) -> bool:
    return too_small(found.members, threshold) or too_small(found.true, threshold)


def _figures(name: str, found: Matched, index: float, threshold: int) -> list[Figure]:
    if _hidden(found, threshold):
        return [Figure(measure, name, hidden=True) for measure in ("precision", "recall")]
    figures = []
    for measure, own, total in (("precision", found.precision, found.members), ("recall", found.recall, found.true)):
        low, high = wilson(found.both, total) if total else (None, None)
        figures.append(Figure(measure, name, own=own, low=low, high=high, size=total))
    return [*figures, Figure("f1", name, own=found.f1), Figure("adjusted_rand", name, own=index)]


def _outcome(name: str, found: Matched, seen: Sequence[Seen], threshold: int) -> Outcome:
    """The score is the mean of F1 – the right people are meant – and of the statements – the right things are said."""
    if _hidden(found, threshold) or found.f1 is None:
        return Outcome(name, "too_small", _TOO_FEW, size=found.members)
    mine = [each.verdict for each in seen if each.statement.persona == name]
    held = mine.count("holds")
    precision, recall = found.precision or 0.0, found.recall or 0.0
    summary = Text(
        f"{precision:.0%} of members truly belong, {recall:.0%} of those who belong are members; "
        f"{held} of {len(mine)} statements hold of those who truly belong.",
        f"成员中 {precision:.0%} 确属该群体，真正属于的人中有 {recall:.0%} 被识别；"
        f"{len(mine)} 条结论中 {held} 条对真实群体成立。",
    )
    told = score(mine)
    value = found.f1 if told is None else (found.f1 + told) / 2
    return Outcome(name, overall(value), summary, value, found.members)


_TOO_FEW = Text("Too few people to tell how many belong.", "人数过少，无法判断归属。")
