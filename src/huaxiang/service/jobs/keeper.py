"""What the server does about builds from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from huaxiang.service.jobs.notices import Notices
from huaxiang.service.jobs.scheduler import Scheduler

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


class Keeper:
    """Marks what was lost, starts what is due, tells how it went."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._notices = Notices(workspace)
        self._scheduler = Scheduler(workspace)

    @classmethod
    def begin(cls, workspace: Workspace) -> Self:
        """Take care of the builds of a project from now on.

        Raises:
            StoreError: the operational database can't be reached.
        """
        keeper = cls(workspace)
        jobs = workspace.jobs
        jobs.on_start, jobs.on_end = (keeper._notices.remember,), (keeper._notices.tell,)
        for run in jobs.recover():
            keeper._notices.tell(jobs.rows.get(run.number))
        keeper._scheduler.begin()
        return keeper

    def end(self) -> None:
        """Start nothing more; the build that runs is stopped with the workspace."""
        self._scheduler.end()
