"""The overview: how large the project is, how it grows, how good its data are, and what to look at."""

from __future__ import annotations

from typing import Any

from huaxiang.service.alerts import alerts
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk

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
    growth = [_sizes(snapshot.id, snapshot.built_at.isoformat(), snapshot.figures) for snapshot in project.snapshots()]
    if not growth:
        return {**shown, "build": None, "growth": [], "quality": [], "alerts": []}
    with desk.build() as build:
        snapshot = build.snapshot
        return {
            **shown,
            "build": _sizes(snapshot.id, snapshot.built_at.isoformat(), build.summary),
            "growth": growth,
            "quality": [row for row in build.audit()["scores"] if row["source"] is None],
            "alerts": list(alerts(build)),
        }


def _sizes(snapshot: str, built_at: str, figures: dict[str, Any]) -> dict[str, Any]:
    sizes = {name: figures.get(name) for name in SIZES}
    return {
        "id": snapshot,
        "as_of": figures["moment"],
        "built_at": built_at,
        **sizes,
        "facts": sum(figures.get("facts", {}).values()),
        "seconds": figures.get("seconds"),
    }
