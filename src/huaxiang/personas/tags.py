"""What a portrait has to know about a tag, read from the catalog of a build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import LANGUAGES, Text
from huaxiang.core.types import Type, of_ibis

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine

NOTHING = Text("", "")


@dataclass(frozen=True)
class Tag:
    """A built tag. `distinct` is the number of its values, `known` the number of customers who have one."""

    name: str
    type: Type
    label: Text
    dimension: str = ""
    category: str = ""
    privacy: str = "L2"
    unit: str = ""
    distinct: int = 0
    known: int = 0
    values: Mapping[str, Text] = field(default_factory=dict)
    definition: str = "{}"
    dimension_label: Text = NOTHING

    @cached_property
    def defined(self) -> dict[str, Any]:
        """The definition as a mapping."""
        return json.loads(self.definition or "{}")

    @property
    def is_province(self) -> bool:
        """Whether the tag says in which province somebody lives, as a source wrote it."""
        return self.defined.get("attribute") == "province"

    @property
    def is_time_since(self) -> bool:
        """Whether it says how long ago something was: the number grows by itself, and less of it is more."""
        defined = self.defined
        return self.type.is_temporal or any(
            _OF_TIME_SINCE.match(str(defined.get(key, ""))) for key in ("value", "expression")
        )

    @cached_property
    def is_quantity(self) -> bool:
        """Whether more or less of the number means anything: not of the hour of a day or the month of a year."""
        defined = self.defined
        return not any(_OF_A_CALENDAR.match(str(defined.get(key, ""))) for key in ("value", "expression"))

    @cached_property
    def measured(self) -> str:
        """What an aggregate measures, whatever the window; empty for other tags."""
        defined = self.defined
        return json.dumps({key: defined.get(key) for key in ("table", "value", "where")}) if "table" in defined else ""

    def value_label(self, value: str) -> Text:
        """What readers see for `value`: the label that the tag gives it, else the value itself."""
        if value in self.values:
            return self.values[value]
        return BOOLEANS.get(value, Text(value, value)) if self.type is Type.BOOLEAN else Text(value, value)


_OF_A_CALENDAR = re.compile(r"\s*(top\s*\(\s*)?(hour|weekday|day|month|year)\s*\(")

_OF_TIME_SINCE = re.compile(r"\s*days_since\s*\(")

UNKNOWN = "unknown"
"""The value by which tags of the library say that there is too little to judge by: a value, but no trait."""

BOOLEANS = {"true": Text("yes", "是"), "false": Text("no", "否")}


def read_tags(engine: Engine) -> dict[str, Tag]:
    """The tags of a build that are columns of its profiles, in the order of the catalog."""
    profiles = engine.table("profiles")
    types = {name: of_ibis(dtype) for name, dtype in profiles.schema().items()}
    rows = engine.rows(engine.table("tag_catalog"), step="personas: tag catalog")
    size = engine.rows(profiles.aggregate(size=profiles.count()), step="personas: customers")[0]["size"]
    return {row["name"]: _tag(row, types[row["name"]], size) for row in rows if row["name"] in types}


def defining(rule: str, rules: Mapping[str, str], tags: Mapping[str, Tag]) -> frozenset[str]:
    """The tags that a segment's rule rests on, with all that these are computed from.

    They differ between members and others because the rule says so; telling about them would tell nothing.
    `rules` maps every segment to its rule.
    """
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [rule]
    while waiting:
        text = waiting.pop()
        for segment in set(_IN_SEGMENT.findall(text)) & set(rules) - seen:
            seen.add(segment)
            waiting.append(rules[segment])
        for name in set(_NAME.findall(_QUOTED.sub("", text))) & set(tags) - found:
            found.add(name)
            waiting.extend(_parts(tags[name].defined))
    return frozenset(found)


_NAME = re.compile(r"[a-z][a-z0-9_]*")
_QUOTED = re.compile(r"'[^']*'")
_IN_SEGMENT = re.compile(r"in_segment\s*\(\s*'([^']*)'")
_READS_TAGS = frozenset({"expression", "when", "where", "of", "sql"})


def _parts(definition: Any, key: str = "") -> Iterable[str]:
    """The texts of a definition that may speak of other tags. What an aggregate reads are columns of facts."""
    if isinstance(definition, str):
        return [definition] if key in _READS_TAGS else []
    if isinstance(definition, list):
        return [part for item in definition for part in _parts(item, key)]
    if isinstance(definition, dict) and not definition.get("table"):
        return [part for name, item in definition.items() for part in _parts(item, name)]
    return []


def _tag(row: Mapping[str, Any], type_: Type, customers: int) -> Tag:
    values = json.loads(row["values"] or "{}")
    return Tag(
        name=row["name"],
        type=type_,
        label=Text(row["label_en"] or row["name"], row["label_zh"] or row["name"]),
        dimension=row["dimension"] or "",
        category=row["category"] or "",
        privacy=row["privacy"] or "L2",
        unit=row["unit"] or "",
        distinct=row["distinct"] or 0,
        known=round((row["coverage"] or 0.0) * customers),
        values={value: Text.of(label) for value, label in values.items()},
        definition=row["definition"] or "{}",
        dimension_label=Text(*(row.get(f"dimension_{x}") or row["dimension"] or "" for x in LANGUAGES)),
    )
