"""What the server does about builds from its start to its end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from huaxiang.service.jobs.notices import Notices
from huaxiang.service.jobs.scheduler import Scheduler
from huaxiang.store.operational import BuildRun

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

_PATIENCE = 5.0
"""Seconds that a server which stops waits for notices under way."""


class Keeper:
    """Marks what was lost, starts what is due, tells how it went."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._notices = Notices(workspace)
        self._scheduler = Scheduler(workspace)
        self._telling: threading.Thread | None = None

    @classmethod
    def begin(cls, workspace: Workspace) -> Self:
        """Take care of the builds of a project from now on.

        Raises:
            StoreError: the operational database can't be reached.
        """
        keeper = cls(workspace)
        jobs = workspace.jobs
        jobs.on_start, jobs.on_end = (keeper._notices.remember,), (keeper._notices.tell,)
        lost = [jobs.rows.get(run.number) for run in jobs.recover()]
        # Nobody waits for a webhook that does not answer before the first page is served.
        keeper._telling = threading.Thread(target=keeper._tell, args=(lost,), name="notices", daemon=True)
        keeper._telling.start()
        keeper._scheduler.begin()
        return keeper

    def end(self) -> None:
        """Start nothing more; the build that runs is stopped with the workspace."""
        self._scheduler.end()
        if self._telling is not None:
            self._telling.join(_PATIENCE)

    def _tell(self, runs: Sequence[BuildRun]) -> None:
        for run in runs:
            self._notices.tell(run)
