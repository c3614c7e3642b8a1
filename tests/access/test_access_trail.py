"""The audit trail: whatever is changed in it, or cut off, is seen; and nothing that was waited for is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huaxiang.access.chain import Entry, Head, chained, first_break
from huaxiang.access.people import Actor
from huaxiang.core.errors import StoreError
from huaxiang.service.trail import KEY_VARIABLE, Trail
from huaxiang.store.operational import Operational, Sought

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LI = Actor("li", "analyst", "console", address="10.0.0.7")
WANG = Actor("wang", "steward", "api", address="10.0.0.8")


@pytest.fixture
def database(folder: Path) -> Operational:
    return Operational.open(folder)


@pytest.fixture
def trail(tmp_path: Path, database: Operational) -> Iterator[Trail]:
    trail = Trail(database, tmp_path, lambda: NOON)
    yield trail
    trail.close()


def written(trail: Trail, *subjects: str) -> None:
    for subject in subjects[:-1]:
        trail.note(LI, "profiles.profile", subject)
    trail.note(WANG, "identity.merge", subjects[-1], wait=True)


def tampered(database: Operational, statement: str) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER trail_no_update")
        connection.exec_driver_sql("DROP TRIGGER trail_no_delete")
        connection.exec_driver_sql(statement)


def test_an_entry_says_who_did_what_when_from_where(trail):
    trail.note(LI, "profiles.export", "champions", detail={"rows": 3}, wait=True)
    (entry,) = trail.rows.find(Sought(), 10)
    assert (entry.number, entry.at, entry.actor, entry.role, entry.via, entry.address) == (
        1, NOON, "li", "analyst", "console", "10.0.0.7",
    )  # fmt: skip
    assert (entry.action, entry.subject, entry.outcome) == ("profiles.export", "champions", "done")
    assert json.loads(entry.detail) == {"rows": 3}
    assert entry.previous == "0" * 64
    assert entry.hash == entry.computed


def test_the_database_refuses_to_change_or_delete_entries(trail, database):
    written(trail, "c_1", "c_2")
    for statement in ("UPDATE trail SET actor = 'wang'", "DELETE FROM trail WHERE number = 2"):
        with pytest.raises(StoreError, match="append-only"), database.writing() as connection:
            connection.exec_driver_sql(statement)
    assert trail.verify().broken is None


@pytest.mark.parametrize(
    ("statement", "number", "why"),
    [
        ("UPDATE trail SET subject = 'c_9' WHERE number = 2", 2, "it was changed"),
        ("UPDATE trail SET at = '2026-03-01 13:00:00.000000' WHERE number = 1", 1, "it was changed"),
        ("UPDATE trail SET detail = '{\"rows\":1}' WHERE number = 3", 3, "it was changed"),
        ("DELETE FROM trail WHERE number = 2", 2, "entries 2 to 2 are missing"),
        ("DELETE FROM trail WHERE number = 1", 1, "entries 1 to 1 are missing"),
        ("DELETE FROM trail WHERE number >= 3", 3, "entries 3 to 4 are missing"),
        ("DELETE FROM trail", 1, "entries 1 to 4 are missing"),
    ],
)
def test_tampering_is_found_at_its_first_entry(trail, database, statement, number, why):
    written(trail, "c_1", "c_2", "c_3", "c_4")
    assert trail.verify().head.number == 4
    tampered(database, statement)
    broken = trail.verify().broken
    assert broken is not None
    assert (broken.number, broken.why) == (number, why)


def test_a_chain_that_was_computed_anew_does_not_fit_the_head(trail, database):
    written(trail, "c_1", "c_2", "c_3")
    forged = list(chained([Entry(NOON, "li", "analyst", "api", "", "x", str(i)) for i in range(3)], Head()))
    tampered(database, "DELETE FROM trail")
    trail.rows.append([Entry(NOON, "li", "analyst", "api", "", "x", str(i)) for i in range(3)])
    assert first_break(forged, None)[1] is None
    broken = trail.verify().broken
    assert broken is not None
    assert broken.number == 3
    assert "replaced" in broken.why


def test_a_head_that_was_written_without_the_key_is_not_believed(trail, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a secret of the server's")
    written(trail, "c_1", "c_2")
    assert trail.verify().signed
    head = tmp_path / ".huaxiang" / "trail.head"
    content = json.loads(head.read_text())
    head.write_text(json.dumps({"number": 1, "hash": trail.rows.find(Sought(before=2), 1)[0].hash}))
    broken = trail.verify().broken
    assert broken is not None
    assert "not signed" in broken.why
    head.write_text(json.dumps({**content, "number": 1}))
    assert trail.verify().broken is not None
    head.unlink()
    assert "missing" in trail.verify().broken.why


def test_a_process_without_the_key_leaves_the_signed_head_alone(trail, database, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a secret of the server's")
    written(trail, "c_1")
    monkeypatch.delenv(KEY_VARIABLE)
    written(trail, "c_2")
    monkeypatch.setenv(KEY_VARIABLE, "a secret of the server's")
    verified = trail.verify()
    assert (verified.head.number, verified.signed, verified.broken) == (2, True, None)
    written(trail, "c_3")
    tampered(database, "DELETE FROM trail WHERE number = 3")
    assert trail.verify().broken is not None


def test_entries_are_found_by_person_subject_action_and_time(trail):
    trail.note(LI, "profiles.profile", "c_1")
    trail.note(LI, "profiles.lookup", detail={"customers": ["c_1", "c_2"]})
    trail.note(WANG, "identity.merge", "c_3", outcome="failed", wait=True)

    def found(**sought) -> list[int]:
        return [entry.number for entry in trail.rows.find(Sought(**sought), 10)]

    assert found() == [3, 2, 1]
    assert found(actor="li") == [2, 1]
    assert found(subject="c_1") == [2, 1]
    assert found(subject="c_") == []
    assert found(subject="%") == []
    assert found(action="profiles") == [2, 1]
    assert found(action="profiles.lookup") == [2]
    assert found(outcome="failed") == [3]
    assert found(since=NOON) == [3, 2, 1]
    assert found(until=NOON) == []
    assert found(before=3) == [2, 1]


def test_what_is_queued_is_written_when_the_trail_closes(trail):
    for number in range(700):
        trail.note(LI, "profiles.profile", f"c_{number}")
    trail.close()
    assert trail.queued == 0
    assert trail.verify().head.number == 700
    written(trail, "c_after")
    assert trail.verify().head.number == 701


def test_who_waits_is_told_that_the_trail_can_not_be_written_and_the_others_are_kept(trail, monkeypatch):
    real, refused = trail.rows.append, threading.Event()

    def append(entries):
        if not refused.is_set():
            refused.set()
            raise StoreError("the disk is full")
        return real(entries)

    monkeypatch.setattr(trail.rows, "append", append)
    trail.note(LI, "profiles.profile", "c_1")
    with pytest.raises(StoreError, match="disk is full"):
        trail.note(LI, "profiles.export", "c_2", wait=True)
    trail.close()
    assert [entry.subject for entry in trail.rows.find(Sought(), 10)] == ["c_1"]


def test_nothing_may_be_asked_when_too_much_waits(trail, monkeypatch):
    monkeypatch.setattr("huaxiang.service.trail.MOST_QUEUED", 0)
    with pytest.raises(StoreError, match="nothing is answered"):
        trail.note(LI, "profiles.profile", "c_1")


def test_odd_texts_are_written_too(trail):
    trail.note(Actor("\x00li\ud800" + "x" * 999, "viewer"), "sign_in", detail={"a": "\x00\ud800"}, wait=True)
    (entry,) = trail.rows.find(Sought(), 1)
    assert entry.actor.startswith("li?x")
    assert len(entry.actor) <= 300
    assert trail.verify().broken is None


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from huaxiang.access.people import Actor
from huaxiang.service.trail import Trail
from huaxiang.store.operational import Operational

folder = Path(sys.argv[1])
trail = Trail(Operational.open(folder), folder, lambda: datetime.now(UTC))
for number in range(60):
    trail.note(Actor(sys.argv[2], "viewer"), "x", str(number), wait=number % 20 == 0)
trail.close()
"""


def test_processes_that_write_at_once_make_one_chain(trail, tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("one", "two")]
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    verified = trail.verify()
    assert (verified.head.number, verified.broken) == (120, None)
