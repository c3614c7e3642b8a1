"""Moments, civil days and windows. Times are stored in UTC and cut into days in the project's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DURATION = re.compile(r"(\d+)\s*([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


@dataclass(frozen=True, order=True)
class Duration:
    """A length of time such as `90d`. Days and weeks are civil days, hours are elapsed time."""

    hours: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `12h`, `90d` or `4w`.

        Raises:
            ValueError: `text` is none of these, or is zero.
        """
        match = _DURATION.fullmatch(text.strip().lower())
        if not match or int(match[1]) == 0:
            raise ValueError(f"'{text}' is no duration: write a number and h, d or w, such as 90d")
        return cls(int(match[1]) * _HOURS[match[2]])

    @property
    def days(self) -> float:
        """The length in days."""
        return self.hours / 24

    def __str__(self) -> str:
        return f"{self.hours // 24}d" if self.hours % 24 == 0 else f"{self.hours}h"


@dataclass(frozen=True)
class Window:
    """The half-open stretch `[as_of − start, as_of − end)`; `start` None reaches back to the first fact."""

    start: Duration | None = None
    end: Duration | None = None

    def bounds(self, moment: Moment) -> tuple[datetime | None, datetime]:
        """The window's first moment (None: no limit) and the moment it ends before, in UTC."""
        start = moment.back(self.start) if self.start else None
        return start, moment.back(self.end) if self.end else moment.utc

    def __str__(self) -> str:
        span = str(self.start) if self.start else "all"
        return f"{span} to {self.end}" if self.end else span


ALL_TIME = Window()


@dataclass(frozen=True)
class Moment:
    """The `as_of` of a build: a moment in UTC with the time zone in which days are counted."""

    utc: datetime
    zone: str

    @classmethod
    def parse(cls, value: str | date | datetime, zone: str) -> Moment:
        """Read a date (its midnight in `zone`), or a date and time (in `zone` unless it has an offset).

        Raises:
            ValueError: `value` is neither.
        """
        if isinstance(value, str):
            text = value.strip()
            try:
                parsed: date | datetime = date.fromisoformat(text)
            except ValueError:
                try:
                    parsed = datetime.fromisoformat(text)
                except ValueError:
                    message = f"'{value}' is neither a date (2026-06-30) nor a moment (2026-06-30T12:00:00)"
                    raise ValueError(message) from None
        else:
            parsed = value
        if not isinstance(parsed, datetime):
            parsed = datetime.combine(parsed, time())
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=ZoneInfo(zone))
        return cls(parsed.astimezone(UTC), zone)

    @property
    def local(self) -> datetime:
        """The moment on the clocks of the project's time zone."""
        return self.utc.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """The civil day of the moment."""
        return self.local.date()

    def back(self, duration: Duration) -> datetime:
        """The moment `duration` earlier, in UTC: whole days keep the clock time across summer time."""
        days, hours = divmod(duration.hours, 24)
        start = self.utc
        # Not through the clock where nothing is to be kept: it shows an hour twice when summer time ends.
        if days:
            local = self.local.replace(tzinfo=None) - timedelta(days=days)
            start = local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        return start - timedelta(hours=hours)

    def forward(self, duration: Duration) -> datetime:
        """The moment `duration` later, in UTC: whole days keep the clock time across summer time."""
        days, hours = divmod(duration.hours, 24)
        end = self.utc
        if days:
            local = self.local.replace(tzinfo=None) + timedelta(days=days)
            end = local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        return end + timedelta(hours=hours)

    def __str__(self) -> str:
        local = self.local
        return local.date().isoformat() if local.time() == time() else local.isoformat()
