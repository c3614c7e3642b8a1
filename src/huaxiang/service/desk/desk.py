"""One actor's way to a project that is served: what they ask goes through here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from huaxiang.access.people import Actor

if TYPE_CHECKING:
    from huaxiang.service.builds import Build
    from huaxiang.service.desk.shown import Shown
    from huaxiang.service.workspace import Workspace


class Desk:
    """A project that is served, and the actor who asks. Cheap: made anew for every request."""

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        self.workspace = workspace
        self.actor = actor

    @contextmanager
    def build(self) -> Iterator[Build]:
        """The build that serves, for the use of one thread until the block ends.

        Raises:
            NotFoundError: nothing was built yet.
        """
        with self.workspace.build() as build:
            yield build

    def shown(self, build: Build) -> Shown:
        """What the actor sees of the values of `build`."""
        from huaxiang.service.desk.shown import Classes, Shown

        classes = self.workspace.remembered(build.snapshot.id, "classes", lambda: Classes.of(build))
        return Shown(classes, self.actor)

    def refused(self, use_case: str, right: str) -> None:
        """Write into the audit trail that the actor asked for what they may not have."""
