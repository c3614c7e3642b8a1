"""What sets a cluster apart, tag by tag, and the name that follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huaxiang.core.text import Text
from huaxiang.segments.clusters.encode import Encoded, Floats
from huaxiang.segments.clusters.features import OTHER, Candidate, Feature

TELLING = 0.3
"""The effect from which on a difference is told in a name: between small and middling (Cohen 1988)."""

PARTS = 2
"""Traits that make a name; more only where two clusters would be called alike."""

TOLD = 12
"""Traits of a cluster that are kept."""

ALIKE = 0.6
"""The correlation from which on a second number in a name would say the first one again."""


@dataclass(frozen=True)
class Trait:
    """How much members differ from everybody clustered. `level` is None for numbers, whose `value` is a scaled mean.

    Else `value` and `average` are shares. `effect` is Cohen's d or h, above 0 where members have more.
    """

    tag: str
    level: str | None
    value: float
    average: float
    effect: float

    def as_dict(self) -> dict[str, Any]:
        """The trait for JSON."""
        return dict(self.__dict__)


def traits(rows: Encoded, labels: np.ndarray, cluster: int) -> list[Trait]:
    """The traits of a cluster among the sample `rows`, the most telling first."""
    own, all_ = labels == cluster, labels >= 0
    found = [
        trait
        for feature, block in zip(rows.features, rows.blocks, strict=True)
        for trait in _traits(feature, block[own], block[all_])
    ]
    return sorted(found, key=lambda trait: (-abs(trait.effect), trait.tag, str(trait.level)))[:TOLD]


def _traits(feature: Feature, own: Floats, everybody: Floats) -> Iterator[Trait]:
    if not (_known(own) and _known(everybody)):
        return
    value, average = np.nanmean(own, axis=0), np.nanmean(everybody, axis=0)
    if feature.kind == "number":
        yield Trait(feature.tag, None, float(value[0]), float(average[0]), float(value[0] - average[0]))
        return
    levels = ("true",) if feature.kind == "flag" else feature.levels
    for level, share, usual in zip(levels, value, average, strict=True):
        if level != OTHER:
            yield Trait(feature.tag, level, float(share), float(usual), _cohen_h(float(share), float(usual)))


def _known(block: Floats) -> bool:
    return bool((~np.isnan(block[:, 0])).any()) if len(block) else False


def _cohen_h(one: float, other: float) -> float:
    """The difference of two shares (Cohen 1988): 2·asin √p − 2·asin √q."""
    return float(2 * np.arcsin(np.sqrt(min(one, 1.0))) - 2 * np.arcsin(np.sqrt(min(other, 1.0))))


def names(
    told: Mapping[int, Sequence[Trait]], tags: Mapping[str, Candidate], rows: Encoded, taken: Mapping[int, Text]
) -> dict[int, Text]:
    """A name for each cluster number of `told`, no two alike; those `taken` keep theirs."""
    alike = _alike(rows)
    found = dict(taken)
    for number, own in told.items():
        if number in taken:
            continue
        parts = list(_parts(own, tags, alike))
        used = {(name.en, name.zh) for name in found.values()}
        tries = [parts[:count] for count in range(min(PARTS, len(parts)), len(parts) + 1) if count]
        joined = (_joined(some) for some in tries)
        free = (name for name in joined if not {name.en, name.zh} & {each for pair in used for each in pair})
        found[number] = next(free, None) or _numbered(parts[:PARTS], number)
    return {number: found[number] for number in told}


def _parts(own: Sequence[Trait], tags: Mapping[str, Candidate], alike: Mapping[str, set[str]]) -> Iterator[Text]:
    """The traits as words, each tag and each value once."""
    spoken: set[str] = set()
    for trait in own:
        if abs(trait.effect) < TELLING or trait.tag in spoken or spoken & alike.get(trait.tag, set()):
            continue
        words = _words(trait, tags[trait.tag])
        if words is None or words.en in spoken:
            continue
        spoken |= {trait.tag, words.en}
        yield words


def _words(trait: Trait, tag: Candidate) -> Text | None:
    english = tag.label.en[:1].lower() + tag.label.en[1:] if tag.label.en[1:2].islower() else tag.label.en
    if trait.level is None:
        return (
            Text(f"high {english}", f"{tag.label.zh}高")
            if trait.effect > 0
            else Text(f"low {english}", f"{tag.label.zh}低")
        )
    if trait.effect < 0:
        # That something is missing is told by what is there instead.
        return None
    if trait.level == "true":
        return Text(english, tag.label.zh)
    value = tag.values.get(trait.level)
    if value is None:
        return Text(trait.level, trait.level)
    return Text(f"{english}: {value.en}", f"{tag.label.zh}：{value.zh}")


def _joined(parts: Sequence[Text]) -> Text:
    english = ", ".join(part.en for part in parts)
    return Text(english[:1].upper() + english[1:], "、".join(part.zh for part in parts))


def _numbered(parts: Sequence[Text], number: int) -> Text:
    plain = _joined(parts) if parts else Text("Average", "各方面接近平均")
    return Text(f"{plain.en} ({number})", f"{plain.zh}（{number}）")


def _alike(rows: Encoded) -> dict[str, set[str]]:
    """For each number those that go with it."""
    numbers = [(f.tag, b) for f, b in zip(rows.features, rows.blocks, strict=True) if f.kind == "number"]
    if len(numbers) < 2:
        return {}
    columns = np.nan_to_num(np.hstack([block for _, block in numbers])).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        together = np.nan_to_num(np.abs(np.corrcoef(columns.T))) >= ALIKE
    tags = [tag for tag, _ in numbers]
    return {
        tag: {other for other, same in zip(tags, row, strict=True) if same}
        for tag, row in zip(tags, together, strict=True)
    }
