"""What the console says: English in the code, Chinese from a gettext catalogue.

`say("{n} customers", n=5)` is the text for the reader of the present page; `later("Customers")` marks a text that is
said elsewhere. A test compares the marked texts with the catalogue; `python tools/messages.py` adds new ones to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from huaxiang.console.reader import reader
from huaxiang.core import messages
from huaxiang.core.text import Language, Text


def say(message: str, **figures: Any) -> str:
    """`message` in the language of the reader, with `figures` in its braces."""
    return said(message, reader().language, **figures)


def said(message: str, language: Language, **figures: Any) -> str:
    """`message` in `language`."""
    text = catalogue().get(message, message) if language == "zh" else message
    return text.format(**figures) if figures else text


def later(message: str) -> str:
    """`message` itself, marked for translation: it is said by `say` where it is shown."""
    return message


def told(row: Mapping[str, Any], name: str = "label") -> str:
    """The text `name` of a row that has it in both languages: as `label_en` and `label_zh`, or `label` with both."""
    language = reader().language
    if f"{name}_{language}" in row:
        return str(row[f"{name}_{language}"] or "")
    value = row.get(name)
    if isinstance(value, Mapping) and not any(value.values()):
        return ""  # a definition without one
    return str(Text.of(value)[language]) if value else ""


def passed_on(message: object) -> str:
    """What an error, a finding or a run says, in the language of the reader."""
    return messages.told(str(message), reader().language)


def named(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Name → what the reader calls it, of the rows of a catalog."""
    return {row["name"]: told(row) or row["name"] for row in rows}


@cache
def catalogue() -> Mapping[str, str]:
    """English → Chinese."""
    texts = messages.read_catalogue("huaxiang.console", "console")
    return {str(text.id): str(text.string) for text in texts if text.id and text.string}
