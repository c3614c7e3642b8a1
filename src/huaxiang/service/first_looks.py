"""What first looks at a build ask for, found out once for everybody.

It is told as it is, exact sizes of small groups among it: the desk hides what is not for the actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.service.alerts import alerts
from huaxiang.service.backtests import FOLDER
from huaxiang.store.snapshots import Snapshot

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

SIZES = ("customers", "records", "tags_built", "segments", "personas", "quarantined")
"""The figures of a build that are sizes; its facts come by table."""


def overview(workspace: Workspace) -> dict[str, Any]:
    """The build that serves: its sizes as `build`, the scores of its `quality`, and `alerts`."""

    def find() -> dict[str, Any]:
        return {
            "build": sizes(workspace, build.snapshot),
            "quality": [row for row in build.audit()["scores"] if row["source"] is None],
            "alerts": list(alerts(build)),
        }

    with workspace.build() as build:
        return workspace.remembered(build.snapshot.id, "overview", find)


def sizes(workspace: Workspace, snapshot: Snapshot) -> dict[str, Any]:
    """The sizes of one build: `id`, `as_of`, `built_at`, `SIZES`, `facts`, `seconds`."""
    figures = workspace.remembered(snapshot.id, "figures", lambda: snapshot.figures)
    return {
        "id": snapshot.id,
        "as_of": figures["moment"],
        "built_at": snapshot.built_at.isoformat(),
        **{name: figures.get(name) for name in SIZES},
        "facts": sum(figures.get("facts", {}).values()),
        "seconds": figures.get("seconds"),
    }


def tags(workspace: Workspace) -> list[dict[str, Any]]:
    """The catalog of tags."""
    with workspace.build() as build:
        return workspace.remembered(build.snapshot.id, "tags", build.tags)


def segments(workspace: Workspace) -> list[dict[str, Any]]:
    """The catalog of segments."""
    with workspace.build() as build:
        return workspace.remembered(build.snapshot.id, "segments", build.segments)


def health(workspace: Workspace) -> list[dict[str, Any]]:
    """The health of all tags, found out once per build and whenever tags were measured since."""

    def find() -> list[dict[str, Any]]:
        with workspace.turn():
            return workspace.project_of_snapshot().health()

    with workspace.build() as build:
        measured = build.snapshot.folder.parents[1] / FOLDER
    return workspace.worked_out(f"health {measured.stat().st_mtime_ns if measured.is_dir() else ''}", find)
