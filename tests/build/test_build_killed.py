"""Builds that die, by SIGKILL or for want of space: the former snapshot serves, and the next build is fine."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from seen import everything
from tiny import write_tiny

import huaxiang as hx
from huaxiang.service.api import Project

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

BUILD = """
    import sys
    import huaxiang as hx

    def told(step, done, total):
        print(step, flush=True)

    hx.load(sys.argv[1]).build(progress=told).close()
    print("built", flush=True)
"""

LIMITED = """
    import resource, sys
    import huaxiang as hx
    from huaxiang.core.errors import StoreError

    project = hx.load(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        project.build()
    except StoreError as error:
        print(error)
        sys.exit(3)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = hx.load(write_tiny(tmp_path))
    project.build().close()
    return project


def start(project: Project, script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), str(project.folder), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def leftovers(project: Project) -> list[Path]:
    return list((project.folder / ".huaxiang").glob("building-*"))


def serves(project: Project, expected: object) -> str:
    """The current snapshot is whole; its id."""
    with project.open() as build:
        assert everything(build) == expected
        return build.snapshot.id


def kill_while(project: Project, step: str, wait: float) -> None:
    """Start a build and kill it some time after `step` began."""
    process = start(project, BUILD)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == step:
            break
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode in (-signal.SIGKILL, 0)


def test_a_build_that_is_killed_while_it_writes_leaves_the_former_one_serving(project: Project):
    with project.open() as build:
        expected, former = everything(build), build.snapshot.id
    kill_while(project, "write facts orders", 0.05)
    assert leftovers(project)
    assert serves(project, expected) == former
    with project.build() as build:
        assert everything(build) == expected
        assert build.snapshot.id != former
    assert not leftovers(project)


@pytest.mark.slow
def test_a_build_that_is_killed_at_any_moment_leaves_a_whole_one_serving_and_the_next_one_fine(project: Project):
    chance = random.Random(20260301)
    steps = [step.name for step in project.plan().steps]
    with project.open() as build:
        expected = everything(build)
    for step in [*steps, steps[-1]]:
        kill_while(project, step, chance.uniform(0, 0.6))
        serves(project, expected)
        assert len(leftovers(project)) <= 1
    project.build().close()
    serves(project, expected)
    assert not leftovers(project)
    names = {path.name for path in (project.folder / ".huaxiang").iterdir()}
    assert names == {"current", "intake", "lock", "snapshots"}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are those of POSIX")
def test_a_build_without_space_says_so_and_leaves_the_former_one_serving(project: Project):
    with project.open() as build:
        expected, former = everything(build), build.snapshot.id
    process = start(project, LIMITED, "20000")
    told, errors = process.communicate()
    assert process.returncode == 3, told + errors
    assert "raise the limit" in told or "Free some space" in told
    assert serves(project, expected) == former
    assert not leftovers(project)
    with project.build() as build:
        assert everything(build) == expected
