"""Work of a server in a process of its own: the server answers meanwhile, and its memory stays its own.

python -m <module>       a module whose `main` reads what is asked (`asked_of`) and does it
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from huaxiang.service.jobs.child import POLITENESS

MEMORY = "1GB"
"""What the engine of such a process may take."""

_LOOK = 0.5
"""Seconds between two looks whether it has ended."""


def done_aside(module: str, asked: Mapping[str, Any], stopping: threading.Event) -> bool | None:
    """Whether a process of this module has done what is asked; None where it was stopped, as the server is."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
    ) as process:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, os.nice(0) + POLITENESS)
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        while process.poll() is None:
            if stopping.wait(_LOOK):
                process.terminate()
                return None
    return process.returncode == 0


def asked_of() -> dict[str, Any]:
    """What this process is to do. It ends at once when the server does."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    return asked


def _end_with_the_server() -> None:
    sys.stdin.read()
    os._exit(1)
