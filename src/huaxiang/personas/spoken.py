"""The numbers that a text speaks of, in figures and in words, English and Chinese: `27.5%`, `1.2万`, 三成, half, twice.

Used to check what a language model wrote. Where a word could be a number or not – 一些, one of them – it is none;
everything that states an amount is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "percent", "ratio"]

ROUGH = 2.5
"""Percentage points by which a word such as 三成 or half may be off."""


@dataclass(frozen=True)
class Spoken:
    """A number as it stands in a text. `slack`: by how much a figure may differ from it and still be called so."""

    said: str
    value: float
    kind: Kind
    slack: float


Reader = Callable[[re.Match[str]], Iterator[Spoken]]


def spoken(text: str) -> list[Spoken]:
    """Every number that `text` states."""
    plain = unicodedata.normalize("NFKC", text)
    found: list[Spoken] = []
    for pattern, read in _READERS:
        spans = []
        for match in pattern.finditer(plain):
            spans.append(match.span())
            found += read(match)
        # What was read is gone: 百分之三十 holds no 三十 beside it.
        for start, end in spans:
            plain = plain[:start] + "\n" * (end - start) + plain[end:]
    return found


def unsupported(text: str, facts: str) -> list[str]:
    """The numbers of `text`, as it says them, that no number of `facts` stands behind."""
    known = spoken(facts)
    return [one.said for one in spoken(text) if not any(_is_said_of(one, fact) for fact in known)]


def _is_said_of(one: Spoken, fact: Spoken) -> bool:
    return one.kind == fact.kind and (one.value == fact.value or abs(one.value - fact.value) <= one.slack + 1e-9)


# -- figures ------------------------------------------------------------------------------------------------------

_POWERS = {
    "": 1.0, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8,
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9,
}  # fmt: skip
_FIGURE = re.compile(
    r"(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<power>百万|千万|千|万|亿|thousand\b|million\b|billion\b|bn\b|[km]\b)?\s*"
    r"(?P<kind>%|percentage points?\b|per ?cent\b|个?百分点|times\b|[x×]|-?fold\b|倍|成半|成)?",
    re.IGNORECASE,
)


def _figure(match: re.Match[str]) -> Iterator[Spoken]:
    digits = match["number"].replace(",", "").rstrip(".")
    power = _POWERS[(match["power"] or "").lower()]
    step = 10.0 ** -len(digits.partition(".")[2]) * power
    value, word = float(digits) * power, (match["kind"] or "").lower()
    if word in ("成", "成半"):
        yield Spoken(match[0], value * 10 + (5 if word == "成半" else 0), "percent", ROUGH)
    else:
        yield Spoken(match[0].strip(), value, _kind(word), step / 2)


def _figure_fraction(match: re.Match[str]) -> Iterator[Spoken]:
    yield Spoken(match[0], 100 * int(match[2]) / max(int(match[1]), 1), "percent", ROUGH)


def _kind(word: str) -> Kind:
    if word == "%" or word.startswith("per") or word.endswith("百分点"):
        return "percent"
    return "ratio" if word else "plain"


# -- Chinese words ------------------------------------------------------------------------------------------------

_DIGITS = {char: i for i, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = "[零〇一二两三四五六七八九十百千万亿点]+"
_COUNTED = "人|名|位|岁|元|天|单|次|件|个月|个|年|小时|分钟|分|周|种|类|家|项|条|倍|万|亿"
_ARTICLE = re.compile("^一(?:个|种|类|位|名|次|件|条|项|家|年|天|周|分)$")


def chinese_number(words: str) -> float:
    """The number that Chinese words name: 三百二十 is 320, 一点五万 is 15,000."""
    whole, _, decimals = words.partition("点")
    tail = "".join(char for char in decimals if char in "万亿")
    total, section, digit = 0.0, 0.0, 0.0
    for char in whole:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (digit or 1) * _TENS[char]
            digit = 0
        else:
            total = (total + section + digit) * _POWERS[char]
            section = digit = 0
    total += section + digit
    for place, char in enumerate((char for char in decimals if char in _DIGITS), 1):
        total += _DIGITS[char] / 10**place
    for char in tail:
        total *= _POWERS[char]
    return total


def _share(match: re.Match[str]) -> Iterator[Spoken]:
    yield Spoken(match[0], chinese_number(match[1]), "percent", 0.5)


def _tenths(match: re.Match[str]) -> Iterator[Spoken]:
    yield Spoken(match[0], chinese_number(match[1]) * 10 + (5 if match[2] else 0), "percent", ROUGH)


def _fraction(match: re.Match[str]) -> Iterator[Spoken]:
    parts = chinese_number(match[1])
    yield Spoken(match[0], 100 * chinese_number(match[2]) / parts if parts else 0.0, "percent", ROUGH)


def _counted(match: re.Match[str]) -> Iterator[Spoken]:
    # 一个 is an article, 十分 means very, 千万 by all means.
    if _ARTICLE.match(match[0]) or match[0] == "十分" or not set(match[1]) & {*_DIGITS, "十"}:
        return
    words, unit = match[1], match[2]
    value = chinese_number(words)
    kind: Kind = "ratio" if unit == "倍" else "plain"
    yield Spoken(match[0], value * _POWERS.get(unit, 1.0), kind, 0.0)


def _constant(value: float, kind: Kind, slack: float) -> Reader:
    def read(match: re.Match[str]) -> Iterator[Spoken]:
        yield Spoken(match[0], value, kind, slack)

    return read


# -- English words ------------------------------------------------------------------------------------------------

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS_OF = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH = {word: i for i, word in enumerate(_SMALL)} | {word: 10 * i for i, word in enumerate(_TENS_OF, 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_WORD = "|".join(sorted((*_ENGLISH, *_SCALES), key=len, reverse=True))
_WORDS = rf"\b((?:a )?(?:{_WORD})(?:(?:[\s-]|\sand\s)+(?:{_WORD}))*)(?=fold|\b)"
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}


def english_number(words: str) -> float:
    """The number that English words name: three hundred and twenty is 320."""
    total, section = 0.0, 0.0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _ENGLISH:
            section += _ENGLISH[word]
        elif word in _SCALES and _SCALES[word] < 1000:
            section = (section or 1) * _SCALES[word]
        elif word in _SCALES:
            total += (section or 1) * _SCALES[word]
            section = 0
    return total + section


def _english(match: re.Match[str]) -> Iterator[Spoken]:
    word = (match[2] or "").lower()
    # “One of them” is an article; one percent and one time are amounts.
    if match[1].lower() == "one" and not word:
        return
    yield Spoken(match[0].strip(), english_number(match[1]), _kind(word), 0.5 if word.startswith("per") else 0.0)


def _english_fraction(match: re.Match[str]) -> Iterator[Spoken]:
    first = match[1].lower()
    over = 1.0 if first in ("a", "one") else english_number(first)
    yield Spoken(match[0], 100 * over / _PARTS[match[2].lower().removesuffix("s")], "percent", ROUGH)


def _one_in(match: re.Match[str]) -> Iterator[Spoken]:
    numbers = [float(part) if part.isdigit() else english_number(part) for part in (match[1], match[2])]
    yield Spoken(match[0], 100 * numbers[0] / numbers[1] if numbers[1] else 0.0, "percent", ROUGH)


# -- all of them --------------------------------------------------------------------------------------------------

_HALF = _constant(50, "percent", ROUGH)
_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(rf"\b(\d+|one|two|three|four|nine) (?:in|out of)(?: every)? (\d+|{_WORD})\b", re.IGNORECASE), _one_in),
    (re.compile(r"(\d+)分之(\d+)"), _figure_fraction),
    (_FIGURE, _figure),
    (re.compile(f"百分之({_NUMBER})"), _share),
    (re.compile(f"({_NUMBER})成(半)?(?![为了就本员交功立长])"), _tenths),
    (re.compile(f"({_NUMBER})分之({_NUMBER})"), _fraction),
    (re.compile("一半|半数|过半|(?<=近)半|半(?=以上)"), _HALF),
    (re.compile("翻一番|翻番|翻倍|加倍|双倍"), _constant(2, "ratio", 0.0)),
    (re.compile(f"({_NUMBER})({_COUNTED})"), _counted),
    (
        re.compile(r"\b(a|one|two|three|four|nine)[\s-](third|quarter|fifth|tenth)s?\b", re.IGNORECASE),
        _english_fraction,
    ),
    (re.compile(r"\bhal(?:f|ves)\b", re.IGNORECASE), _HALF),
    (re.compile(r"\b(?:twice|doubles?|doubled)\b", re.IGNORECASE), _constant(2, "ratio", 0.0)),
    (re.compile(r"\b(?:thrice|triples?|tripled)\b", re.IGNORECASE), _constant(3, "ratio", 0.0)),
    (re.compile(rf"{_WORDS}[\s-]?(per ?cent\b|percentage points?\b|times\b|fold\b)?", re.IGNORECASE), _english),
)
"""How numbers are read, one after the other: what one has read is gone for the next."""
