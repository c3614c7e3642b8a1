"""Numbers, money, days and moments as the reader writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from huaxiang.console import context
from huaxiang.console.reader import reader
from huaxiang.console.words import say
from huaxiang.core.text import Language
from huaxiang.service.jobs.progress import step_in

NOTHING = "–"
_LOCALES: dict[Language, str] = {"en": "en_US", "zh": "zh_Hans_CN"}


def number(value: Any, digits: int = 0) -> str:
    """A number with its thousands marked: 12,345."""
    from babel.numbers import format_decimal

    if value is None:
        return NOTHING
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_locale())


def percent(share: Any, digits: int = 1) -> str:
    """A share between 0 and 1 as 12.3%."""
    from babel.numbers import format_percent

    if share is None:
        return NOTHING
    return format_percent(share, format="0" + ("." + "0" * digits if digits else "") + "%", locale=_locale())


def money(value: Any, currency: str) -> str:
    """An amount in the project's currency: ¥12,345."""
    from babel.numbers import format_currency

    if value is None:
        return NOTHING
    written = format_currency(value, currency, format="¤#,##0", currency_digits=False, locale=_locale())
    # There is one currency in a project: its sign needs no country.
    return written.replace("CN¥", "¥")


def moment(value: Any) -> str:
    """A moment as day and minute in the project's time zone; texts in ISO 8601 are read."""
    if value is None:
        return NOTHING
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    zone = ZoneInfo(context.served().project.loaded.spec.time_zone)
    return f"{read.astimezone(zone):%Y-%m-%d %H:%M}"


def about(count: int | None, margin: int) -> str:
    """A size as it is told: exact, or with how far the truth may lie from it; None where it is withheld."""
    if count is None:
        return say("too few to show")
    return f"≈ {number(count)} ± {margin}" if margin else number(count)


def step(name: str) -> str:
    """A step of a build: `read crm`, `读取 crm`."""
    return step_in(reader().language, name)


def value(found: Any) -> str:
    """Any value of a tag, as a person reads it."""
    match found:
        case None:
            return NOTHING
        case bool():
            return say("yes") if found else say("no")
        case int():
            return number(found)
        case float() | Decimal():
            return number(found, 0 if abs(float(found)) >= 100 or found == int(found) else 2)
        case datetime():
            return moment(found)
        case date():
            return found.isoformat()
        case list() | tuple():
            return ", ".join(map(value, found)) or NOTHING
        case _:
            return str(found)


def definition(parts: Mapping[str, Any]) -> str:
    """A definition, much as its file has it: a line per key, and one per element of a list of several things."""
    return "\n".join(f"{key}:{_written(part)}" for key, part in parts.items())


def _written(part: Any) -> str:
    if isinstance(part, list | tuple) and part and all(isinstance(each, Mapping) for each in part):
        lines = (", ".join(f"{key}:{_written(inner)}" for key, inner in each.items()) for each in part)
        return "".join(f"\n  - {line}" for line in lines)
    return f" {part}" if isinstance(part, str) else f" {json.dumps(part, ensure_ascii=False, default=str)}"


def _locale() -> str:
    return _LOCALES[reader().language]
