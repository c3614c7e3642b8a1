"""Segments of too few members: how many they are, and who, is told to those only who may see exact counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from huaxiang.core.errors import ForbiddenError
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row

if TYPE_CHECKING:
    from huaxiang.service.builds import Build


def listed(desk: Desk, build: Build) -> list[Row]:
    """All segments of a build as the actor sees them: the columns of `segment_catalog`, and `hidden`.

    Of a segment of fewer members than the project's `minimum_group` – but not of nobody – `size` and `share` are None
    and `hidden` is true, unless the actor may see exact counts.
    """
    rows = desk.workspace.remembered(build.snapshot.id, "segments", build.segments)
    if desk.actor.may("segments.count_exactly"):
        return [row | {"hidden": False} for row in rows]
    threshold = build.project.spec.minimum_group
    return [_hidden(row) if 0 < row["size"] < threshold else row | {"hidden": False} for row in rows]


def may_list(desk: Desk, build: Build, names: Iterable[str]) -> None:
    """See that no list of customers is made of the segments `names` that are hidden: whoever lists has counted.

    Raises:
        ForbiddenError: one of them is.
    """
    wanted = set(names)
    for row in listed(desk, build) if wanted else ():
        if row["hidden"] and row["name"] in wanted:
            raise ForbiddenError(
                f"Segment '{row['name']}' has too few members: {desk.actor.role}s are not told who they are."
            )


def _hidden(row: Row) -> Row:
    return row | {"size": None, "share": None, "hidden": True}
