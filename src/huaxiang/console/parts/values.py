"""Values of tags as people read them: with their text, unit and currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from huaxiang.console import context, shown
from huaxiang.console.choices import value_labels
from huaxiang.console.words import told
from huaxiang.core.labels import UNITS

_TIMES = ("minutes", "hours", "days", "weeks", "months", "years")
"""Units that a number does not go without."""


def shown_as(tag: Mapping[str, Any], labels: Mapping[str, str]) -> Callable[[Any], str]:
    """What writes a value of `tag`, a row of the catalog; `labels` are the texts of its values."""
    from huaxiang.console.reader import reader

    unit, currency = tag.get("unit") or "", context.served().project.loaded.spec.currency
    language = reader().language

    def write(value: Any) -> str:
        if value is None:
            return shown.NOTHING
        if isinstance(value, str):
            return labels.get(value, value)
        if isinstance(value, list):
            return ", ".join(labels.get(str(each), str(each)) for each in value) or shown.NOTHING
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return shown.value(value)
        if unit in ("share", "probability"):
            return shown.percent(value)
        if tag["type"] == "money" or unit == "currency":
            return shown.money(value, currency)
        written = shown.value(value)
        return f"{written} {UNITS[unit][language]}" if unit in _TIMES else written

    return write


def tag_and_value(name: str, value: Any, catalog: Mapping[str, Mapping[str, Any]]) -> str:
    """A tag with its value in one line: `Value tier: High`; `catalog` holds the rows of tags by name."""
    tag = catalog.get(name)
    if tag is None:
        return f"{name}: {shown.value(value)}"
    return f"{told(tag) or name}: {shown_as(tag, value_labels(tag))(value)}"
