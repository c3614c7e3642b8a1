"""The overview: how large the project is, how it grows, how good its data are, and what to look at."""

from __future__ import annotations

from typing import Any

from huaxiang.service.alerts import alerts
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.store.snapshots import Snapshot

SIZES = ("customers", "records", "tags_built", "segments", "personas", "quarantined")
"""The figures of a build that are sizes; its facts come by table."""


@allowed("overview.read")
def overview(desk: Desk) -> dict[str, Any]:
    """The project and the build that serves.

    `name`, `label`, `description`; `build` (None before the first): `id`, `as_of`, `built_at`, `SIZES`, `facts`,
    `seconds`; `growth`: a row per kept snapshot with the same; `quality`: a row per dimension (`dimension`, `label`,
    `score`, `before`, `change`); `alerts`: `level` (warning, note), `text_en`, `text_zh`, `path` in the console.
    """
    project = desk.workspace.project
    spec = project.loaded.spec
    shown = {"name": spec.name, "label": spec.label.as_dict(), "description": spec.description.as_dict()}
    kept = project.snapshots()
    if not kept:
        return {**shown, "build": None, "growth": [], "quality": [], "alerts": []}
    return {**shown, **found(desk), "growth": [_sizes(desk, snapshot) for snapshot in kept]}


def found(desk: Desk) -> dict[str, Any]:
    """Of `overview`, what hangs on the build that serves alone: found out once."""

    def find() -> dict[str, Any]:
        return {
            "build": _sizes(desk, build.snapshot),
            "quality": [row for row in build.audit()["scores"] if row["source"] is None],
            "alerts": list(alerts(build)),
        }

    with desk.build() as build:
        return desk.workspace.remembered(build.snapshot.id, "overview", find)


def _sizes(desk: Desk, snapshot: Snapshot) -> dict[str, Any]:
    """The sizes of a build."""
    figures = desk.workspace.remembered(snapshot.id, "figures", lambda: snapshot.figures)
    sizes = {name: figures.get(name) for name in SIZES}
    return {
        "id": snapshot.id,
        "as_of": figures["moment"],
        "built_at": snapshot.built_at.isoformat(),
        **sizes,
        "facts": sum(figures.get("facts", {}).values()),
        "seconds": figures.get("seconds"),
    }
