"""What rules may speak of: the tags and segments of the build that serves, with their texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from huaxiang.console.parts.rule_builder import Choice
from huaxiang.console.rules import KINDS
from huaxiang.console.words import say, told


def value_labels(tag: Mapping[str, Any]) -> dict[str, str]:
    """Value → its text, for a row of the catalog."""
    values = tag.get("values") or {}
    read = json.loads(values) if isinstance(values, str) else values
    return {value: told({"label": label}) or value for value, label in read.items()}


def choices(tags: Iterable[Mapping[str, Any]], segments: Iterable[Mapping[str, Any]]) -> dict[str, Choice]:
    """Name → what a condition may be about, in the order of the catalogs; of equal names it is the tag."""
    found = {
        row["name"]: Choice(row["name"], told(row) or row["name"], KINDS.get(row["type"], "text"), value_labels(row))
        for row in tags
    }
    for row in segments:
        label = say("Segment: {name}", name=told(row) or row["name"])
        found.setdefault(row["name"], Choice(row["name"], label, "segment"))
    return found
