"""The operational database: what people decided is kept, once, whoever else writes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from huaxiang.core.decisions import Decision, Undoing
from huaxiang.core.errors import NotFoundError, StoreError, UsageError
from huaxiang.store.operational import Decisions, Operational
from huaxiang.store.operational.database import VERSION, file_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAME = Decision("same", ("crm/2", "crm/1"), NOON, origin="merge", by="li", reason="asked on the phone")
APART = Decision(
    "apart", ("pos/7",), NOON + timedelta(hours=1), ("crm/1", "phone:13900000001"), origin="split", by="王"
)


@pytest.fixture
def decisions(place) -> Decisions:
    return Decisions(Operational.open(*place))


def test_decisions_come_back_as_they_were_given_the_earliest_first(decisions, place):
    added = decisions.add([APART, SAME])
    assert [decision.number for decision in added] == [1, 2]
    again = Decisions(Operational.open(*place)).all()
    assert [(d.kind, d.records, d.others, d.origin, d.by, d.at, d.reason, d.undone) for d in again] == [
        ("same", ("crm/1", "crm/2"), (), "merge", "li", NOON, "asked on the phone", None),
        ("apart", ("pos/7",), ("crm/1", "phone:13900000001"), "split", "王", APART.at, "", None),
    ]
    assert [decision.key for decision in again] == [SAME.key, APART.key]


def test_a_decision_is_stored_once(decisions):
    assert len(decisions.add([SAME, SAME])) == 1
    assert decisions.add([SAME, APART]) == [d for d in decisions.all() if d.key == APART.key]
    assert len(decisions.all()) == 2


def test_an_undone_decision_stays_with_who_undid_it_and_can_be_undone_once(decisions):
    decisions.add([SAME])
    undoing = Undoing("zhao", NOON + timedelta(days=1), "a mistake")
    assert decisions.undo("1", undoing).undone == undoing
    (stored,) = decisions.all()
    assert (stored.records, stored.undone) == (SAME.records, undoing)
    with pytest.raises(UsageError, match="undone before, by zhao at 2026-03-02 12:00:00 UTC"):
        decisions.undo(SAME.key, undoing)
    with pytest.raises(NotFoundError, match=r"no decision '9'\. The latest: 1"):
        decisions.undo("9", undoing)


def test_an_undone_decision_from_elsewhere_undoes_the_one_that_is_there(decisions):
    from dataclasses import replace

    decisions.add([SAME])
    undoing = Undoing("zhao", NOON)
    assert decisions.add([replace(SAME, undone=undoing)]) == []
    assert decisions.all()[0].undone == undoing


def test_the_migrations_lead_to_the_tables_that_the_code_knows(place):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from huaxiang.store.operational import access_tables, build_tables, database, trail_table
    from huaxiang.store.operational.tables import TABLES

    assert access_tables.USERS.metadata is trail_table.TRAIL.metadata is build_tables.SCHEDULES.metadata is TABLES

    opened = Operational.open(*place)
    with opened.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    assert ScriptDirectory(str(database._MIGRATIONS)).get_current_head() == VERSION


def test_a_database_of_a_newer_version_says_so(place):
    opened = Operational.open(*place)
    with opened.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version of Huaxiang"):
        Operational.open(*place)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from huaxiang.core.decisions import Decision
from huaxiang.store.operational import Decisions, Operational

folder, url, name = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3]
sys.stdin.readline()
for number in range(20):
    opened = Decisions(Operational.open(folder, url))
    opened.add([Decision("same", (f"{name}/{number}", "crm/1"), datetime.now(UTC))])
"""


def test_processes_that_open_and_write_at_once_lose_nothing(place):
    folder, url = place
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITER, str(folder), url or ""]
    writers = [
        subprocess.Popen([*command, f"w{i}"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for i in range(4)
    ]
    errors = [writer.communicate("go\n")[1] for writer in writers]
    assert errors == [""] * 4
    stored = Decisions(Operational.open(folder, url)).all()
    assert len({decision.number for decision in stored}) == len(stored) == 80


def test_reading_makes_no_file(tmp_path: Path):
    assert Operational.open_existing(tmp_path) is None
    assert not file_of(tmp_path).parent.exists()


def test_what_can_not_be_reached_says_so_without_the_password(tmp_path: Path):
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        Operational.open(tmp_path, "postgresql://me:secret@127.0.0.1:1/shop")
    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError, match="can't be understood"):
        Operational.open(tmp_path, "no url")
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).write_text("this is no database, and longer than a header of SQLite", encoding="utf-8")
    with pytest.raises(StoreError, match="not a database"):
        Operational.open(tmp_path)
