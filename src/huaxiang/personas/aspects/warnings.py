"""Too much, too little: what readers should be warned of about a persona or a segment, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from huaxiang.core.text import Text
from huaxiang.personas.aspects.limits import WarningLimits
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.measure import rounded
from huaxiang.personas.portrait import Figures, too_small
from huaxiang.personas.scales import Scale
from huaxiang.personas.telling import Evidence
from huaxiang.personas.words import Words

if TYPE_CHECKING:
    from huaxiang.personas.likeness import Likeness

Severity = Literal["warning", "note"]

NAMED = 5
"""Tags that a warning names at most."""


@dataclass(frozen=True)
class _Kind:
    """A kind of warning: its severity, reason and remedy. Texts are filled with figures."""

    severity: Severity
    reason: Text
    remedy: Text


KINDS: dict[str, _Kind] = {
    "empty": _Kind(
        "warning",
        Text("“{label}” has no members.", "“{label}”没有任何成员。"),
        Text(
            "Loosen its rule, or check that the data it reads arrive.", "请放宽规则，或检查规则所依赖的数据是否到位。"
        ),
    ),
    "private": _Kind(
        "warning",
        Text(
            "“{label}” has fewer than {limit} members: showing figures would give individuals away.",
            "“{label}”不足 {limit} 人，展示数据会暴露个人信息。",
        ),
        Text("Loosen its rule, or join it with a segment like it.", "请放宽规则，或与相近的分群合并。"),
    ),
    "small": _Kind(
        "warning",
        Text(
            "“{label}” has {value} members, fewer than the {limit} that are worth an action of their own.",
            "“{label}”只有 {value} 人，少于值得单独运营的 {limit} 人。",
        ),
        Text(
            "Join it with a segment like it, loosen its rule, or lower 'limits.members'.",
            "请与相近分群合并、放宽规则，或调低 limits.members。",
        ),
    ),
    "everyone": _Kind(
        "warning",
        Text(
            "“{label}” holds {value} of all customers: what is said of it is said of nearly everyone.",
            "“{label}”包含全部客户的 {value}，几乎就是所有人。",
        ),
        Text("Narrow its rule until it leaves somebody out.", "请收紧规则，使其能够区分客户。"),
    ),
    "overlap": _Kind(
        "warning",
        Text(
            "“{label}” and “{other}” have {value} of their members in common (limit {limit}).",
            "“{label}”与“{other}”的成员重合度达 {value}（上限 {limit}）。",
        ),
        Text(
            "Keep one of the two, or say in the rule of one what the other leaves out.",
            "请只保留其中一个，或在规则中明确排除另一个。",
        ),
    ),
    "like_base": _Kind(
        "warning",
        Text(
            "“{label}” can't be told from its base: no tag beside its own rule has an effect of {limit} or more.",
            "“{label}”与基准群体无法区分：除规则本身外，没有任何标签的差异达到 {limit}（效应量）。",
        ),
        Text(
            "Don't treat its members differently; choose another rule, or tags that matter to the question.",
            "不必区别对待这些客户；请更换规则，或加入与业务问题相关的标签。",
        ),
    ),
    "duplicates": _Kind(
        "note",
        Text(
            "What {value} of the tags say about “{label}” another one says already: {names}.",
            "“{label}”中有 {value} 个标签与其他标签含义重复：{names}。",
        ),
        Text(
            "Count each fact once: leave the repetitions out of the persona's 'tags'.",
            "同一事实只应计一次：请在画像的 tags 中去掉重复项。",
        ),
    ),
    "evidence": _Kind(
        "warning",
        Text(
            "“{label}” speaks of {dimensions} dimensions, but only in {value} of them does any statement hold.",
            "“{label}”涉及 {dimensions} 个维度，但只有 {value} 个维度有站得住脚的结论。",
        ),
        Text(
            "Name fewer 'dimensions', or gather more members or better covered tags.",
            "请减少 dimensions，或扩大人群、选用覆盖率更高的标签。",
        ),
    ),
    "stereotype": _Kind(
        "warning",
        Text(
            "Certain but tiny (effect below {limit}) is what {value} of the tags say about “{label}”: {names}. Members "
            "differ far more from each other than from everyone else.",
            "关于“{label}”的 {value} 条结论虽然显著，但差异极小（效应量低于 {limit}）：{names}。"
            "成员之间的差别远大于与其他客户的差别。",
        ),
        Text(
            "Don't base an action on them, and don't say “they are”: say how small the difference is.",
            "请勿据此采取行动，也不要说“他们就是……”，应说明差异有多小。",
        ),
    ),
}
"""Every kind of warning, by code."""


@dataclass(frozen=True)
class PersonaWarningRow(AspectRow):
    """One warning about a persona: its `value` against the `limit` of the project."""

    table: ClassVar[str] = "persona_warnings"

    persona: str
    code: str
    severity: str
    value: float | None
    limit: float | None
    reason: Text
    remedy: Text


@dataclass(frozen=True)
class SegmentWarningRow(AspectRow):
    """One warning about a segment; `other` is a segment that has nearly the same members."""

    table: ClassVar[str] = "segment_warnings"

    segment: str
    other: str | None
    code: str
    severity: str
    value: float | None
    limit: float | None
    reason: Text
    remedy: Text


@dataclass(frozen=True)
class Portrayed:
    """What warnings about a persona rest on."""

    name: str
    label: Text
    figures: Figures
    scales: Mapping[str, Scale]
    evidence: Mapping[str, Evidence]
    likeness: Likeness


def persona_warnings(one: Portrayed, limits: WarningLimits, threshold: int) -> list[PersonaWarningRow]:
    """All warnings about a persona."""
    size = size_warning(one.label, one.figures.size, one.figures.share, limits, threshold)
    if size is not None and size.code in ("empty", "private"):
        return [size.of_persona(one.name)]
    found = [size] if size is not None else []
    if one.figures.rest_size and not any(_holds(item, limits) for item in _fresh(one).values()):
        found.append(_warning("like_base", None, limits.effect, label=one.label, limit=_plain(limits.effect)))
    found += [*_duplicates(one, limits), *_thin(one, limits), *_stereotypes(one, limits)]
    return [warning.of_persona(one.name) for warning in found]


def segment_warnings(
    groups: Mapping[str, tuple[Text, Crowd]], limits: WarningLimits, threshold: int
) -> list[SegmentWarningRow]:
    """All warnings about the segments of a build: their size, and which have nearly the same members."""
    rows = []
    for name, (label, crowd) in groups.items():
        share = crowd.size / len(crowd.mask) if len(crowd.mask) else None
        warning = size_warning(label, crowd.size, share, limits, threshold)
        if warning is not None:
            rows.append(warning.of_segment(name))
    for one, other, jaccard in alike(groups, limits.overlap, threshold):
        figures = {
            "label": groups[one][0],
            "other": groups[other][0],
            "value": _percent(jaccard),
            "limit": _percent(limits.overlap),
        }
        rows.append(_warning("overlap", rounded(jaccard, 4), limits.overlap, **figures).of_segment(one, other))
    return rows


def size_warning(label: Text, size: int, share: float | None, limits: WarningLimits, threshold: int) -> Caution | None:
    """What is to be said about the size of a group; None where it is neither too small nor nearly everyone."""
    if size == 0:
        return _warning("empty", 0, None, label=label)
    if too_small(size, threshold):
        return _warning("private", None, threshold, label=label, limit=_plain(threshold))
    if size < limits.members:
        figures = {"label": label, "value": _plain(size), "limit": _plain(limits.members)}
        return _warning("small", size, limits.members, **figures)
    if share is not None and share >= limits.share:
        return _warning("everyone", rounded(share), limits.share, label=label, value=_percent(share))
    return None


def alike(groups: Mapping[str, tuple[Text, Crowd]], limit: float, threshold: int) -> Iterator[tuple[str, str, float]]:
    """Pairs of segments that have at least `limit` of their members in common, with how much that is."""
    import numpy as np

    shown = {name: crowd for name, (_, crowd) in groups.items() if crowd.size and not too_small(crowd.size, threshold)}
    packed = {name: np.packbits(crowd.mask) for name, crowd in shown.items()}
    names = list(shown)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            sizes = shown[one].size, shown[other].size
            if min(sizes) < limit * max(sizes):
                continue
            both = int(np.bitwise_count(packed[one] & packed[other]).sum())
            jaccard = both / (sum(sizes) - both)
            if jaccard >= limit:
                yield one, other, jaccard


@dataclass(frozen=True)
class Caution:
    """A warning that has no owner yet."""

    code: str
    severity: str
    value: float | None
    limit: float | None
    reason: Text
    remedy: Text

    def of_persona(self, name: str) -> PersonaWarningRow:
        """The warning about a persona."""
        return PersonaWarningRow(name, self.code, self.severity, self.value, self.limit, self.reason, self.remedy)

    def of_segment(self, name: str, other: str | None = None) -> SegmentWarningRow:
        """The warning about a segment."""
        return SegmentWarningRow(
            name, other, self.code, self.severity, self.value, self.limit, self.reason, self.remedy
        )


def _duplicates(one: Portrayed, limits: WarningLimits) -> Iterator[Caution]:
    told: list[str] = []
    repeated = []
    for row in one.figures.tags:
        if not row.gain:
            continue
        if one.likeness.most_alike(row.tag, told)[0] >= limits.alike:
            repeated.append(row.tag)
        else:
            told.append(row.tag)
    if repeated:
        figures = {"label": one.label, "value": _plain(len(repeated)), "names": _names(one, repeated)}
        yield _warning("duplicates", len(repeated), limits.alike, **figures)


def _thin(one: Portrayed, limits: WarningLimits) -> Iterator[Caution]:
    """A persona that speaks of more dimensions than it has evidence for."""
    dimensions = {one.scales[name].tag.dimension for name in one.evidence if one.scales[name].kind != "skipped"}
    known = {one.scales[name].tag.dimension for name, item in one.evidence.items() if _holds(item, limits)}
    if dimensions and len(known) < limits.evidence * len(dimensions):
        figures = {"label": one.label, "value": _plain(len(known)), "dimensions": _plain(len(dimensions))}
        yield _warning("evidence", len(known), limits.evidence, **figures)


def _stereotypes(one: Portrayed, limits: WarningLimits) -> Iterator[Caution]:
    tiny = [name for name, item in _fresh(one).items() if is_tiny(item, limits)]
    if tiny:
        figures = {
            "label": one.label,
            "value": _plain(len(tiny)),
            "limit": _plain(limits.effect),
            "names": _names(one, tiny),
        }
        yield _warning("stereotype", len(tiny), limits.effect, **figures)


def is_tiny(item: Evidence, limits: WarningLimits) -> bool:
    """Whether a difference is real but too small to say anything about anybody."""
    return item.sureness in ("sure", "likely") and item.effect is not None and abs(item.effect) < limits.effect


def _holds(item: Evidence, limits: WarningLimits) -> bool:
    """Whether a statement is both certain enough and about a difference of some size."""
    return item.sureness in ("sure", "likely") and not is_tiny(item, limits)


def _fresh(one: Portrayed) -> dict[str, Evidence]:
    """The evidence of the tags that tell something new, the most telling first."""
    return {row.tag: one.evidence[row.tag] for row in one.figures.tags if row.rank is not None and row.is_fresh}


def _names(one: Portrayed, tags: Sequence[str]) -> Text:
    labels = [one.scales[name].tag.label for name in tags[:NAMED]]
    more = len(tags) - len(labels)
    english = ", ".join(label.en for label in labels) + (f" and {more} more" if more else "")
    chinese = "、".join(label.zh for label in labels) + (f"等 {len(tags)} 个" if more else "")
    return Text(english, chinese)


def _warning(code: str, amount: float | None, most: float | None, **figures: Text) -> Caution:
    kind = KINDS[code]
    return Caution(code, kind.severity, amount, most, _filled(kind.reason, figures), kind.remedy)


def _filled(text: Text, figures: Mapping[str, Text]) -> Text:
    return Text(
        text.en.format(**{name: figure.en for name, figure in figures.items()}),
        text.zh.format(**{name: figure.zh for name, figure in figures.items()}),
    )


def _plain(number: float) -> Text:
    return Text.of(f"{number:,g}")


def _percent(share: float) -> Text:
    return Text(Words("en").share(share), Words("zh").share(share))
