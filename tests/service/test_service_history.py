"""A value over time, and two snapshots side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tiny import CRM, TAGS, lines_of, write_tiny

import huaxiang as hx
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.moments import Moment
from huaxiang.service.api import Project
from huaxiang.service.history import period_moments

SHANGHAI = ZoneInfo("Asia/Shanghai")
WANG, ZHAO = "phone:13900000001", "email:zhao@x.cn"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The tiny project on New Year's Day, and two months later, when a record has made wang and zhao one."""
    folder = write_tiny(tmp_path_factory.mktemp("twice"))
    hx.load(folder).build("2026-01-01").close()
    one_more = ["10", "王芳", "女", "", "13900000001", "zhao@x.cn", "浙江", "杭州", "2026-02-01 09:00:00"]
    tags = TAGS.replace("value: count(), default: 0}", "value: count() + 0, default: 0}").replace(
        "  sex: {dimension: own, category: all, attribute: gender}\n",
        "  channel: {dimension: own, category: all, table: orders, value: last(channel)}\n",
    )
    write_tiny(folder, crm=lines_of(CRM, one_more), tags=tags)
    project = hx.load(folder)
    project.build().close()
    return project


def test_a_value_is_told_at_the_beginning_of_each_month_and_at_the_end(twice):
    found = twice.history(WANG, "spend_ever", every="month", start="2025-05-01", end="2025-08-15")
    # A1 (100.00) was placed on 1 June at noon: the beginning of June does not see it yet.
    assert [
        (row["moment"].astimezone(SHANGHAI).date().isoformat(), float(row["value"])) for row in found["points"]
    ] == [
        ("2025-05-01", 0.0),
        ("2025-06-01", 0.0),
        ("2025-07-01", 100.0),
        ("2025-08-01", 100.0),
        ("2025-08-15", 100.0),
    ]


def test_kept_snapshots_tell_what_they_hold(twice):
    found = twice.history(WANG, "spend_ever", every="year")
    assert [float(row["value"]) for row in found["snapshots"]] == [100.0, 1150.5]
    assert [row["moment"] for row in found["snapshots"]] == [
        datetime(2026, 1, 1, tzinfo=SHANGHAI),
        datetime(2026, 3, 1, tzinfo=SHANGHAI),
    ]


def test_an_unknown_customer_tag_or_period_is_refused(twice):
    with pytest.raises(NotFoundError, match="Nobody is known"):
        twice.history("phone:13900009999", "spend_ever")
    with pytest.raises(NotFoundError, match="Did you mean 'spend_ever'"):
        twice.history(WANG, "spend_evr")
    with pytest.raises(UsageError, match="'fortnight' is no period"):
        twice.history(WANG, "spend_ever", every="fortnight")
    with pytest.raises(UsageError, match="lies after the last"):
        twice.history(WANG, "spend_ever", start="2026-02-01", end="2026-01-01")
    with pytest.raises(UsageError, match="more than 1,000 moments"):
        twice.history(WANG, "spend_ever", every="day", start="2020-01-01")


@pytest.mark.parametrize(
    ("every", "days"),
    [
        ("week", ["2026-03-23", "2026-03-30", "2026-04-05"]),
        ("month", ["2026-04-01", "2026-04-05"]),
        ("quarter", ["2026-04-01", "2026-04-05"]),
        ("year", ["2026-04-05"]),
    ],
)
def test_periods_begin_where_calendars_say_and_the_last_moment_is_always_there(every, days):
    first, last = Moment.parse("2026-03-20", "Europe/London"), Moment.parse("2026-04-05", "Europe/London")
    assert [moment.day.isoformat() for moment in period_moments(first, last, every)] == days


def test_midnight_is_that_of_the_clocks_also_after_they_went_forward():
    first, last = Moment.parse("2026-03-28", "Europe/London"), Moment.parse("2026-03-31", "Europe/London")
    hours = [moment.utc.hour for moment in period_moments(first, last, "day")]
    assert hours == [0, 0, 23, 23]


# -- two snapshots ------------------------------------------------------------------------------------------------


def test_who_entered_and_left_a_segment_follows_customers_that_became_one(twice):
    found = twice.diff(segment="buyers")
    rows = {row["segment"]: row for row in found["segments"]}
    # buyers: wang, li (as phone 2) and the guest before; li's other record bought only in February.
    assert rows["buyers"]["after"] - rows["buyers"]["before"] == rows["buyers"]["entered"] - rows["buyers"]["left"]
    assert (rows["big"]["before"], rows["big"]["after"], rows["big"]["entered"]) == (0, 1, 1)
    assert found["customers"]["merged"] == 1
    assert found["members"]["segment"] == "buyers"
    assert len(found["members"]["entered"]) == rows["buyers"]["entered"]


def test_customers_are_counted_by_what_became_of_them(twice):
    found = twice.diff()
    counts = found["customers"]
    assert counts["stayed"] + counts["merged"] + counts["gone"] == found["before"]["customers"]
    assert counts["stayed"] + counts["new"] == found["after"]["customers"]


def test_definitions_that_were_added_removed_or_changed_are_named(twice):
    found = twice.diff()["definitions"]
    assert (found["added"], found["removed"]) == (["channel"], ["sex"])
    assert [row["tag"] for row in found["changed"]] == ["orders_ever"]
    assert found["changed"][0]["after"]["value"] == "count() + 0"


def test_a_snapshot_beside_itself_shows_no_difference(twice):
    found = twice.diff("current", "current")
    assert all(row["entered"] == row["left"] == 0 for row in found["segments"])
    assert {row["level"] for row in found["tags"]} <= {"stable", None}
    assert found["definitions"] == {"added": [], "removed": [], "changed": []}


def test_snapshots_are_found_by_the_beginning_of_their_id_and_an_unknown_one_is_refused(twice):
    ids = [snapshot.id for snapshot in twice.snapshots()]
    assert twice.diff(ids[0][:10], "current")["before"]["snapshot"] == ids[0]
    with pytest.raises(NotFoundError, match="No snapshot begins with '1999'"):
        twice.diff("1999")
    with pytest.raises(NotFoundError, match="Several snapshots begin with '202'"):
        twice.diff("202")
    with pytest.raises(NotFoundError, match=r"There is no segment 'byers' in either snapshot\. Did you mean 'buyers'"):
        twice.diff(segment="byers")
