"""Amounts of money as readers of each language write them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from huaxiang.core.text import Language

if TYPE_CHECKING:
    from babel import Locale

_LOCALES: dict[Language, str] = {"en": "en_US", "zh": "zh_CN"}


def money_text(amount: float, currency: str, language: Language, digits: int | None = None) -> str:
    """An amount with the currency's short sign: `¥1,234.50`. `digits` None: as many as the currency has."""
    from babel.numbers import format_currency, get_currency_precision

    places = get_currency_precision(currency) if digits is None else digits
    pattern = "¤#,##0" + ("." + "0" * places if places else "")
    shown = format_currency(amount, currency, pattern, locale=_locale(language), currency_digits=False)
    return short_sign(shown, currency, language)


def short_sign(shown: str, currency: str, language: Language) -> str:
    """`shown` without the letters that tell a sign's country (CN¥ → ¥): a project has only one currency."""
    from babel.numbers import get_currency_symbol

    sign = get_currency_symbol(currency, locale=_locale(language))
    return shown.replace(sign, sign.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or sign)


@cache
def _locale(language: Language) -> Locale:
    """The language's locale; to look its name up among all takes longer than to write an amount."""
    from babel import Locale

    return Locale.parse(_LOCALES[language])
