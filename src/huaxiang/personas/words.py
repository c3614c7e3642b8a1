"""Figures in words, in English and Chinese: shares, people, money, amounts with their unit."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.core.money import money_text
from huaxiang.core.text import Language, Text
from huaxiang.core.types import Type
from huaxiang.personas.tags import Tag

_UNITS = {
    "years": Text(" years", " 岁"),
    "months": Text(" months", " 个月"),
    "weeks": Text(" weeks", " 周"),
    "days": Text(" days", " 天"),
    "hours": Text(" hours", " 小时"),
    "minutes": Text(" minutes", " 分钟"),
    "orders": Text(" orders", " 单"),
    "items": Text(" items", " 件"),
    "points": Text(" points", " 分"),
    "stars": Text(" stars", " 星"),
    "bits": Text(" bits", " 比特"),
    "ratio": Text("", ""),
    "": Text("", ""),
}


@dataclass(frozen=True)
class Words:
    """How figures are written in one language. `currency` is a code of ISO 4217."""

    language: Language
    currency: str = "CNY"

    def people(self, count: int) -> str:
        """`1,234 customers`, `1,234 人`."""
        if self.language == "zh":
            return f"{count:,} 人"
        return f"{count:,} {'customer' if count == 1 else 'customers'}"

    def share(self, share: float) -> str:
        """A share as a percentage with one decimal; never a rounded 0 % or 100 % for what is neither."""
        shown = f"{share:.1%}"
        if share > 0 and shown == "0.0%":
            return "<0.1%" if self.language == "en" else "不足 0.1%"
        if share < 1 and shown == "100.0%":
            return ">99.9%" if self.language == "en" else "99.9% 以上"
        return shown.replace(".0%", "%") if share in (0, 1) else shown

    def amount(self, tag: Tag, number: float) -> str:
        """A number of a tag with its unit, to about three digits."""
        if tag.unit == "share":
            return self.share(number)
        if tag.unit == "currency" or tag.type is Type.MONEY:
            return money_text(number, self.currency, self.language, 0 if abs(number) >= 1000 else None)
        unit = _UNITS.get(tag.unit, Text(f" {tag.unit}", f" {tag.unit}"))
        shown, named = plain(number), unit[self.language]
        return shown + (named.removesuffix("s") if shown == "1" and self.language == "en" else named)


def plain(number: float) -> str:
    """`1,234`, `123.4`, `12.34`, `2`."""
    size = abs(number)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def listed(parts: list[str], language: Language) -> str:
    """Parts in a row, as a sentence lists them; parts may hold commas of their own."""
    return ("；" if language == "zh" else "; ").join(parts)


def sentence(text: str, language: Language) -> str:
    """`text`, ended as a sentence is."""
    ended = text.rstrip()
    if not ended or ended[-1] in ".!?。！？…":
        return ended
    return ended + ("。" if language == "zh" else ".")
