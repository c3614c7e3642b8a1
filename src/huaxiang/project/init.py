"""The starter project that `huaxiang init` writes."""

from __future__ import annotations

import shutil
from pathlib import Path

from huaxiang.core.errors import StoreError, UsageError

TEMPLATE = Path(__file__).parent / "template"
"""The starter project as package data; `gitignore` is written as `.gitignore`."""


def init(folder: Path) -> list[str]:
    """Write a commented starter project with a little data; returns the files, relative to `folder`.

    Raises:
        UsageError: `folder` is a file, or holds something already.
        StoreError: `folder` can't be written.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is a file. Name a new or empty folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"'{folder}' is not empty. Name a new or empty folder: nothing is ever overwritten.")
    written = []
    try:
        for path in sorted(TEMPLATE.rglob("*")):
            if path.is_file():
                name = path.relative_to(TEMPLATE).as_posix().replace("gitignore", ".gitignore")
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                written.append(name)
    except OSError as error:
        raise StoreError(f"'{folder}' can't be written: {error.strerror or error}.") from error
    return written
