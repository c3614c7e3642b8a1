"""The live log: nothing acknowledged is lost, nothing is kept twice, and no reader sees half a message."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from huaxiang.core.errors import StoreError, UsageError
from huaxiang.store import live_log
from huaxiang.store.live_log import Appended, LiveLog, Position

WRITER = """
    import sys
    from pathlib import Path
    from huaxiang.store.live_log import LiveLog

    log = LiveLog(Path(sys.argv[1]), "messageId")
    for number in range(100_000):
        log.append([{"messageId": f"{sys.argv[2]}-{number}-{part}", "text": "星" * 500} for part in range(3)])
        print(number, flush=True)
"""


@pytest.fixture
def log(tmp_path: Path) -> LiveLog:
    return LiveLog(tmp_path / "app", "messageId")


def message(number: int) -> dict[str, object]:
    return {"messageId": f"m{number}", "event": "Product Viewed", "properties": {"price": number}}


def keys(log: LiveLog, since: Position | None = None) -> list[str]:
    return [found["messageId"] for _, found in log.read(since or Position())]


def start(folder: Path, name: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(folder), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_messages_come_back_as_they_went_in_and_in_their_order(log):
    assert log.append([message(1), message(2)]) == Appended(kept=2, repeated=0)
    log.append([message(3)])
    assert [found for _, found in log.read()] == [message(1), message(2), message(3)]


def test_a_message_sent_again_is_kept_once_by_any_process_and_across_a_seal(log, tmp_path):
    log.append([message(1), message(1)])
    log.seal()
    assert log.append([message(1)]) == Appended(kept=0, repeated=1)
    other = LiveLog(tmp_path / "app", "messageId")
    assert other.append([message(1), message(2)]) == Appended(kept=1, repeated=1)
    assert log.append([message(2)]) == Appended(kept=0, repeated=1)
    assert keys(log) == ["m1", "m2"]


def test_reading_goes_on_from_a_place_also_when_its_segment_was_sealed_since(log):
    log.append([message(1), message(2)])
    (_, _), (place, _) = log.read()
    log.seal()
    log.append([message(3)])
    assert keys(log, place) == ["m3"]


def test_sealed_segments_never_change_and_an_empty_one_is_not_sealed(log):
    assert log.seal() == []
    log.append([message(1)])
    (first,) = log.seal()
    before = first.read_bytes()
    assert log.seal() == [first]
    log.append([message(2)])
    assert first.read_bytes() == before
    assert len(log.seal()) == 2


def test_a_full_segment_is_sealed(log, monkeypatch):
    monkeypatch.setattr(live_log, "SEGMENT_BYTES", 100)
    for number in range(5):
        log.append([message(number)])
    assert len(list(log.folder.glob("*.jsonl"))) >= 2
    assert keys(log) == [f"m{number}" for number in range(5)]


def test_a_message_without_its_key_refuses_the_whole_call(log):
    with pytest.raises(UsageError, match="messageId"):
        log.append([message(1), {"event": "Product Viewed"}])
    assert keys(log) == []


def test_half_a_line_of_a_dead_writer_is_not_read_and_the_next_writer_cuts_it_off(log):
    log.append([message(1)])
    (path,) = log.folder.glob("*.open")
    with path.open("ab") as file:
        file.write(b'{"messageId": "half')
    assert keys(log) == ["m1"]
    log.append([message(2)])
    assert [json.loads(line)["messageId"] for line in path.read_text().splitlines()] == ["m1", "m2"]


def test_a_write_that_the_disk_refuses_leaves_nothing_of_its_call(log):
    log.append([message(1)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(StoreError):
            log.append([{"messageId": f"big{number}", "text": "x" * 400} for number in range(5)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert log.append([message(2)]).kept == 1
    assert keys(log) == ["m1", "m2"]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_acknowledged_is_lost_when_writers_are_killed(log, seed):
    writers = [start(log.folder, name) for name in ("a", "b")]
    for writer in writers:
        assert writer.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.05, 0.4))
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
    acknowledged = [writer.communicate()[0].split() for writer in writers]
    log.append([message(1)])
    found = keys(log)
    assert len(found) == len(set(found))
    for name, numbers in zip("ab", acknowledged, strict=True):
        expected = {f"{name}-{number}-{part}" for number in ["0", *numbers] for part in range(3)}
        assert expected <= set(found)
