"""Trying again what others may refuse for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSES = (2.0, 10.0)
"""Seconds before the second and the third attempt."""


def attempted(
    act: Callable[[], T], passing: Callable[[Exception], bool], pause: Callable[[float], None] = time.sleep
) -> T:
    """What `act` returns; an error that is `passing` lets it be tried again, as often as there are `PAUSES`."""
    for seconds in PAUSES:
        try:
            return act()
        except Exception as error:
            if not passing(error):
                raise
        pause(seconds)
    return act()
