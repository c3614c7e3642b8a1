"""What changes when a file of a project does."""

from __future__ import annotations

import time
from collections.abc import Hashable
from pathlib import Path


def file_state(folder: Path) -> Hashable:
    """Something that differs once a file of the project has changed, and every minute: sources may lie elsewhere."""
    files = sorted(path for path in folder.rglob("*") if ".huaxiang" not in path.parts)
    return int(time.monotonic() // 60), tuple((str(path), *_changed(path)) for path in files)


def _changed(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
