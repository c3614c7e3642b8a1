"""Row files of a build, written in a process of their own: the server answers meanwhile, and its memory stays its own.

python -m huaxiang.service.row_writer       reads what is to be written from standard input, and ends with it
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.errors import HuaxiangError, StoreError
from huaxiang.service.jobs.child import POLITENESS

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

MEMORY = "1GB"
"""What the engine of that process may take."""

_LOOK = 0.5
"""Seconds between two looks whether it has ended."""


def prepare_rows(workspace: Workspace) -> None:
    """Write row files of the build that serves, where its customers do not fit into memory and there are none yet.

    Raises:
        NotFoundError: nothing was built yet.
        StoreError: they could not be written.
    """
    with workspace.shared() as build:
        wanted = build.stored_customers.row_sets
        if not wanted:
            return
        asked = {"folder": str(workspace.folder), "snapshot": build.snapshot.id, "sets": [*map(asdict, wanted)]}
        if _written(json.dumps(asked), workspace.closing):
            build.stored_customers.use_row_files()


def _written(asked: str, stopping: threading.Event) -> bool:
    """Whether a process has written row files; it is stopped when the server is."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
    ) as process:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, os.nice(0) + POLITENESS)
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.write(asked + "\n")
        process.stdin.flush()
        while process.poll() is None:
            if stopping.wait(_LOOK):
                process.terminate()
                return False
    if process.returncode:
        raise StoreError("Row files could not be written: customers are looked up in the tables instead, more slowly.")
    return True


def main() -> None:
    """Write what standard input asks for; end at once when it ends, for then the server has."""
    from huaxiang.store.row_files import RowSet, write_row_files
    from huaxiang.store.snapshots import Store

    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    sets = [RowSet(each["table"], tuple(each["keys"]), tuple(each["columns"])) for each in asked["sets"]]
    try:
        with Store(Path(asked["folder"])).open_snapshot(asked["snapshot"], threads=1, memory=MEMORY) as opened:
            write_row_files(opened.engine, sets)
    except HuaxiangError:
        sys.exit(1)


def _end_with_the_server() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
