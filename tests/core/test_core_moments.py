"""Moments, durations and windows: civil days in the project's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.core.moments import ALL_TIME, Duration, Moment, Window


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("90d", 2160), ("4w", 672), (" 7D ", 168)])
def test_a_duration_is_a_number_and_a_unit(text, hours):
    assert Duration.parse(text) == Duration(hours)


@pytest.mark.parametrize("text", ["", "90", "0d", "-3d", "3 months", "1.5d", "d"])
def test_anything_else_is_no_duration(text):
    with pytest.raises(ValueError, match="90d"):
        Duration.parse(text)


@given(st.integers(1, 10_000))
def test_a_duration_reads_what_it_writes(hours):
    assert Duration.parse(str(Duration(hours))) == Duration(hours)


def test_a_date_is_its_midnight_in_the_time_zone():
    assert Moment.parse("2026-06-30", "Asia/Shanghai").utc == utc("2026-06-29T16:00:00")
    assert Moment.parse(date(2026, 6, 30), "Asia/Shanghai").utc == utc("2026-06-29T16:00:00")


def test_a_time_without_offset_is_the_time_zones_and_one_with_offset_keeps_it():
    assert Moment.parse("2026-06-30T12:00:00", "Asia/Shanghai").utc == utc("2026-06-30T04:00:00")
    assert Moment.parse("2026-06-30T12:00:00+00:00", "Asia/Shanghai").utc == utc("2026-06-30T12:00:00")


def test_what_is_no_moment_says_how_to_write_one():
    with pytest.raises(ValueError, match="2026-06-30T12:00:00"):
        Moment.parse("June", "UTC")


def test_days_back_keep_the_clock_over_summer_time_and_hours_are_elapsed():
    # In Berlin clocks went forward on 29 March 2026: that day had 23 hours.
    moment = Moment.parse("2026-03-30", "Europe/Berlin")
    assert moment.utc == utc("2026-03-29T22:00:00")
    assert moment.back(Duration.parse("1d")) == utc("2026-03-28T23:00:00")
    assert moment.back(Duration.parse("23h")) == utc("2026-03-28T23:00:00")


def test_a_window_is_half_open_and_ends_at_as_of():
    moment = Moment.parse("2026-06-30", "UTC")
    assert Window(Duration.parse("90d")).bounds(moment) == (utc("2026-04-01T00:00:00"), utc("2026-06-30T00:00:00"))
    assert ALL_TIME.bounds(moment) == (None, moment.utc)
    past = Window(Duration.parse("180d"), Duration.parse("90d"))
    assert past.bounds(moment)[1] == utc("2026-04-01T00:00:00")


def test_a_moment_shows_itself_as_it_is_written():
    assert str(Moment.parse("2026-06-30", "Asia/Shanghai")) == "2026-06-30"
    assert str(Moment.parse("2026-06-30T12:30:00", "Asia/Shanghai")) == "2026-06-30T12:30:00+08:00"
