"""Decisions as calls and as files: what can be said, what is refused, and that a file gives back what it took."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

import huaxiang as hx
from huaxiang.core.decisions import Decision
from huaxiang.core.errors import NotFoundError, ProjectError, UsageError
from huaxiang.service.api import Project
from huaxiang.service.reviews import named, pairs
from huaxiang.store import DuckEngine
from huaxiang.store.operational.database import file_of

PROJECT = "name: few\ntime_zone: Asia/Shanghai\nas_of: 2026-03-01\n"
SOURCES = """sources:
  crm:
    path: crm.csv
    key: id
    feeds: [{table: records, identifiers: {phone: phone, email: mail}, columns: {name: name}}]
"""
CRM = "id,name,phone,mail\n1,王芳,13900000001,\n2,李雷,13900000002,li@x.cn\n3,李磊,,li@x.cn\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Project:
    folder: Path = tmp_path_factory.mktemp("few")
    (folder / "sources").mkdir()
    files = {"huaxiang.yml": PROJECT, "sources/crm.yml": SOURCES, "crm.csv": CRM}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    project = hx.load(folder)
    project.build().close()
    return project


@pytest.fixture
def project(built: Project) -> Iterator[Project]:
    yield built
    for file in file_of(built.folder).parent.glob("operational.db*"):
        file.unlink()


def test_a_merge_needs_two_customers_and_a_reason(project: Project):
    identity = project.identity
    with pytest.raises(UsageError, match="needs two customers or more; these are one: c_"):
        identity.merge(["phone:13900000002", "email:li@x.cn"], why="one")
    with pytest.raises(UsageError, match="needs a reason"):
        identity.merge(["phone:13900000001", "phone:13900000002"], why=" ")
    with pytest.raises(NotFoundError, match="Nobody is known by phone:13900000009"):
        identity.merge(["phone:13900000001", "phone:13900000009"], why="one")
    assert identity.decisions() == []


def test_a_split_needs_records_that_leave_and_records_that_stay(project: Project):
    identity = project.identity
    with pytest.raises(NotFoundError, match=r"has no record 'crm/4'\. Did you mean 'crm/[23]'"):
        identity.split("email:li@x.cn", ["crm/4"], why="two")
    with pytest.raises(UsageError, match="records that leave and records that stay"):
        identity.split("email:li@x.cn", ["crm/2", "crm/3"], why="two")
    made = identity.split("email:li@x.cn", ["crm/3"], why="two", by="zhao")
    assert (made.kind, made.records, made.others, made.by) == ("apart", ("crm/3",), ("crm/2",), "zhao")


def test_an_explanation_shows_the_shared_value_masked(project: Project):
    found = project.identity.explain("phone:13900000002")
    shared = {
        "kind": "value", "type": "email", "type_label": {"en": "E-mail", "zh": "邮箱"}, "value": "l****", "scope": "",
        "seen_in_facts": 0,
    }  # fmt: skip
    assert found["records"] == [
        {"source": "crm", "record_key": "2", "links": [shared | {"with": ["crm/3"]}]},
        {"source": "crm", "record_key": "3", "links": [shared | {"with": ["crm/2"]}]},
    ]
    assert "li@x.cn" not in str(found)
    assert "13900000002" not in str(found)


def test_an_id_that_nobody_ever_had_has_no_history(project: Project):
    with pytest.raises(NotFoundError, match="Nobody has or had the id 'c_0'"):
        project.identity.history("c_0")


def test_an_exported_file_gives_the_same_decisions_elsewhere_and_taking_it_twice_changes_nothing(
    project: Project, tmp_path: Path
):
    identity = project.identity
    identity.merge(["phone:13900000001", "phone:13900000002"], why="家人确认: 同一人 # 1", by="李")
    identity.split("email:li@x.cn", ["crm/3"], why="two", by="zhao")
    identity.undo(1, why="wrong", by="zhao")
    before, file = identity.decisions(), tmp_path / "decisions.yml"
    assert identity.export(file) == 2
    text = file.read_text(encoding="utf-8")
    assert identity.import_(file) == []
    for database in file_of(project.folder).parent.glob("operational.db*"):
        database.unlink()
    assert [made.number for made in identity.import_(file)] == [1, 2]
    assert identity.decisions() == before
    identity.export(file)
    assert file.read_text(encoding="utf-8") == text


def test_a_file_has_a_block_per_decision_in_the_order_of_time(project: Project, tmp_path: Path):
    project.identity.split("email:li@x.cn", ["crm/3"], why="two", by="zhao")
    file = tmp_path / "decisions.yml"
    project.identity.export(file)
    shown = re.sub(r"d_[0-9a-f]{16}", "KEY", re.sub(r"'?20\d\d-.*", "MOMENT", file.read_text(encoding="utf-8")))
    assert shown.split("\n\n", 1)[1] == (
        "decisions:\n  KEY:\n    kind: apart\n    records:\n      - crm/3\n    others:\n      - crm/2\n"
        "    origin: split\n    by: zhao\n    decided_at: MOMENT\n    why: two\n\n"
    )


BY_HAND = """decisions:
  wang_is_li:
    kind: same
    records: [crm/1, "phone:13900000002"]
    by: li
    decided_at: 2026-02-01 10:00:00
"""


def test_a_file_written_by_hand_is_taken_over_once(project: Project, tmp_path: Path):
    file = tmp_path / "own.yml"
    file.write_text(BY_HAND, encoding="utf-8")
    (made,) = project.identity.import_(file)
    # Ten o'clock in Shanghai.
    assert (made.key, made.at, made.origin) == ("wang_is_li", datetime(2026, 2, 1, 2, tzinfo=UTC), "file")
    assert project.identity.import_(file) == []
    file.write_text(BY_HAND.replace("crm/1", "crm/3"), encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        project.identity.import_(file)
    (finding,) = caught.value.findings
    assert (finding.code, finding.at.line) == ("decision_differs", 2)


WRONG = """decisions:
  a: {kind: same, records: [crm/1]}
  b: {kind: apart, records: [crm/1], others: [crm/1]}
  c: {kind: same, records: [crn/1, phone:1]}
  d: {kind: same, records: [crm/1, nonsense]}
  e: {kind: maybe, records: [crm/1, crm/2]}
more: {}
"""


def test_every_mistake_in_a_file_is_a_finding_with_its_line_and_nothing_is_stored(project: Project, tmp_path: Path):
    file = tmp_path / "wrong.yml"
    file.write_text(WRONG, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        project.identity.import_(file)
    assert sorted(finding.at.line for finding in caught.value.findings) == [2, 3, 4, 5, 6, 7]
    messages = {finding.at.line: str(finding) for finding in caught.value.findings}
    assert "two or more 'records'" in messages[2]
    assert "nobody is somebody else" in messages[3]
    assert "Did you mean 'crm'?" in messages[4]
    assert "neither a record (source/record_key) nor an identifier" in messages[5]
    assert project.identity.decisions() == []


MATCHES = {
    "left_source": ["crm", "crm", "crm"],
    "left_key": ["1", "1", "2"],
    "right_source": ["crm", "crm", "crm"],
    "right_key": ["2", "3", "3"],
    "weight": [3.0, 5.0, 9.0],
    "probability": [0.6, 0.9, 0.99],
    "status": ["review", "review", "joined"],
    "customer_no": [0, 0, 1],
    "other_no": [1, 1, 1],
    "waterfall": ["[]", "[]", "[]"],
}


def test_pairs_to_review_are_the_likeliest_first_and_keep_their_numbers_when_some_are_decided():
    with DuckEngine.open() as engine:
        engine.create("identity_matches", pa.table(MATCHES), step="fixture")
        customers = {"customer_no": pa.array([0, 1]), "customer_id": ["c_a", "c_b"]}
        engine.create("customers", pa.table(customers), step="fixture")
        listed = pairs(engine, [])
        assert [(row["number"], row["records"], row["customers"]) for row in listed] == [
            (1, ["crm/1", "crm/3"], ["c_a", "c_b"]),
            (2, ["crm/1", "crm/2"], ["c_a", "c_b"]),
        ]
        decided = Decision("apart", ("crm/3",), datetime(2026, 3, 1, tzinfo=UTC), ("crm/1",))
        left = pairs(engine, [decided])
        assert [row["number"] for row in left] == [2]
        with pytest.raises(NotFoundError, match=r"no pair 1 to review, or it is decided\. Pairs: 2"):
            named(left, 1)


def test_the_operational_database_may_be_postgresql_whose_password_comes_from_the_environment(
    built: Project, monkeypatch
):
    own = built.folder / "huaxiang.yml"
    own.write_text(PROJECT + "operational: {url: 'postgresql://me:${SECRET}@127.0.0.1:1/few'}\n", encoding="utf-8")
    try:
        monkeypatch.delenv("SECRET", raising=False)
        with pytest.raises(ProjectError, match="needs the environment variable SECRET"):
            hx.load(built.folder)
        monkeypatch.setenv("SECRET", "geheim")
        project = hx.load(built.folder)
        with pytest.raises(hx.HuaxiangError, match=r"postgresql\+psycopg://me:\*\*\*@127") as caught:
            project.identity.decisions()
        assert "geheim" not in str(caught.value) + repr(project.loaded.spec)
    finally:
        own.write_text(PROJECT, encoding="utf-8")
