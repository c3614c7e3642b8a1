"""Decisions in whole builds: they take effect with the next one, can be undone, and survive what happens to builds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from seen import identity
from tiny import write_tiny

import huaxiang as hx
from huaxiang.core.errors import StoreError
from huaxiang.service.api import Project

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

BUILD = """
    import sys
    import huaxiang as hx

    def told(step, done, total):
        print(step, flush=True)

    hx.load(sys.argv[1]).build(progress=told).close()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = hx.load(write_tiny(tmp_path, tags="tags: {}\n", segments="segments: {}\n", personas="personas: {}\n"))
    project.build().close()
    return project


def ids(project: Project) -> dict[tuple[str, str], str]:
    with project.open() as build:
        return identity(build)


def start(project: Project) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(BUILD), str(project.folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def test_a_merge_takes_effect_with_the_next_build_and_its_undoing_with_the_one_after(project: Project):
    before = ids(project)
    decision = project.identity.merge(["phone:13900000001", "email:zhao@x.cn"], why="asked on the phone", by="li")
    assert decision.records == ("crm/1", "crm/4", "crm/8")
    assert ids(project) == before
    assert project.identity.statuses() == {}
    project.build().close()
    merged = ids(project)
    # wang has two records, zhao one.
    assert merged == before | {("crm", "4"): before["crm", "1"]}
    with project.open() as build:
        assert build.customer(before["crm", "4"])["customer_id"] == before["crm", "1"]
        assert build.customer(before["crm", "4"])["former"] == before["crm", "4"]
    explained = project.identity.explain(before["crm", "4"])
    assert explained["former"] == before["crm", "4"]
    assert explained["decisions"][0]["status"] == "applied"
    (zhao,) = [row for row in explained["records"] if row["record_key"] == "4"]
    assert zhao["links"] == [
        {"kind": "decision", "with": ["crm/1", "crm/8"], "decision": 1, "by": "li", "at": decision.at,
         "reason": "asked on the phone"}
    ]  # fmt: skip
    project.identity.undo(1, why="a mistake", by="zhao")
    project.build().close()
    assert ids(project) == before
    found = project.identity.history(before["crm", "4"])
    assert [row["kind"] for row in found["changes"]] == ["split", "merged"]
    assert [row["evidence"][0]["reason"] for row in found["changes"]] == ["a mistake", "asked on the phone"]
    assert found["customer_id"] == before["crm", "4"]


def test_a_split_takes_the_named_records_away_and_leaves_all_others(project: Project):
    before = ids(project)
    project.identity.split("phone:13900000002", ["crm/3"], why="two brothers")
    project.build().close()
    after = ids(project)
    assert after["crm", "2"] != after["crm", "3"]
    assert before["crm", "2"] in (after["crm", "2"], after["crm", "3"])
    assert {key: after[key] for key in after if key != ("crm", "3")} == {
        key: before[key] for key in after if key != ("crm", "3")
    }
    (row,) = project.identity.history()["changes"]
    assert (row["kind"], row["evidence"][0]["now"]) == ("split", "kept_apart")


def test_a_build_that_is_killed_while_it_merges_leaves_the_old_ids_and_the_next_one_merges(project: Project):
    before = ids(project)
    project.identity.merge(["phone:13900000001", "email:zhao@x.cn"], why="asked")
    process = start(project)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("write facts"):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert ids(project) == before
    assert [made.number for made in project.identity.decisions()] == [1]
    project.build().close()
    assert ids(project) == before | {("crm", "4"): before["crm", "1"]}


def test_of_two_builds_at_once_one_applies_the_decision_and_the_other_says_to_wait(project: Project):
    before = ids(project)
    project.identity.merge(["phone:13900000001", "email:zhao@x.cn"], why="asked")
    process = start(project)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreError, match="Another build of this project is running"):
        project.build()
    # People go on deciding while a build runs.
    late = project.identity.split("phone:13900000002", ["crm/3"], why="two brothers")
    assert late.number == 2
    told, errors = process.communicate()
    assert process.returncode == 0, told + errors
    after = ids(project)
    assert after["crm", "4"] == before["crm", "1"]
    assert {made.number for made in project.identity.decisions() if made.undone is None} == {1, 2}


def test_a_look_back_at_an_earlier_moment_leaves_no_trace_in_the_history(project: Project):
    before = ids(project)
    project.build(as_of="2025-02-15").close()
    assert set(ids(project)) < set(before)
    project.build().close()
    assert ids(project) == before
    assert project.identity.history()["changes"] == []
