"""The moment that an expression is evaluated at: one for all rows, or each row's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RowMoment:
    """Each row's own moment: `value` is an Ibis timestamp, in a session whose time zone is `zone`."""

    value: Any
    zone: str

    @property
    def day(self) -> Any:
        """The civil day of each row's moment, as an Ibis date."""
        return self.value.date()
