"""What first looks at a build ask for, found out before somebody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from huaxiang.access.people import nobody
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import overview, segments, tags
from huaxiang.service.desk.desk import Desk

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

OFTEN = 2.0
"""Seconds between two looks whether a newer build serves."""

_PATIENCE = 10.0
"""Seconds that a server which stops waits for what is being found out."""


def _customers(desk: Desk) -> None:
    """What single customers are read with."""
    with desk.workspace.shared() as build:
        desk.shown(build)


STEPS: tuple[Callable[[Desk], Any], ...] = (
    overview.found,
    tags.catalog,
    segments.catalog,
    _customers,
    tags.found_health,
)
"""What is found out, the first page first. None of it is told to anybody: it is the same for all who may see it."""


class Preparation:
    """Prepares each build that begins to serve, in a thread of its own, while the server runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._desk = Desk(workspace, nobody(""))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="preparation", daemon=True)

    def begin(self) -> None:
        """Prepare the build that serves, and all later ones."""
        self._thread.start()

    def end(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self._thread.join(_PATIENCE)

    def _look_on(self) -> None:
        prepared = None
        while not self._stopping.is_set():
            serving = self._desk.workspace.project.serving()
            if serving is not None and serving.id != prepared:
                prepared = serving.id
                self._prepare()
            self._stopping.wait(OFTEN)

    def _prepare(self) -> None:
        for step in STEPS:
            if self._stopping.is_set():
                return
            try:
                step(self._desk)
            except HuaxiangError as error:
                # Whoever asks for it is told; here nobody has.
                _log().warning("not_prepared", step=f"{step.__module__}.{step.__name__}", reason=error.code)


def _log() -> Any:
    import structlog

    return structlog.get_logger("huaxiang.preparation")
