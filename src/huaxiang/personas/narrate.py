"""The text of a persona and the sentence of each tag, made from the figures: no number that is not in the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huaxiang.core.text import LANGUAGES, Language, Text
from huaxiang.core.types import Type
from huaxiang.personas.measure import REVENUE
from huaxiang.personas.portrait import Figures, NumberRow, ShareRow
from huaxiang.personas.scales import Scale
from huaxiang.personas.telling import SURENESS, by_tag, effect, is_averaged, is_yes_no, strongest, sureness
from huaxiang.personas.words import Words, listed, sentence

_NONE = Text("", "")

SMALL_EFFECT = 0.2
"""Cohen's (1988) "small" effect: less than this is not worth a reader's time, however significant."""

COMMON = 0.1
"""What members have less often is a trait only where at least this share of the others has it."""

_CODE = re.compile(r"[A-Za-z]{0,4}[-_]?\d{4,}")
"""A value that is the number of something, such as a product, and tells a reader nothing."""

_MORE, _LESS = 3, 2
"""How many traits a text names at most, of those that are over- and under-represented."""


@dataclass(frozen=True)
class Subject:
    """Who is told about: the segment, the base (None: everyone) and what to do with the segment."""

    label: Text
    base: Text | None = None
    action: Text = _NONE


@dataclass(frozen=True)
class _Trait:
    """Something that sets the members apart. `size` is Cohen's h or d: above 0 for more or higher.

    `value` is a word of the data, such as a category, that several tags may speak of.
    """

    tag: str
    size: float
    is_mean: bool
    words: Callable[[Words], str]
    value: str | None = None


def narrate(
    subject: Subject,
    figures: Figures,
    scales: Mapping[str, Scale],
    currency: str = "CNY",
    beside: Sequence[Text] = (),
) -> Text:
    """Who they are, how many, what they are worth, what sets them apart, what else stands `beside` that, what to do."""
    return Text(*(_text(subject, figures, scales, Words(language, currency), beside) for language in LANGUAGES))


def told_tags(figures: Figures, scales: Mapping[str, Scale]) -> frozenset[str]:
    """The tags that a text names as traits."""
    return frozenset(trait.tag for trait in _traits(figures, scales))


def statements(figures: Figures, scales: Mapping[str, Scale], currency: str = "CNY") -> dict[str, Text]:
    """One sentence per tag of the portrait."""
    shares = by_tag(figures)
    numbers = {row.tag: row for row in figures.numbers}
    english, chinese = Words("en", currency), Words("zh", currency)
    found = {}
    for name in (row.tag for row in figures.tags):
        scale, mine, number = scales[name], shares.get(name, []), numbers.get(name)
        told = None if _tells_mean(scale, number) else strongest(scale, mine)
        found[name] = Text(
            *(_statement(scale, mine, number, told, figures, words) for words in (english, chinese)),
        )
    return found


# -- the text of a persona ------------------------------------------------------------------------------------


def _text(subject: Subject, figures: Figures, scales: Mapping[str, Scale], words: Words, beside: Sequence[Text]) -> str:
    label, chinese = subject.label[words.language], words.language == "zh"
    if figures.size == 0:
        return f"没有客户属于“{label}”。" if chinese else f"Nobody belongs to “{label}”."
    if figures.small:
        return (
            f"“{label}”人数过少，为保护个人隐私，不作描述。"
            if chinese
            else f"“{label}” has too few members to describe them without giving individuals away."
        )
    parts = [_size(label, figures, words), _worth(figures, scales, words), *_apart(subject, figures, scales, words)]
    parts += (sentence[words.language] for sentence in beside)
    action = subject.action[words.language]
    if action:
        parts.append(("建议：" if chinese else "What to do: ") + sentence(action, words.language))
    return ("" if chinese else " ").join(part for part in parts if part)


def _size(label: str, figures: Figures, words: Words) -> str:
    people, revenue = words.people(figures.size), figures.revenue_share
    everyone = figures.share == 1
    if words.language == "zh":
        size = f"{label}共 {people}，" + (
            "即全部客户" if everyone else f"占全部客户的 {words.share(figures.share or 0)}"
        )
        worth = "" if revenue is None or everyone else f"，贡献了 {words.share(revenue)} 的消费额"
        return f"{size}{worth}。"
    size = f"{label}: {people}, " + ("all there are" if everyone else f"{words.share(figures.share or 0)} of all")
    worth = "" if revenue is None or everyone else f", bringing in {words.share(revenue)} of revenue"
    return f"{size}{worth}."


def _worth(figures: Figures, scales: Mapping[str, Scale], words: Words) -> str:
    row = next((row for name in REVENUE for row in figures.numbers if row.tag == name), None)
    if row is None or row.mean is None:
        return ""
    tag = scales[row.tag].tag
    mine, label = words.amount(tag, row.mean), tag.label[words.language]
    others = None if row.rest_mean is None else words.amount(tag, row.rest_mean)
    if words.language == "zh":
        return f"人均{label} {mine}" + (f"，其他客户人均 {others}。" if others else "。")
    return f"{label} averages {mine} each" + (f", against {others} for the others." if others else ".")


def _apart(subject: Subject, figures: Figures, scales: Mapping[str, Scale], words: Words) -> list[str]:
    chinese = words.language == "zh"
    if figures.rest_size == 0:
        return ["没有可供对比的其他客户。" if chinese else "There is nobody else to compare them with."]
    traits = _traits(figures, scales)
    if subject.base is None:
        against = "其他客户" if chinese else "the other customers"
    else:
        base = subject.base[words.language]
        against = f"“{base}”中的其他客户" if chinese else f"the other members of “{base}”"
    if not traits:
        return [
            f"在已有标签上，与{against}没有明显差别。"
            if chinese
            else f"Nothing we know sets them clearly apart from {against}."
        ]
    sentences = []
    for means, more, zh, en in _KINDS:
        found = [trait.words(words) for trait in traits if trait.is_mean == means and (trait.size > 0) == more]
        if found:
            sentences.append(f"{zh}{listed(found, 'zh')}。" if chinese else f"{en}: {listed(found, 'en')}.")
    opening = f"与{against}相比，" if chinese else f"What sets them apart from {against} – "
    # The first sentence follows the dash, so it begins in lower case.
    first = sentences[0] if chinese else sentences[0][0].lower() + sentences[0][1:]
    return [opening + first, *sentences[1:]]


_KINDS = (
    (False, True, "占比明显更高的是：", "More common"),
    (False, False, "占比明显更低的是：", "Less common"),
    (True, True, "平均值明显更高的是：", "Higher on average"),
    (True, False, "平均值明显更低的是：", "Lower on average"),
)


def _traits(figures: Figures, scales: Mapping[str, Scale]) -> list[_Trait]:
    """The most telling traits that are significant and big enough to see, one of a category and one of a word."""
    shares = by_tag(figures)
    numbers = {row.tag: row for row in figures.numbers}
    found: list[_Trait] = []
    categories: set[tuple[str, str]] = set()
    for row in figures.tags:
        scale = scales[row.tag]
        place = (scale.tag.dimension, scale.tag.category)
        if not row.is_fresh or row.rank is None or row.tag in REVENUE or place in categories:
            continue
        trait = _trait(scale, shares.get(row.tag, []), numbers.get(row.tag))
        if trait is None or (trait.value is not None and trait.value in (other.value for other in found)):
            continue
        room = _MORE if trait.size > 0 else _LESS
        if sum((other.size > 0) == (trait.size > 0) for other in found) < room:
            found.append(trait)
            categories.add(place)
    return found


def _trait(scale: Scale, shares: list[ShareRow], number: NumberRow | None) -> _Trait | None:
    if number is not None and scale.kind == "ranges" and not scale.tag.is_quantity:
        return None
    if number is not None and is_averaged(scale):
        if number.effect is None or not number.significant or abs(number.effect) < SMALL_EFFECT:
            return None
        return _Trait(
            scale.tag.name, number.effect, is_mean=True, words=lambda words: _mean_words(scale, number, words)
        )
    found = strongest(scale, shares)
    if found is None or not found.significant or abs(effect(found)) < SMALL_EFFECT:
        return None
    if effect(found) < 0 and (found.rest_share or 0) < COMMON:
        return None
    if scale.tag.type is Type.TEXT and _CODE.fullmatch(found.label.en):
        return None
    return _Trait(
        scale.tag.name,
        effect(found),
        is_mean=False,
        words=lambda words: _share_words(scale, found, words),
        value=found.value if scale.tag.type in (Type.TEXT, Type.LIST) and not scale.tag.values else None,
    )


def _share_words(scale: Scale, row: ShareRow, words: Words) -> str:
    mine, others = words.share(row.share or 0), words.share(row.rest_share or 0)
    told = what(scale, row.value, row.label, words.language)
    return f"{told}（{mine}，其他 {others}）" if words.language == "zh" else f"{told} ({mine}, others {others})"


def _mean_words(scale: Scale, row: NumberRow, words: Words) -> str:
    mine, others = words.amount(scale.tag, row.mean or 0), words.amount(scale.tag, row.rest_mean or 0)
    label = scale.tag.label[words.language]
    return f"{label}（{mine}，其他 {others}）" if words.language == "zh" else f"{label} ({mine}, others {others})"


def what(scale: Scale, value: str, label: Text, language: Language) -> str:
    """A trait: `Night owl`, or `Favourite category – Baby care`."""
    tag = scale.tag.label[language]
    if is_yes_no(scale) and value == "true":
        return tag
    if language == "en":
        return f"{tag} – {label.en}"
    verb = "包含" if scale.kind == "elements" else "为"
    return f"{tag}{verb}{' ' if label.zh[:1].isascii() else ''}{label.zh}"


# -- the sentence of a tag --------------------------------------------------------------------------------------


def _tells_mean(scale: Scale, number: NumberRow | None) -> bool:
    return number is not None and number.mean is not None and is_averaged(scale)


def _statement(
    scale: Scale,
    shares: list[ShareRow],
    number: NumberRow | None,
    told: ShareRow | None,
    figures: Figures,
    words: Words,
) -> str:
    """The sentence of a tag, of whose rows `told` tells the most."""
    chinese, label = words.language == "zh", scale.tag.label[words.language]
    if scale.kind == "skipped":
        return scale.reason[words.language]
    if figures.size == 0:
        return "该群体没有客户。" if chinese else "There are no members."
    if number is not None and number.mean is not None and is_averaged(scale):
        mine = words.amount(scale.tag, number.mean)
        if number.rest_mean is None or number.p_value is None:
            return f"{label}平均为 {mine}。" if chinese else f"{label}: {mine} on average."
        others = words.amount(scale.tag, number.rest_mean)
        chance = _chance(number, words)
        if chinese:
            return f"{label}平均为 {mine}，其他客户为 {others}，{chance}。"
        return f"{label}: {mine} on average, {others} among the others; {chance}."
    if told is None:
        if any(row.hidden for row in shares) or figures.small:
            return "人数过少，不予展示。" if chinese else "Too few people to show."
        return "这些客户没有该标签的数据。" if chinese else "No member has a value."
    return _share_statement(scale, told, words)


def _share_statement(scale: Scale, row: ShareRow, words: Words) -> str:
    told, mine = what(scale, row.value, row.label, words.language), words.share(row.share or 0)
    chinese = words.language == "zh"
    if row.rest_share is None:
        return f"{_before_word(told)}的占 {mine}。" if chinese else f"{told}: {mine}."
    others, chance = words.share(row.rest_share), _chance(row, words)
    if chinese:
        return f"{_before_word(told)}的占 {mine}，其他客户为 {others}，{chance}。"
    return f"{told}: {mine}, {others} among the others; {chance}."


def _before_word(text: str) -> str:
    """Chinese `text`, with the space that is due between a figure or Latin word and what follows."""
    return text + " " if text[-1:].isascii() else text


def _chance(row: ShareRow | NumberRow, words: Words) -> str:
    return SURENESS[sureness(row) or "weak"][words.language]
