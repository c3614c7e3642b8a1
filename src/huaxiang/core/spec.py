"""What every definition has in common: frozen, refusing unknown keys, remembering where it was written."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from huaxiang.core.findings import NOWHERE, Location
from huaxiang.core.moments import Duration, Window
from huaxiang.core.text import Text

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")

EVERYONE = "everyone"
"""The segment that is always there and holds all customers: the base of portraits, a name in set algebra."""


def _name(value: Any) -> str:
    if not isinstance(value, str) or not NAME_PATTERN.fullmatch(value):
        raise ValueError(f"'{value}' is no name: use a-z, 0-9 and _, starting with a letter")
    return value


def _duration(value: Any) -> Duration:
    return value if isinstance(value, Duration) else Duration.parse(str(value))


def _window(value: Any) -> Window:
    if isinstance(value, Window):
        return value
    if isinstance(value, dict):
        if not set(value) <= {"from", "to"}:
            raise ValueError("a window is a duration such as 90d, or {from: 180d, to: 90d}")
        start = _duration(value["from"]) if value.get("from") else None
        end = _duration(value["to"]) if value.get("to") else None
        if start and end and start <= end:
            raise ValueError("a window's 'from' lies further back than its 'to'")
        return Window(start, end)
    return Window(_duration(value))


def _time_zone(value: str) -> str:
    from zoneinfo import available_timezones

    from huaxiang.core.findings import near_miss

    zones = available_timezones()
    if value not in zones:
        guess = near_miss(value, zones)
        hint = f"did you mean '{guess}'?" if guess else "write one such as Asia/Shanghai"
        raise ValueError(f"'{value}' is no time zone of the IANA list: {hint}")
    return value


NameField = Annotated[str, BeforeValidator(_name)]
"""A name in a definition: lower case, digits, underscores."""

TextField = Annotated[Text, BeforeValidator(Text.of), PlainSerializer(Text.as_dict)]
"""A label or description in one or two languages."""

DurationField = Annotated[Duration, BeforeValidator(_duration), PlainSerializer(str)]
"""A duration such as `90d`."""

WindowField = Annotated[Window, BeforeValidator(_window), PlainSerializer(str)]
"""A window such as `90d`, or `{from: 180d, to: 90d}`."""

TimeZoneField = Annotated[str, AfterValidator(_time_zone)]
"""A time zone of the IANA list."""


class Spec(BaseModel):
    """The base of all definitions.

    `at` is where the definition was written. `lines` maps the path of each of its keys
    (`"cases.0.when"`) to its line, so that a finding can name the very line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)

    name: str = ""
    at: Location = Field(default=NOWHERE, exclude=True, repr=False)
    lines: dict[str, int] = Field(default_factory=dict, exclude=True, repr=False)

    def place(self, *path: str | int) -> Location:
        """The place of the key at `path`, or the nearest one above it that is known."""
        keys = [str(part) for part in path]
        while keys:
            line = self.lines.get(".".join(keys))
            if line:
                return Location(self.at.file, line)
            keys.pop()
        return self.at
