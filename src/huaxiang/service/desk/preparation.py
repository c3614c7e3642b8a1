"""What first looks at a build ask for, found out before somebody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from huaxiang.access.people import nobody
from huaxiang.core.errors import BusyError, HuaxiangError, StoreError
from huaxiang.core.messages import templates
from huaxiang.service import first_looks
from huaxiang.service.desk.desk import Desk
from huaxiang.service.row_writer import prepare_rows
from huaxiang.service.shelf_writer import prepare_shelf

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

OFTEN = 2.0
"""Seconds between two looks whether a newer build serves."""

_PATIENCE = 10.0
"""Seconds that a server which stops waits for what is being found out."""


def _customers(workspace: Workspace) -> None:
    """What single customers are read with."""
    with workspace.shared() as build:
        Desk(workspace, nobody("")).shown(build)


def _messages(_: Workspace) -> None:
    """The words of both languages: whoever gets the first error must not wait for them."""
    templates()


Step = Callable[["Workspace"], Any]

STEPS: tuple[Step, ...] = (
    _messages,
    first_looks.overview,
    first_looks.tags,
    first_looks.segments,
    _customers,
    first_looks.health,
    prepare_rows,
    prepare_shelf,
)
"""What is found out, the first page first. None of it is told to anybody: it is the same for all who may see it."""


class Preparation:
    """Prepares each build that begins to serve, in a thread of its own, while the server runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._build: str | None = None
        self._left: list[Step] = []
        self._said: set[tuple[str, str]] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="preparation", daemon=True)

    def begin(self) -> None:
        """Prepare the build that serves, and all later ones."""
        self._thread.start()

    def end(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self._workspace.closing.set()
        self._thread.join(_PATIENCE)

    def _look_on(self) -> None:
        while not self._stopping.is_set():
            self._tried(self._begin_anew)
            self._left = [step for step in self._left if not self._tried(step)]
            self._stopping.wait(OFTEN)

    def _begin_anew(self, workspace: Workspace) -> None:
        """Where another build serves, all is still to be found out."""
        serving = workspace.project.serving()
        if serving is not None and serving.id != self._build:
            self._build, self._left, self._said = serving.id, [*STEPS], set()

    def _tried(self, step: Step) -> bool:
        """Whether nothing more is to be done about a step: what may pass is tried again, what failed for good is not.

        Whoever asks for it is told; here nobody has.
        """
        if self._stopping.is_set():
            return False
        try:
            step(self._workspace)
        except (BusyError, StoreError) as error:
            self._tell(step, error)
            return False
        except Exception as error:
            self._tell(step, error)
        return True

    def _tell(self, step: Step, error: Exception) -> None:
        """Write into the log why something was not prepared, once for each build."""
        reason, trace = (error.code, None) if isinstance(error, HuaxiangError) else (type(error).__name__, error)
        said = f"{step.__module__}.{step.__name__}", reason
        if said not in self._said:
            self._said.add(said)
            _log().warning("not_prepared", step=said[0], reason=reason, exc_info=trace)


def _log() -> Any:
    import structlog

    return structlog.get_logger("huaxiang.preparation")
