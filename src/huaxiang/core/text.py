"""Text in the two languages that every reader is served in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def accepted(header: str) -> Language:
    """Which of our languages the header `Accept-Language` of a request asks for most (RFC 9110); else English.

    Of equals it is the first; one of weight 0 is not wanted at all.
    """
    weighed: list[tuple[float, Language]] = []
    for wanted in header.lower().split(","):
        name, *parameters = (part.strip() for part in wanted.split(";"))
        weight = next(map(_weight, (part for part in parameters if part.startswith("q="))), 1.0)
        spoken = re.split("[-_]", name)[0]
        weighed += [(weight, language) for language in LANGUAGES if spoken == language and weight > 0]
    return max(weighed, key=lambda each: each[0], default=(0.0, LANGUAGES[0]))[1]


def _weight(parameter: str) -> float:
    """The weight that `q=0.8` says; 0 where it says none, as of what makes no sense."""
    found = re.fullmatch(r"q=([01](?:\.\d{0,3})?)", parameter)
    return float(found[1]) if found else 0.0


@dataclass(frozen=True)
class Text:
    """One text in English and Chinese. A definition may write a plain string, which then serves both."""

    en: str
    zh: str

    @classmethod
    def of(cls, value: Any) -> Text:
        """Read a plain string or a mapping `{en: …, zh: …}`; either language alone serves both.

        Raises:
            ValueError: `value` is neither, or has other keys.
        """
        if isinstance(value, Text):
            return value
        if isinstance(value, str):
            return cls(value, value)
        if isinstance(value, dict) and value and set(value) <= set(LANGUAGES):
            english, chinese = value.get("en"), value.get("zh")
            if all(text is None or isinstance(text, str) for text in (english, chinese)):
                first = english or chinese
                if first:
                    return cls(english or first, chinese or first)
        raise ValueError("a text is a string or {en: …, zh: …}")

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def as_dict(self) -> dict[str, str]:
        """The text as a mapping of language to string, for JSON."""
        return {"en": self.en, "zh": self.zh}
