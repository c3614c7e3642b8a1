"""Plain values out of table rows."""

from __future__ import annotations

import json
import math
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text

SENSITIVE = "L4"
"""The privacy class of what is never told of one person or a few."""


class Row(dict[str, Any]):
    """A row of a table. A column that the table lacks is not known: older builds did not write it."""

    def __missing__(self, column: str) -> None:
        return None


def read(engine: Engine, name: str) -> list[dict[str, Any]]:
    """All rows of a small table, each a `Row`; none where the snapshot lacks it."""
    return [Row(row) for row in engine.rows(engine.table(name), step=f"figures: {name}")] if engine.has(name) else []


def as_float(value: Any) -> float | None:
    """A number for display: None stays None, and so does what is no number."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def as_count(value: Any) -> int | None:
    """A count, None where it is withheld."""
    number = as_float(value)
    return None if number is None else round(number)


def as_list_text(value: Any) -> str:
    """A text, or a list of texts joined with commas."""
    if value is None:
        return ""
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)


def as_text(row: dict[str, Any], name: str) -> Text:
    """The columns `<name>_en` and `<name>_zh` as one text; either alone serves both."""
    english, chinese = row.get(f"{name}_en") or "", row.get(f"{name}_zh") or ""
    return Text(english or chinese, chinese or english)


def as_json(value: Any) -> Any:
    """What a JSON column holds, whether the engine has read it already or not."""
    return json.loads(value) if isinstance(value, str) and value else value


def mask(identifier: str) -> str:
    """An identifier that can be recognised by who knows it and not be looked up by who does not."""
    return f"{identifier[:2]}••••{identifier[-2:]}" if len(identifier) > 6 else "••••"
