"""Work of a server in a process of its own: the server answers meanwhile, and its memory stays its own.

python -m <module>       a module whose `main` reads what is asked (`asked_of`) and does it (`telling_how_it_ends`)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import BusyError, HuaxiangError
from huaxiang.service.jobs.child import POLITENESS
from huaxiang.service.surroundings import plain_environment

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

MEMORY = "1GB"
"""What the engine of such a process may take."""

_LOOK = 0.5
"""Seconds between two looks whether it has ended."""

_BUSY = 75
"""What such a process ends with while another one does the same."""


class AsideError(Exception):
    """A process ended without having done its work: no memory or disk left, killed. To try again would cost as much."""


def done_aside(module: str, asked: Mapping[str, Any], workspace: Workspace) -> bool:
    """Whether a process of this module has done what is asked of the build `snapshot`.

    False: it was stopped, because the server stops or another build serves by now.

    Raises:
        BusyError: another process does the same.
        AsideError: it has failed.
    """
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=plain_environment(),
        text=True,
    ) as process:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, os.nice(0) + POLITENESS)
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        # Who has ended already is told by how it ended.
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        while process.poll() is None:
            if workspace.closing.wait(_LOOK) or _is_former(asked["snapshot"], workspace):
                process.terminate()
                return False
    if process.returncode == _BUSY:
        raise BusyError("Another process does the same.")
    if process.returncode:
        raise AsideError(f"{module} ended with {process.returncode}")
    return True


def _is_former(snapshot: str, workspace: Workspace) -> bool:
    with suppress(HuaxiangError, OSError):
        serving = workspace.project.serving()
        return serving is not None and serving.id != snapshot
    return False


@contextmanager
def telling_how_it_ends() -> Iterator[None]:
    """What a module's `main` does in here ends the process as `done_aside` understands it."""
    try:
        yield
    except BusyError:
        sys.exit(_BUSY)
    except HuaxiangError:
        sys.exit(1)


def asked_of() -> dict[str, Any]:
    """What this process is to do. It ends at once when the server does."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    return asked


def _end_with_the_server() -> None:
    sys.stdin.read()
    os._exit(1)
