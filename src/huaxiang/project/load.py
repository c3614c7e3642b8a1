"""From a folder to a project without mistakes in its files."""

from __future__ import annotations

from pathlib import Path

from huaxiang.core.errors import ProjectError
from huaxiang.project.check import check
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.read import read


def load(folder: Path) -> LoadedProject:
    """Read a project folder.

    Raises:
        ProjectError: `folder` is no project, or its files hold mistakes. Then all findings are told at once,
            also those about definitions that could be read.
    """
    project = read(folder)
    if project.errors:
        raise ProjectError([finding for finding in check(project) if finding.severity == "error"])
    return project
