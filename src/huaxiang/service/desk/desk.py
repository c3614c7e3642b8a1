"""One actor's way to a project that is served: what they ask goes through here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from huaxiang.access.chain import Outcome
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

    def at_hand(self, identifier: str) -> AbstractContextManager[bool]:
        """Whether all that may be told the actor of a customer is in memory, as long as the block lasts."""
        return self.workspace.at_hand(identifier) if self.actor.may("profiles.read") else nullcontext(False)

    def shown(self, build: Build) -> Shown:
        """What the actor sees of the values of `build`."""
        from huaxiang.service.desk.shown import Classes, Shown

        classes = self.workspace.remembered(build.snapshot.id, "classes", lambda: Classes.of(build))
        return Shown(classes, self.actor)

    def note(
        self,
        action: str,
        subject: str = "",
        outcome: Outcome = "done",
        detail: Mapping[str, Any] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        """Write into the audit trail what the actor did; use cases that are `allowed` are written by themselves.

        `subject` is a customer_id, the name of a segment, of a user – never the value of an identifier or a tag, and
        `detail` holds none but what a definition says. With `wait` the entry is on disk when this returns.
        """
        self.workspace.trail.note(self.actor, action, subject, outcome, detail, wait=wait)

    def refused(self, use_case: str, right: str) -> None:
        """Write into the audit trail that the actor asked for what they may not have."""
        self.note(use_case, outcome="refused", detail={"right": right})
