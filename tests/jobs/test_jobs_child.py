"""A build in a process of its own lets whoever asks the server go first."""

from __future__ import annotations

import os
from pathlib import Path

from huaxiang.service.jobs.child import POLITENESS, Child
from huaxiang.service.surroundings import plain_environment


def test_a_build_is_nicer_than_the_server_in_the_same_session_and_stopped_as_a_group_of_its_own(tmp_path: Path):
    child = Child(tmp_path, tmp_path / "progress", None, full=False, environment=plain_environment())
    process = child._process
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(os.nice(0) + POLITENESS, 19)
    # Of two sessions each may get half of the processors, however nice one of them is.
    assert os.getsid(process.pid) == os.getsid(0)
    assert os.getpgid(process.pid) == process.pid
    child.stop()
    assert child.wait().snapshot is None
