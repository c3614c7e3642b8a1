"""A comparison in words, in English and Chinese: no number that is not among its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from huaxiang.core.text import LANGUAGES, Language, Text
from huaxiang.personas.comparison.effects import TINY, size_name
from huaxiang.personas.comparison.model import Comparison, Contrast, SideFigures, TagRow
from huaxiang.personas.scales import Scale
from huaxiang.personas.words import Words, listed

MOST = 3
"""Differences that the text names."""

_SHARE = Text("{tag} “{value}”: {figure_a} of {a}, {figure_b} of {b}", "{tag}“{value}”：{a} {figure_a}，{b} {figure_b}")
_MEAN = Text("{tag}, on average: {figure_a} for {a}, {figure_b} for {b}", "{tag}均值：{a} {figure_a}，{b} {figure_b}")
_MORE = Text(
    "; {size} more (95 %: {low} to {high}), a {name} difference",
    "，高 {size}（95% 置信区间 {low} 至 {high}），差异{name}",
)
_LESS = Text(
    "; {size} less (95 %: {low} to {high}), a {name} difference",
    "，低 {size}（95% 置信区间 {low} 至 {high}），差异{name}",
)
_UNSURE = Text(
    "; no reliable difference ({size}, 95 %: {low} to {high})", "，差异不显著（{size}，95% 置信区间 {low} 至 {high}）"
)
_THIN = Text("; few people", "，样本较少")

_SIZE = Text("{label}: {people} ({share} of all)", "{label}共 {people}（占全部的 {share}）")
_SMALL = Text("{label}: too few to show", "{label}人数过少，不予展示")
_NOBODY = Text("{label}: nobody", "{label}没有成员")
_BOTH = Text("{both} are in both", "其中 {both}同属两者")
_APART = Text("Where they differ most – {found}", "差异最大之处：{found}")
_ONLY_TINY = Text("They differ reliably, but nowhere by much: {found}", "存在统计上可靠的差异，但幅度都很小：{found}")
_ALIKE = Text("Nothing we know tells them apart reliably", "在已有标签上没有可靠的差异")
_SAME = Text(
    "No reliable difference in {tags}, which is not to say that there is none",
    "{tags}没有可靠的差异（不等于完全相同）",
)

TAGS_NAMED = 6
"""Tags without a reliable difference that the text names."""


def told(found: Comparison, scales: Mapping[str, Scale], currency: str) -> Comparison:
    """The comparison with a sentence for each difference and a text for the whole."""
    labels = {(row.tag, row.value): row.label for row in found.values}
    speakers = {language: Words(language, currency) for language in LANGUAGES}

    def statement(row: Contrast) -> Text:
        each = (
            _statement(row, found.sides, scales[row.tag], labels[row.tag, row.value], words)
            for words in speakers.values()
        )
        return Text(*each)

    contrasts = tuple(replace(row, statement=statement(row)) for row in found.contrasts)
    spoken = replace(found, contrasts=contrasts)
    return replace(spoken, text=Text(*(_text(spoken, words) for words in speakers.values())))


def telling(found: Comparison) -> Iterator[Contrast]:
    """The reliable difference that tells most of each tag, but for tags that define a side or repeat another."""
    fresh = {row.tag for row in found.tags if not row.defining and row.repeats is None}
    for row in found.contrasts:
        if row.significant and row.tag in fresh:
            fresh.discard(row.tag)
            yield row


def _statement(row: Contrast, sides: Sequence[SideFigures], scale: Scale, value: Text, words: Words) -> str:
    language = words.language
    shown = _Figures(row, scale, words)
    opening = (_MEAN if row.value is None else _SHARE)[language].format(
        tag=scale.tag.label[language],
        value=value[language],
        a=sides[row.a].label[language],
        b=sides[row.b].label[language],
        figure_a=shown.figure(row.figure_a),
        figure_b=shown.figure(row.figure_b),
    )
    thin = _THIN[language] if row.thin else ""
    return _ended(opening + shown.difference() + thin, language)


class _Figures:
    """How the figures of one difference are written."""

    def __init__(self, row: Contrast, scale: Scale, words: Words) -> None:
        self._row, self._scale, self._words = row, scale, words

    def figure(self, number: float | None) -> str:
        if number is None:
            return "–"
        return self._words.share(number) if self._row.value is not None else self._words.amount(self._scale.tag, number)

    def difference(self) -> str:
        """The difference and its interval, from the side that has more."""
        row = self._row
        if row.difference is None or row.low is None or row.high is None:
            return ""
        less = row.significant and row.difference < 0
        size, low, high = (-row.difference, -row.high, -row.low) if less else (row.difference, row.low, row.high)
        kind = _UNSURE if not row.significant else _LESS if less else _MORE
        language = self._words.language
        return kind[language].format(
            size=self._gap(size, unit=True),
            low=self._gap(low),
            high=self._gap(high),
            name=size_name(row.effect or 0.0)[language],
        )

    def _gap(self, number: float, *, unit: bool = False) -> str:
        if self._row.value is None:
            return self._words.amount(self._scale.tag, number).replace("-", "−")
        points = f"{number * 100:.1f}".replace("-", "−")
        points = "0.0" if points == "−0.0" else points
        return points + (Text(" points", " 个百分点")[self._words.language] if unit else "")


def _text(found: Comparison, words: Words) -> str:
    language = words.language
    parts = [_side(side, words) for side in found.sides]
    if len(found.sides) == 2 and found.overlaps[0].both:
        parts.append(_BOTH[language].format(both=words.people(found.overlaps[0].both)))
    sentences = [_ended(listed(parts, language), language)]
    if any(side.size == 0 or side.hidden for side in found.sides) and not found.contrasts:
        return sentences[0]
    return ("" if language == "zh" else " ").join([*sentences, *_differences(found, language)])


def _side(side: SideFigures, words: Words) -> str:
    label = side.label[words.language]
    if side.hidden or side.size is None:
        return _SMALL[words.language].format(label=label)
    if side.size == 0:
        return _NOBODY[words.language].format(label=label)
    return _SIZE[words.language].format(
        label=label, people=words.people(side.size), share=words.share(side.share or 0.0)
    )


def _differences(found: Comparison, language: Language) -> Iterator[str]:
    rows = list(telling(found))
    large = [row for row in rows if abs(row.effect or 0.0) >= TINY]
    if rows:
        kind, shown = (_APART, large[:MOST]) if large else (_ONLY_TINY, rows[:MOST])
        yield kind[language].format(found=listed([_bare(row.statement[language]) for row in shown], language)) + (
            "。" if language == "zh" else "."
        )
    elif found.contrasts:
        yield _ended(_ALIKE[language], language)
    same = [row for row in found.tags if _is_alike(row)]
    if rows and same:
        labels = [row.label[language] for row in same[:TAGS_NAMED]]
        yield _ended(_SAME[language].format(tags=("、" if language == "zh" else ", ").join(labels)), language)


def _is_alike(row: TagRow) -> bool:
    return row.largest is not None and not row.significant and not row.defining


def _bare(statement: str) -> str:
    return statement.rstrip(".。").replace("; ", ", ")


def _ended(text: str, language: Language) -> str:
    return text + ("。" if language == "zh" else ".")
