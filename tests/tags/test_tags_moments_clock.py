"""Civil time of many moments at once equals that of one moment, around changes of clocks too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huaxiang.core.moments import Duration, Moment
from huaxiang.tags.kernel.clock import back, civil_days, microseconds

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

moments = st.integers(0, 4_000_000_000_000_000).map(lambda n: EPOCH + timedelta(microseconds=n))
# Within two days of a change of New York's and London's clocks in 2026.
near_changes = st.tuples(
    st.sampled_from([datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6), datetime(2026, 3, 29, 1)]),
    st.integers(-2 * 86400, 2 * 86400),
).map(lambda pair: pair[0].replace(tzinfo=UTC) + timedelta(seconds=pair[1]))


@given(moment=moments | near_changes, zone=st.sampled_from(ZONES), hours=st.integers(1, 48) | st.integers(1, 400 * 24))
# The second 01:30 of the night when New York's clocks go back: twelve hours are twelve hours.
@example(moment=datetime(2026, 11, 1, 6, 30, tzinfo=UTC), zone="America/New_York", hours=12)
# A day after 02:30 that no clock of 8 March showed.
@example(moment=datetime(2026, 3, 9, 6, 30, tzinfo=UTC), zone="America/New_York", hours=24)
def test_steps_back_and_days_are_those_of_a_single_moment(moment, zone, hours):
    single = Moment(moment, zone)
    stamps = np.array([microseconds(moment)], np.int64)
    assert back(stamps, Duration(hours), zone)[0] == microseconds(single.back(Duration(hours)))
    assert civil_days(stamps, zone)[0] == (single.day - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("local", "window", "first"),
    [
        # 30 civil days before 20 March, 00:00 in New York, is 18 February, 00:00 – in winter time, an hour more ago.
        ("2026-03-20T00:00:00-04:00", "30d", "2026-02-18T00:00:00-05:00"),
        # Twelve hours before noon of the day when an hour is missing: 23:00 of the day before.
        ("2026-03-08T12:00:00-04:00", "12h", "2026-03-07T23:00:00-05:00"),
    ],
)
def test_windows_of_days_keep_the_clock_and_windows_of_hours_the_time(local, window, first):
    stamps = np.array([microseconds(datetime.fromisoformat(local))], np.int64)
    found = back(stamps, Duration.parse(window), "America/New_York")
    assert found[0] == microseconds(datetime.fromisoformat(first))
