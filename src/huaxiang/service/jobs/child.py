"""A build in a process of its own, so that the server goes on answering and its memory stays its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLITENESS = 10
"""What is added to the niceness of a build: whoever asks the server goes first."""

GRACE = 10.0
"""Seconds that a build has to stop once it is told to."""

_LONGEST = 500
"""Characters of a message that are kept."""

_EXPOSED = frozenset({"project", "source", "data", "not_found", "usage", "store", "system"})
"""Codes of errors whose messages are written for users."""

_VALUES = re.compile(r"\S+@\S+|\+?\d[\d -]{4,}\d")
"""What may be an address of mail or a number of somebody, in a message about a file."""


@dataclass(frozen=True)
class Ending:
    """How a build ended: `snapshot` where it came to one, else the `code` of its error and a `message` about it."""

    snapshot: str | None = None
    code: str | None = None
    message: str = ""


class Child:
    """A build under way. It has a process group of its own: what it starts is stopped with it."""

    def __init__(
        self, folder: Path, progress: Path, as_of: str | None, *, full: bool, environment: Mapping[str, str]
    ) -> None:
        options = ["--as-of", as_of] if as_of else []
        command = [sys.executable, "-m", "huaxiang", "build", str(folder), "--json", "--progress-file", str(progress)]
        # Standard error may hold values of data: nobody reads it there. Errors come as JSON on standard output.
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, *options, *(["--full"] if full else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Not a session: systems that share processors among sessions would let niceness count for nothing.
            process_group=0,
            env={**environment, "HUAXIANG_LANGUAGE": "en"},
        )
        # Threads inherit it; there are no others yet.
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, os.nice(0) + POLITENESS)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Tell the build to stop. Returns at once."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def wait(self) -> Ending:
        """How the build ended, once it has. One that does not stop when it is told to is killed."""
        deadline = None
        while True:
            try:
                out, _ = self._process.communicate(timeout=0.5)
                return _ending(out, self._process.returncode)
            except subprocess.TimeoutExpired:
                if self._stopping.is_set():
                    deadline = deadline or time.monotonic() + GRACE
                    if time.monotonic() > deadline:
                        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def _ending(out: bytes, status: int) -> Ending:
    try:
        told: dict[str, Any] = json.loads(out)
    except ValueError:
        told = {}
    if status == 0 and "snapshot" in told:
        return Ending(snapshot=str(told["snapshot"]))
    if status < 0:
        memory = " Perhaps it needed more memory than there is: set 'memory' in huaxiang.yml." if status == -9 else ""
        return Ending(code="ended", message=f"The build was ended from outside (signal {-status}).{memory}")
    error = told.get("error", {})
    code = str(error.get("code", "internal"))
    if code not in _EXPOSED:
        return Ending(code=code, message="A mistake in Huaxiang: 'huaxiang build --debug' shows where.")
    return Ending(code=code, message=scrubbed(str(error.get("message", ""))))


def scrubbed(message: str) -> str:
    """The message without what may be an address of mail or a number of somebody."""
    return _VALUES.sub("****", message)[:_LONGEST]
