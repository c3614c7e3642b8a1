"""The desk of whoever works with a project's folder on the command line: who has the folder may do everything."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huaxiang.access.people import Actor
from huaxiang.service.desk import Desk
from huaxiang.service.workspace import Workspace


@contextmanager
def desk_at(folder: Path) -> Iterator[Desk]:
    """The desk of the user of this machine, at the project in `folder`.

    Raises:
        ProjectError: `folder` is no project, or its definitions hold mistakes.
    """
    workspace = Workspace(folder)
    try:
        yield Desk(workspace, Actor(_login(), "admin", "command"))
    finally:
        workspace.close()


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return "command"
