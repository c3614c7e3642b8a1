"""One customer now: what came since the snapshot counts at once, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from live import BUILT, write_live

import huaxiang as hx
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.service.api import Project
from huaxiang.service.builds import Build
from huaxiang.service.live.profiles import LiveProfiles

WANG, LI, NOBODY = "13900000001", "13900000002", "13911111111"
DAY = timedelta(days=1)
LATER = BUILT + 3 * DAY


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return hx.load(write_live(tmp_path_factory.mktemp("live")))


@pytest.fixture(scope="module")
def built(project: Project) -> Iterator[Build]:
    with project.build(BUILT) as build:
        yield build


NUMBERS = count(1)


def event(
    phone: str = WANG, at: datetime = BUILT + DAY, received: datetime | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "message_id": f"m{next(NUMBERS)}",
        "type": "track",
        "event": "Product Viewed",
        "user_phone": phone,
        "timestamp": at.isoformat(),
        "received_at": (received or at).isoformat(),
        **more,
    }


def send(project: Project, *messages: dict[str, Any], source: str = "app") -> None:
    project.live(source).append(messages, keep_received_at=True)


def views(build: Build, phone: str = WANG, at: datetime = LATER) -> int:
    return build.live_customer(f"phone:{phone}", at)["tags"]["views"]


def test_a_message_counts_at_once_and_the_snapshot_stays_as_it_was(project: Project, built: Build):
    before = views(built)
    send(project, event())
    found = built.live_customer(f"phone:{WANG}", LATER)
    assert found["tags"]["views"] == before + 1
    assert found["live"] == before + 1
    assert found["snapshot"] == built.snapshot.id
    assert built.customer(f"phone:{WANG}")["tags"]["views"] == 0


def test_why_lists_the_live_rows_behind_a_value_and_those_of_the_snapshot(project: Project, built: Build):
    stamp = (BUILT + DAY).isoformat()
    order = {"id": "w1", "kind": "order", "order_no": "W1", "phone": WANG, "status": "paid", "amount": 7}
    send(project, {**order, "at": stamp, "received_at": stamp, "version": 1}, source="tills")
    stored = built.why(f"phone:{WANG}", "spend_ever")
    now = built.live_why(f"phone:{WANG}", "spend_ever", LATER)
    assert now["rows"][1:] == stored["rows"]
    assert now["rows"][0]["_source"] == "tills"
    assert now["value"] == stored["value"] + 7 == sum(row["amount"] for row in now["rows"])
    assert now["rests_on"]["facts"] == stored["rests_on"]["facts"] + 1
    assert built.live_why(f"phone:{WANG}", "spend_ever", BUILT)["rows"] == stored["rows"]


def test_tags_over_tags_and_segments_follow(project: Project, built: Build):
    assert "big" not in built.live_customer("phone:13900000005", LATER)["segments"]
    order = {
        "id": "o1",
        "kind": "order",
        "order_no": "X1",
        "phone": "13900000005",
        "status": "paid",
        "amount": "¥2,000",
    }
    stamp = (BUILT + DAY).isoformat()
    send(project, {**order, "at": stamp, "received_at": stamp, "version": 1}, source="tills")
    found = built.live_customer("phone:13900000005", LATER)
    assert found["tags"]["spend_ever"] == Decimal("2010.00")
    assert (found["tags"]["kind"], found["tags"]["class"]) == ("big", "≥1000")
    assert {"big", "buyers"} <= set(found["segments"])
    assert found["tags"]["half"] == 2


def test_an_order_that_is_sent_anew_replaces_what_it_said(project: Project, built: Build):
    stamp = (BUILT + DAY).isoformat()
    order = {"kind": "order", "order_no": "Y1", "phone": LI, "at": stamp, "received_at": stamp, "amount": 50}
    line = {
        "id": "y3",
        "kind": "line",
        "order_no": "Y1",
        "product": "p1",
        "quantity": 1,
        "amount": 50,
        "received_at": stamp,
    }
    before = built.live_customer(f"phone:{LI}", LATER)["tags"]
    send(
        project, {**order, "id": "y1", "status": "placed", "version": 1}, {**line, "received_at": stamp}, source="tills"
    )
    placed = built.live_customer(f"phone:{LI}", LATER)["tags"]
    send(project, {**order, "id": "y2", "status": "paid", "version": 2}, source="tills")
    paid = built.live_customer(f"phone:{LI}", LATER)["tags"]
    assert (placed["spend_ever"], placed["pieces"]) == (before["spend_ever"], before["pieces"])
    assert (paid["spend_ever"], paid["pieces"]) == (before["spend_ever"] + 50, before["pieces"] + 1)


def test_what_lies_in_the_future_counts_when_it_has_happened_and_arrived(project: Project, built: Build):
    before = views(built)
    send(project, event(at=LATER + DAY, received=BUILT + DAY), event(at=BUILT + DAY, received=LATER + 2 * DAY))
    assert views(built) == before
    assert views(built, at=LATER + DAY + timedelta(seconds=1)) == before + 1
    assert views(built, at=LATER + 2 * DAY) == before + 2


def test_a_message_that_is_sent_again_counts_once(project: Project, built: Build):
    message = event(at=BUILT + timedelta(hours=1))
    before = views(built)
    assert project.live("app").append([message]).kept == 1
    again = project.live("app").append([message, {**message, "event": "Products Searched"}])
    assert (again.kept, again.repeated) == (0, 2)
    assert views(built, at=datetime.now(UTC) + DAY) >= before + 1


def test_whom_only_messages_name_is_nobody_until_the_next_build(project: Project, built: Build):
    send(project, event(NOBODY), event(NOBODY))
    with pytest.raises(NotFoundError, match="2 live messages do: the next build will say who it is"):
        built.live_customer(f"phone:{NOBODY}", LATER)
    with pytest.raises(NotFoundError, match=r"Nobody is known by phone:13922222222\.$"):
        built.live_customer("phone:13922222222", LATER)


def test_a_message_about_two_customers_belongs_to_the_stronger_identifier(project: Project, built: Build):
    before = views(built), views(built, LI)
    send(project, event(WANG, user_email="lilei@x.cn"))
    assert (views(built), views(built, LI)) == (before[0] + 1, before[1])


def test_lines_that_are_torn_or_of_other_programs_are_passed_over(project: Project, built: Build):
    before = views(built)
    (log,) = (project.folder / ".huaxiang" / "live" / "app").glob("*.open")
    foreign = {**event(), "message_id": 12345, "value": {"nested": True}, "a_column_of_tomorrow": [1, 2]}
    with log.open("a", encoding="utf-8") as file:
        file.write("no JSON\n[1, 2]\n" + json.dumps(foreign) + "\n" + '{"message_id": "half a li')
    assert views(built) == before + 1
    send(project, event())
    assert views(built) == before + 2


def test_a_customer_with_a_great_many_messages_is_answered(project: Project, built: Build):
    before = views(built, LI)
    send(project, *(event(LI, at=BUILT + timedelta(seconds=i)) for i in range(30_000)))
    found = built.live_customer(f"phone:{LI}", LATER)
    assert found["tags"]["views"] == before + 30_000


def test_live_profiles_look_forward_from_the_snapshot_only(built: Build):
    with pytest.raises(UsageError, match="lies before the moment of the snapshot"):
        built.live_customer(f"phone:{WANG}", BUILT - DAY)
    with pytest.raises(UsageError, match="neither a date"):
        built.live_customer(f"phone:{WANG}", "yesterday")


def test_a_snapshot_that_does_not_fit_says_build_again(project: Project, built: Build):
    loaded, engine = project.loaded, built.engine
    with pytest.raises(UsageError, match=r"built by an older version\. Run 'huaxiang build' once"):
        LiveProfiles(loaded, engine, built.moment, None)
    with pytest.raises(UsageError, match="knows nothing of the live source 'tills'"):
        LiveProfiles(loaded, engine, built.moment, {"app": 1})
    (tags,) = project.folder.glob("tags/*.yml")
    text = tags.read_text(encoding="utf-8")
    try:
        tags.write_text(text.replace("window: 3d", "window: 4d"), encoding="utf-8")
        with hx.load(project.folder).open() as changed, pytest.raises(UsageError, match="'spend_3d' has changed since"):
            changed.live_customer(f"phone:{WANG}", LATER)
    finally:
        tags.write_text(text, encoding="utf-8")


# -- appending -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"message_id": "z1"}', "", "[1]"], "line 3 is no object"),
        (['{"message_id": "z1"}', "{"], "line 2 is no JSON"),
        (['{"message_id": "z1"}', '{"other": 1}'], "line 2 has no message_id"),
        (['{"message_id": null}'], "line 1 has no message_id"),
        (['{"message_id": "z1", "--": 1}'], "line 1 has a key '--', which makes no name of a column"),
        (['{"message_id": "z1", "received_at": "soon"}'], "line 1 has a received_at 'soon'"),
        ([json.dumps({"message_id": "z1"} | {f"k{i}": i for i in range(600)})], "line 1 has 601 keys"),
        (["[" * 100_000], "line 1 is no JSON"),
    ],
)
def test_of_messages_one_of_which_is_none_nothing_is_kept(project: Project, lines: list[str], said: str):
    with pytest.raises(UsageError, match="nothing was kept") as refused:
        project.live("app").append_lines(lines, keep_received_at=True)
    assert said in str(refused.value)
    assert project.live("app").append([{"message_id": "z1", "type": "page"}]).kept in (0, 1)


def test_who_may_not_be_trusted_gets_the_moment_of_now(tmp_path: Path):
    project = hx.load(write_live(tmp_path))
    project.live("app").append([{"message_id": "n1", "received_at": "1999-01-01T00:00:00+00:00"}])
    (log,) = tmp_path.glob(".huaxiang/live/app/*.open")
    stamp = datetime.fromisoformat(json.loads(log.read_text())["received_at"])
    assert abs(datetime.now(UTC) - stamp) < timedelta(minutes=5)


def test_a_live_source_that_is_not_there_is_not_found_with_the_near_miss(project: Project):
    with pytest.raises(NotFoundError, match=r"no live source 'tils'. Did you mean 'tills'\? Live sources: app, tills"):
        project.live("tils")
