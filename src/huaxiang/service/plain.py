"""Dataclasses as the plain values that JSON holds."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from huaxiang.core.text import Text


def plain(value: Any) -> Any:
    """Dataclasses and texts as mappings, tuples as lists, all the way down."""
    match value:
        case Text():
            return value.as_dict()
        case tuple() | list():
            return [plain(part) for part in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
