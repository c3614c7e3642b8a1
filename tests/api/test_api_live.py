"""Live messages: validated, kept once, on disk before they are acknowledged."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi import asking
from served import PHONES, write_shop

from huaxiang.core.errors import BusyError, StoreError, UsageError
from huaxiang.service.api import load
from huaxiang.service.live import writer as writing
from huaxiang.service.live.segment import MOST_BYTES, checked, unpacked
from huaxiang.service.live.writer import LiveWriter
from huaxiang.service.workspace import Workspace
from huaxiang.store.live_log import LiveLog

PHONE = PHONES[3]


def track(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "messageId": f"m{number}",
        "userId": PHONE,
        "event": "Product Viewed",
        "timestamp": "2026-03-01T08:00:00Z",
        **more,
    }


def logged(folder: Path) -> list[dict[str, Any]]:
    return [message for _, message in LiveLog(folder / ".huaxiang" / "live" / "app", "message_id").read()]


@pytest.fixture
def unbuilt(tmp_path: Path) -> Any:
    """A shop that nobody has built: messages need no build."""
    workspace = Workspace(write_shop(tmp_path / "shop"))
    yield workspace
    workspace.close()


# -- what a message must be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kind", "what"),
    [
        ({"event": "x"}, "track", "neither 'userId' nor 'anonymousId'"),
        ({"userId": " ", "event": "x"}, "track", "neither 'userId' nor 'anonymousId'"),
        ({"userId": "1"}, "track", "has no 'event'"),
        ({"userId": "1"}, "group", "has no 'groupId'"),
        ({"userId": "1"}, "alias", "has no 'previousId'"),
        ({"userId": "1"}, None, "has no 'type'"),
        ({"userId": "1", "type": "page"}, "screen", "is a 'page', sent as screen"),
        ({"userId": "1", "timestamp": "yesterday"}, "page", "no moment as in ISO 8601"),
        ({"userId": "1", "timestamp": 12}, "page", "no moment as in ISO 8601"),
        ({"userId": {"a": 1}}, "page", "has a 'userId' that is no text"),
        ({"userId": True}, "page", "has a 'userId' that is no text"),
        ({"userId": "1", "traits": []}, "identify", "has a 'traits' that is no object"),
        ({"userId": "1", "traits": {"x": "y" * MOST_BYTES}}, "identify", "more than 32,768 bytes"),
        ("hello", "page", "is no object"),
    ],
)
def test_a_message_that_is_not_as_it_must_be_is_refused_with_the_reason(message: Any, kind: str | None, what: str):
    with pytest.raises(UsageError, match="message 7 ") as error:
        checked(message, kind, 7)
    assert what in str(error.value)


def test_what_a_sender_may_leave_out_is_filled_in():
    found = checked({"anonymousId": "a"}, "page")
    assert found["type"] == "page"
    assert found["messageId"] != checked({"anonymousId": "a"}, "page")["messageId"]
    assert found["timestamp"].endswith("+00:00")


def test_messages_of_a_batch_take_over_what_they_share():
    batch = {"context": {"ip": "1"}, "batch": [{"userId": "1"}, {"userId": "2", "context": {}}]}
    assert [each["context"] for each in unpacked(batch)] == [{"ip": "1"}, {}]
    for wrong in ({}, {"batch": []}, {"batch": {}}, {"batch": [{}] * 1001}):
        with pytest.raises(UsageError):
            unpacked(wrong)


# -- over HTTP ------------------------------------------------------------------------------------------------------


def test_messages_are_kept_once_whatever_way_they_come(unbuilt: Workspace):
    client = asking(unbuilt, "admin")
    assert client.post("/track", json=track(1)).json() == {"success": True, "kept": 1, "repeated": 0}
    assert client.post("/batch", json={"batch": [track(1), track(2), track(2)]}).json()["kept"] == 1
    assert client.post("/identify", json={"userId": PHONE, "messageId": "m3"}).json()["kept"] == 1
    found = logged(unbuilt.folder)
    assert [each["message_id"] for each in found] == ["m1", "m2", "m3"]
    assert found[0]["type"] == "track"
    assert found[0]["received_at"]


def test_of_a_batch_with_one_bad_message_none_is_kept(unbuilt: Workspace):
    answer = asking(unbuilt, "admin").post("/batch", json={"batch": [track(1), track(2, event=None)]})
    assert answer.status_code == 400
    assert "message 2 has no 'event'" in answer.json()["detail"]
    assert logged(unbuilt.folder) == []


def test_what_is_too_long_or_no_json_is_refused(unbuilt: Workspace):
    client = asking(unbuilt, "admin")
    assert client.post("/track", content=b" " * (MOST_BYTES + 1)).status_code == 413
    assert client.post("/batch", content=b'{"batch": [' + b" " * 500_000).status_code == 413
    for body in (b"", b"{", b"[]", b"\xff", b'"x"'):
        assert client.post("/track", content=body).status_code == 400


def test_a_key_writes_to_its_own_source_and_to_no_other(unbuilt: Workspace):
    client = asking(unbuilt, "admin", source="app")
    assert client.post("/track", json=track(1)).status_code == 200
    assert client.post("/track?source=tills", json=track(2)).status_code == 403
    assert asking(unbuilt, "admin").post("/track?source=../app", json=track(2)).status_code == 404


def test_a_message_counts_in_the_live_profile_at_once(own_workspace: Workspace):
    client = asking(own_workspace, "admin")
    path = f"/profiles/phone:{PHONE}/live"
    assert client.get(path).json()["tags"]["viewed"] == 0
    assert client.post("/track", json=track(1)).status_code == 200
    assert client.get(path).json()["tags"]["viewed"] == 1


# -- the writer -----------------------------------------------------------------------------------------------------


def test_senders_at_once_are_each_told_what_became_of_theirs(unbuilt: Workspace):
    writer = unbuilt.writer("app")
    found: list[Any] = [None] * 8

    def send(place: int) -> None:
        found[place] = writer.append([track(number) for number in range(place * 10, place * 10 + 15)])

    threads = [threading.Thread(target=send, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 85 different messages; each sender shares five with the next one.
    assert sum(each.kept for each in found) == len(logged(unbuilt.folder)) == 85
    assert all(each.kept + each.repeated == 15 for each in found)


def test_who_comes_while_too_many_wait_is_asked_to_come_back(unbuilt: Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "MOST_WAITING", 10)
    source, go = load(unbuilt.folder).live("app"), threading.Event()
    append = source.log.append_groups
    monkeypatch.setattr(source.log, "append_groups", lambda groups: go.wait(10) and append(groups))
    writer = LiveWriter(source)
    senders = [threading.Thread(target=writer.append, args=([track(n)],)) for n in range(2)]
    for sender in senders:
        sender.start()
        time.sleep(0.1)  # the first is being written, the second waits
    with pytest.raises(BusyError):
        writer.append([track(n) for n in range(10, 20)])
    go.set()
    for sender in senders:
        sender.join()
    writer.close()
    assert [each["message_id"] for each in logged(unbuilt.folder)] == ["m0", "m1"]
    with pytest.raises(StoreError, match="stopping"):
        writer.append([track(9)])


def test_the_command_appends_beside_a_server(unbuilt: Workspace):
    writer = unbuilt.writer("app")
    writer.append([track(1)])
    assert load(unbuilt.folder).live("app").append([track(1), track(2)]).kept == 1
    assert writer.append([track(2), track(3)]).kept == 1
    assert len(logged(unbuilt.folder)) == 3


SERVER = """
import sys, uvicorn
from pathlib import Path
from huaxiang.access.people import Actor
from huaxiang.api.app import create_api
from huaxiang.api.caller import desk_of
from huaxiang.service.desk import Desk
from huaxiang.service.workspace import Workspace

workspace = Workspace(Path(sys.argv[1]))
app = create_api(workspace)
app.dependency_overrides[desk_of] = lambda: Desk(workspace, Actor("key:k", "admin", "api"))
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path):
    folder = write_shop(tmp_path / "shop")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-W", "ignore", "-c", SERVER, str(folder), str(port)])
    url, acknowledged, stop = f"http://127.0.0.1:{port}", [], threading.Event()

    def send(sender: int) -> None:
        number = 0
        with httpx.Client(base_url=url, timeout=20) as client:
            while not stop.is_set():
                ids = [f"{sender}-{number}-{n}" for n in range(7)]
                batch = [track(0, messageId=each) for each in ids]
                try:
                    if client.post("/batch", json={"batch": batch}).status_code == 200:
                        acknowledged.extend(ids)
                        number += 1
                except httpx.TransportError:
                    time.sleep(0.05)

    senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for sender in senders:
        sender.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < 300 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    stop.set()
    for sender in senders:
        sender.join()

    assert len(acknowledged) >= 300
    # Half a line at the end, as a death in the middle of a write leaves it.
    segment = next((folder / ".huaxiang" / "live" / "app").glob("*.open"))
    with segment.open("ab") as file:
        file.write(b'{"message_id":"half')
    # Whoever comes next goes on, and knows what is there.
    again = LiveWriter(load(folder).live("app"))
    told = again.append([track(0, messageId=each) for each in acknowledged])
    again.close()
    assert (told.kept, told.repeated) == (0, len(acknowledged))
    counts = Counter(message["message_id"] for message in logged(folder))
    assert all(counts[each] == 1 for each in acknowledged)
    assert max(counts.values()) == 1
