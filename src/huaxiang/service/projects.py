"""Use cases about a project's files: check them, write a starter project."""

from __future__ import annotations

from pathlib import Path

from huaxiang.core.findings import Finding


def check(folder: str | Path) -> list[Finding]:
    """All findings about the project in `folder`, also where its files hold mistakes.

    Raises:
        ProjectError: `folder` is no project.
    """
    from huaxiang.project.check import check as check_project
    from huaxiang.project.read import read

    return check_project(read(Path(folder)))


def init(folder: str | Path) -> list[str]:
    """Write a commented starter project; returns its files, relative to `folder`.

    Raises:
        UsageError: `folder` holds something already.
    """
    from huaxiang.project.init import init as write

    return write(Path(folder))
