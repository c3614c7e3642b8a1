"""The persona most like another one, and what sets the two apart. Pure functions.

Two personas are as far apart as the mean over their tags of the Hellinger distance (1909) of the two distributions:
0 where all shares are equal, 1 where no value is shared. Only personas against the same base can be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.measure import Measures, rounded
from huaxiang.personas.portrait import too_small
from huaxiang.personas.scales import OTHER, Scale
from huaxiang.personas.statistics import SIGNIFICANCE, benjamini_hochberg, cohens_h, compare_shares
from huaxiang.personas.tags import UNKNOWN
from huaxiang.personas.words import Words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHOWN = 6
"""Differences that are told."""

VISIBLE = 0.2
"""Cohen's h from which on a difference is worth telling."""


@dataclass(frozen=True)
class SiblingRow(AspectRow):
    """One thing that sets a persona apart from its nearest sibling, the greatest difference first.

    Intervals take the two for groups without common members, so they are never too narrow. Where nothing sets the two
    apart, there is one row without a tag.
    """

    table: ClassVar[str] = "portrait_siblings"

    persona: str
    sibling: str
    sibling_label: Text
    distance: float
    position: int
    tag: str | None
    value: str | None
    label: Text
    share: float | None
    sibling_share: float | None
    difference: float | None
    low: float | None
    high: float | None
    statement: Text


@dataclass(frozen=True)
class Member:
    """A persona among its siblings. `defining`: the tags that its rule rests on."""

    name: str
    label: Text
    measures: Measures
    defining: Collection[str]


def sibling_rows(members: Sequence[Member], scales: Sequence[Scale], threshold: int) -> list[SiblingRow]:
    """The nearest sibling of each of `members`, personas of one base with enough people to show."""
    shown = [one for one in members if one.measures.size and not too_small(one.measures.size, threshold)]
    told = [scale for scale in scales if scale.kind in ("values", "ranges")]
    if len(shown) < 2 or not told:
        return []
    apart = distances([one.measures for one in shown], told)
    rows = []
    for i, one in enumerate(shown):
        nearest = min((j for j in range(len(shown)) if j != i), key=lambda j: (apart[i][j], shown[j].name))
        rows += _differences(one, shown[nearest], rounded(float(apart[i][nearest])), told, threshold)
    return rows


def distances(groups: Sequence[Measures], scales: Sequence[Scale]) -> NDArray[np.float64]:
    """How far each two of some groups are apart, from 0 to 1, over the tags that both have values of."""
    import numpy as np

    starts = np.cumsum([0, *(len(scale.values) for scale in scales[:-1])])
    roots = np.sqrt(np.array([[share for scale in scales for share in _shares(group, scale)] for group in groups]))
    known = np.array([[group.known[scale.tag.name] > 0 for scale in scales] for group in groups])
    found = np.zeros((len(groups), len(groups)))
    for i, mine in enumerate(roots):
        alike = np.add.reduceat(roots * mine, starts, axis=1)
        both = known & known[i]
        # Rounded before the root, which would make much of the noise of last digits.
        apart = np.sqrt(np.clip((1 - alike).round(12), 0, 1)) * both
        found[i] = apart.sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    return found.round(9)


def _shares(group: Measures, scale: Scale) -> list[float]:
    counts, total = group.counts[scale.tag.name], group.known[scale.tag.name]
    return [count / total if total else 0.0 for count in counts]


@dataclass(frozen=True)
class _Gap:
    scale: Scale
    index: int
    effect: float
    share: float
    other: float
    low: float
    high: float
    p_value: float
    difference: float

    @property
    def word(self) -> str | None:
        """A word of the data, such as a category, that several tags may speak of."""
        tag = self.scale.tag
        return self.scale.values[self.index] if tag.type is Type.TEXT and not tag.values else None


def _differences(
    one: Member, other: Member, distance: float, scales: Sequence[Scale], threshold: int
) -> list[SiblingRow]:
    """What differs most, one tag of a category and one of a word; not what the two rules say anyway."""
    new = [scale for scale in scales if scale.tag.name not in {*one.defining, *other.defining}]
    gaps = [gap for scale in new for gap in _gaps(scale, one.measures, other.measures, threshold)]
    q_values = benjamini_hochberg([gap.p_value for gap in gaps])
    clear = [gap for gap, q in zip(gaps, q_values, strict=True) if q <= SIGNIFICANCE and abs(gap.effect) >= VISIBLE]
    clear.sort(key=lambda gap: (-round(abs(gap.effect), 9), -gap.effect, gap.scale.tag.name, gap.index))
    chosen: list[_Gap] = []
    told: set[object] = set()
    for gap in clear:
        said = {(gap.scale.tag.dimension, gap.scale.tag.category), gap.word} - {None}
        if not said & told:
            chosen.append(gap)
            told |= said
    rows = [_row(one, other, distance, i, gap) for i, gap in enumerate(chosen[:SHOWN], 1)]
    return rows or [_nothing(one, other, distance)]


def _gaps(scale: Scale, mine: Measures, theirs: Measures, threshold: int) -> list[_Gap]:
    name = scale.tag.name
    known = mine.known[name], theirs.known[name]
    found = []
    for i, value in enumerate(scale.values):
        counts = mine.counts[name][i], theirs.counts[name][i]
        if value in (OTHER, UNKNOWN) or any(too_small(count, threshold) for count in counts):
            continue
        tested = compare_shares(counts[0], known[0], counts[1], known[1])
        if tested is not None:
            share, other = counts[0] / known[0], counts[1] / known[1]
            effect = cohens_h(share, other)
            found.append(_Gap(scale, i, effect, share, other, tested.low, tested.high, tested.p_value, tested.value))
    return found


def _row(one: Member, other: Member, distance: float, position: int, gap: _Gap) -> SiblingRow:
    tag, value = gap.scale.tag, gap.scale.values[gap.index]
    label = gap.scale.labels[gap.index]
    return SiblingRow(
        one.name, other.name, other.label, distance, position, tag.name, value, label, rounded(gap.share),
        rounded(gap.other), rounded(gap.difference), rounded(gap.low), rounded(gap.high),
        Text(*(_words(one, other, gap, label, words) for words in (Words("en"), Words("zh")))),
    )  # fmt: skip


def _words(one: Member, other: Member, gap: _Gap, label: Text, words: Words) -> str:
    what, mine, theirs = gap.scale.tag.label[words.language], words.share(gap.share), words.share(gap.other)
    if words.language == "zh":
        return f"{what}为“{label.zh}”：{one.label.zh} {mine}，{other.label.zh} {theirs}。"
    return f"{what} – {label.en}: {mine} of {one.label.en}, {theirs} of {other.label.en}."


def _nothing(one: Member, other: Member, distance: float) -> SiblingRow:
    statement = Text(
        f"Beside the two rules, nothing that we know sets {one.label.en} clearly apart from {other.label.en}.",
        f"除分群规则本身外，{one.label.zh}与{other.label.zh}在已有标签上没有明显差别。",
    )
    empty = Text("", "")
    return SiblingRow(
        one.name, other.name, other.label, distance, 1, None, None, empty, None, None, None, None, None, statement
    )
