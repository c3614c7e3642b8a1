"""Every text of the report in both languages: one table, by key."""

from __future__ import annotations

from huaxiang.core.text import Text
from huaxiang.report.texts import (
    charts,
    clusters,
    comparison,
    findings,
    interface,
    method,
    portraits,
    sections,
    trust,
    validation,
)

PARTS = (interface, sections, portraits, trust, validation, charts, findings, method, comparison, clusters)

TEXTS: dict[str, Text] = {
    key: Text(english, chinese) for part in PARTS for key, (english, chinese) in part.TEXTS.items()
}
"""Key → text. `{name}` stands for a figure."""


def text(key: str, **figures: object) -> Text:
    """The text `key` with its figures filled in; a figure that is a `Text` speaks each language.

    Raises:
        KeyError: there is no such text, or it wants a figure that is not given.
    """
    found = TEXTS[key]
    if not figures:
        return found
    english = {name: value.en if isinstance(value, Text) else value for name, value in figures.items()}
    chinese = {name: value.zh if isinstance(value, Text) else value for name, value in figures.items()}
    return Text(found.en.format(**english), found.zh.format(**chinese))
