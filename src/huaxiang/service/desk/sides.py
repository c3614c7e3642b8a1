"""What is compared: sides that the actor may ask for, each a segment or a rule."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from huaxiang.core.errors import ForbiddenError
from huaxiang.core.spec import NAME_PATTERN
from huaxiang.service.desk.desk import Desk

if TYPE_CHECKING:
    from huaxiang.service.comparisons import Compared


def compared(
    desk: Desk,
    sides: Sequence[str],
    *,
    before: str | None = None,
    at: str | None = None,
    tags: Sequence[str] = (),
    family_wise: bool = False,
) -> Compared:
    """The comparison of `sides`, held against what the actor may ask. See `personas.compare`."""
    from huaxiang.service.differences import snapshot_named

    project = desk.workspace.project
    with ExitStack() as opened:
        build = opened.enter_context(desk.build())
        shown = desk.shown(build)
        for rule in (side for side in sides if not NAME_PATTERN.fullmatch(side)):
            if not desk.actor.may("segments.count"):
                raise ForbiddenError(f"{desk.actor.role}s compare segments, not rules: that needs 'segments.count'.")
            tags, _ = build.audiences.rules.speaks_of(rule)
            shown.may_group_by(tags)
        others = []
        if before is not None:
            named = snapshot_named(project.snapshots(), project.serving(), before)
            others.append(opened.enter_context(project.open(named)))
        return build.compare(*sides, *others, at=at, tags=tags, family_wise=family_wise)
