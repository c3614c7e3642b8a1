"""Numbers, money and days as readers of each language write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_decimal,
    format_percent,
)

from huaxiang.core.money import money_text, short_sign
from huaxiang.core.text import LANGUAGES, Language, Text

LOCALES: dict[Language, Locale] = {"en": Locale.parse("en_US"), "zh": Locale.parse("zh_CN")}
NONE = Text("–", "–")
"""What stands where there is no figure."""


def number(value: float | None, digits: int = 0) -> Text:
    """A number with `digits` decimal places."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _each(value, lambda figure, locale: format_decimal(figure, pattern, locale=locale))


def compact(value: float | None) -> Text:
    """A big number in few characters: 12.3K, 1.2万."""
    if value is not None and abs(value) < 10_000:
        return number(value)
    return _each(value, lambda figure, locale: format_compact_decimal(figure, locale=locale, fraction_digits=1))


def percent(value: float | None, digits: int = 1) -> Text:
    """A share of 0 to 1 as a percentage. What is not quite nothing says so rather than rounding to nothing."""
    smallest = 10.0 ** -(digits + 2)
    if value is not None and 0 < value < smallest / 2:
        return Text.of("<" + format_percent(smallest, _percent_pattern(digits), locale=LOCALES["en"]))
    return _each(value, lambda figure, locale: format_percent(figure, _percent_pattern(digits), locale=locale))


def points(value: float | None, digits: int = 1) -> Text:
    """A difference of two shares, in percentage points with its sign."""
    return _each(
        value,
        lambda figure, locale: format_decimal(figure * 100, _signed("0." + "0" * digits), locale=locale),
    )


def signed(value: float | None, digits: int = 1) -> Text:
    """A difference of two numbers, with its sign."""
    return _each(value, lambda figure, locale: format_decimal(figure, _signed("#,##0." + "0" * digits), locale=locale))


def money(value: float | None, currency: str, digits: int = 0) -> Text:
    """An amount in the project's currency."""
    if value is None:
        return NONE
    return Text(*(_minus(money_text(value, currency, language, digits)) for language in LANGUAGES))


def amount(value: float | None, type_: str, unit: str, currency: str) -> Text:
    """A number of a tag: money, a share, or a number with as many decimals as its size makes readable."""
    if value is None:
        return NONE
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    if type_ == "money" or unit == "currency":
        return money(value, currency, digits)
    return percent(value) if unit == "share" else number(value, digits)


def probability(value: float | None) -> Text:
    """A p- or q-value; a very small one is only said to be small."""
    return Text.of("<0.001") if value is not None and value < 0.001 else number(value, 3)


def pair(text: Text) -> list[str]:
    """A text as scripts read it: once if the languages agree, else English and Chinese."""
    return [text.en] if text.en == text.zh else [text.en, text.zh]


def compact_money(value: float | None, currency: str) -> Text:
    """A big amount in few characters: ¥1.2M, ¥120.0万."""
    if value is None or abs(value) < 10_000:
        return money(value, currency)

    def one(language: Language) -> str:
        shown = format_compact_currency(value, currency, locale=LOCALES[language], fraction_digits=1)
        return _minus(short_sign(shown, currency, language))

    return Text(*(one(language) for language in LANGUAGES))


def day(value: str) -> Text:
    """A day written out, from text that begins with an ISO date; other text stays as it is."""
    try:
        parsed = date.fromisoformat(value[:10])
    except ValueError:
        return Text.of(value) if value else NONE
    return Text(*(format_date(parsed, "long", locale=LOCALES[language]) for language in LANGUAGES))


def _each(value: float | None, show: Callable[[float, Locale], str]) -> Text:
    if value is None:
        return NONE
    return Text(*(_minus(show(value, LOCALES[language])) for language in LANGUAGES))


def _minus(shown: str) -> str:
    """The text with the sign of subtraction rather than a hyphen."""
    return shown.replace("-", "−")


def _percent_pattern(digits: int) -> str:
    return "0" + ("." + "0" * digits if digits else "") + "%"


def _signed(pattern: str) -> str:
    return f"+{pattern};-{pattern}"
