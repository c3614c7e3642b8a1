"""Masking: what somebody sees of a value that is of a higher privacy class than they may see. The one place for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from huaxiang.access.people import Actor
from huaxiang.core.tables import SENSITIVE, Privacy

HIDDEN = "****"
"""What stands for a value of which nothing is shown: as long for all, so that its length tells nothing."""

NAMES = frozenset({"name", "full_name", "given_name", "family_name", "nickname", "receiver", "contact_name"})
"""Columns that hold what people are called."""

_PHONE = re.compile(r"(?:(?:\+|00)86[\s-]?)?(1[3-9]\d)[\s-]?\d{4}[\s-]?(\d{4})")
_FOREIGN_PHONE = re.compile(r"(\+\d{1,3})[\d\s-]{4,}(\d{2})")
_EMAIL = re.compile(r"([^@\s])[^@\s]*(@[^@\s]+\.[^@\s]+)")

_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_PHONE, lambda found: f"{found[1]}****{found[2]}"),
    (_FOREIGN_PHONE, lambda found: f"{found[1]}****{found[2]}"),
    (_EMAIL, lambda found: f"{found[1]}***{found[2]}"),
)
"""What texts of class L3 look like → what is shown of them; texts of any other shape are hidden."""


def masked(value: Any, privacy: Privacy, actor: Actor, column: str = "") -> Any:
    """`value`, of class `privacy`, as `actor` sees it: in clear, else so that those who know it recognise it.

    Of class L3: phones `138****1234`, addresses of mail `l***@example.com`, names (where `column` is one of `NAMES`)
    `张**`, days and moments their year. All else, and all of class L4, is `****`. None stays None: that nothing is
    known is no secret.
    """
    if value is None or privacy <= actor.sees:
        return value
    if privacy == SENSITIVE:
        return HIDDEN
    if isinstance(value, date):
        return f"{value:%Y}"
    return _text(value.strip(), column) if isinstance(value, str) else HIDDEN


def _text(value: str, column: str) -> str:
    if column in NAMES and value:
        return f"{value[0]}**"
    for shape, shown in _SHAPES:
        found = shape.fullmatch(value)
        if found:
            return shown(found)
    return HIDDEN
