"""What places, hours and the nearest sibling add to the main text of a portrait: what is certain and large enough.

A sentence each, at most. Nothing is said that the text has said by a tag already, or that the rule of the segment says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from huaxiang.core.provinces import province_label
from huaxiang.core.text import LANGUAGES, Language, Text
from huaxiang.personas.aspects.hours import ACTIVE_TIME
from huaxiang.personas.aspects.preferences import OTHER_PLACES, PROVINCE, PreferenceRow
from huaxiang.personas.aspects.siblings import SiblingRow
from huaxiang.personas.narrate import SMALL_EFFECT, what
from huaxiang.personas.scales import Scale
from huaxiang.personas.statistics import cohens_h
from huaxiang.personas.tags import Tag
from huaxiang.personas.telling import is_clear
from huaxiang.personas.words import Words

OWN_TIME = 1.2
"""Times as much of their activity as of the base's that lies in a part of the day: who does more does more all day."""

ALIKE = 0.35
"""How far apart two personas may be to be called alike: the mean Hellinger distance of their tags."""

OPPOSITE = 2.0
"""Cohen's h from which on nearly all have what nearly nobody of the other has: no two of a kind, however like else."""

_PLACE = Text(
    "More of them live in {place}: {mine}, against {others} of the others.",
    "居住在{place}的比例更高：{mine}，其他客户为 {others}。",
)
_TIME = Text(
    "They are active {time} more often: {mine} of those who are active at all, against {others}.",
    "{time}更为活跃：有活动的成员中 {mine} 在此时段出现，其他客户为 {others}。",
)
_SIBLING = Text(
    "Most like them is “{sibling}”; what tells the two apart best: {what} ({mine}, there {theirs}).",
    "最相近的画像是“{sibling}”，两者最主要的差别：{what}（{mine}，对方 {theirs}）。",
)


def beside(
    preferences: Sequence[PreferenceRow],
    siblings: Sequence[SiblingRow],
    scales: Mapping[str, Scale],
    said: Collection[Tag],
) -> tuple[Text, ...]:
    """The sentences of one persona, which speaks of the tags in `scales`.

    `said` are the tags that its rule rests on, and those that its text speaks of.
    """
    found: list[Text] = []
    if any(scale.tag.is_province for scale in scales.values()) and not any(tag.is_province for tag in said):
        found += (_place(row) for row in _largest(preferences, PROVINCE) if row.value != OTHER_PLACES)
    if not any("hour(" in tag.definition for tag in said):
        found += (_time(row) for row in _largest(preferences, ACTIVE_TIME, least=OWN_TIME))
    found += (_sibling(row, scales) for row in _apart(siblings) if row.tag in scales)
    return tuple(found)


def _largest(rows: Sequence[PreferenceRow], facet: str, *, least: float = 0.0) -> Iterator[PreferenceRow]:
    """The value of a facet by which members stand out most, where one does for certain; no second one."""
    clear = [
        row
        for row in rows
        if row.facet == facet
        and row.significant
        and _clear(row)
        and _effect(row) >= SMALL_EFFECT
        and (row.volume or 0.0) >= least * (row.base_volume or 0.0)
    ]
    if clear:
        yield max(clear, key=_effect)


def _apart(rows: Sequence[SiblingRow]) -> Iterator[SiblingRow]:
    """What sets a persona apart from a sibling that is like it: what it has rather than what it lacks."""
    clear = [row for row in rows if row.tag and _clear(row)]
    if not clear or any(row.distance > ALIKE or abs(_gap(row)) >= OPPOSITE for row in rows):
        return
    yield next((row for row in clear if _gap(row) > 0), clear[0])


def _gap(row: SiblingRow) -> float:
    """Cohen's h of the persona against its sibling."""
    return cohens_h(row.share or 0.0, row.sibling_share or 0.0)


def _clear(row: PreferenceRow | SiblingRow) -> bool:
    return is_clear(row.difference, row.low, row.high)


def _effect(row: PreferenceRow) -> float:
    """Cohen's h of the members against the others, above 0 where members have more."""
    return cohens_h(row.share or 0.0, _others(row))


def _others(row: PreferenceRow) -> float:
    """The share of those who are in the base and no members."""
    return min(max((row.share or 0.0) - (row.difference or 0.0), 0.0), 1.0)


def _place(row: PreferenceRow) -> Text:
    label = province_label(row.value, row.label)
    return _each(_PLACE, place=label, mine=row.share or 0.0, others=_others(row))


def _time(row: PreferenceRow) -> Text:
    return _each(_TIME, time=row.label, mine=row.share or 0.0, others=_others(row))


def _sibling(row: SiblingRow, scales: Mapping[str, Scale]) -> Text:
    scale = scales[row.tag or ""]
    told = Text(*(what(scale, row.value or "", row.label, language) for language in LANGUAGES))
    return _each(_SIBLING, sibling=row.sibling_label, what=told, mine=row.share or 0.0, theirs=row.sibling_share or 0.0)


def _each(sentence: Text, **parts: Text | float) -> Text:
    """A sentence in both languages, shares written as percentages."""

    def written(language: Language) -> str:
        words = Words(language)
        return sentence[language].format(
            **{name: part[language] if isinstance(part, Text) else words.share(part) for name, part in parts.items()}
        )

    return Text(written("en"), written("zh"))
