"""The overview: how large the project is, how it grows, how good its data are, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huaxiang.service.builds import Build
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk

SIZES = ("customers", "records", "tags_built", "segments", "personas", "quarantined")
"""The figures of a build that are sizes; its facts come by table."""

_FLAGS = {
    "overdue": ("is overdue for review.", "已到复核日期。"),
    "drifted": ("has drifted since its last build.", "较上次构建已发生漂移。"),
}


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
        audit = build.audit()
        return {
            **shown,
            "build": _sizes(snapshot.id, snapshot.built_at.isoformat(), build.summary),
            "growth": growth,
            "quality": [row for row in audit["scores"] if row["source"] is None],
            "alerts": list(_alerts(build, audit["changes"])),
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


def _alerts(build: Build, changes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for change in changes:
        if change["severity"] == "warning":
            statement = change["statement"]
            yield {"level": "warning", "text_en": statement["en"], "text_zh": statement["zh"], "path": "/quality"}
    for measure in build.audit_identity()["measures"]:
        if measure["level"] in ("amber", "red"):
            level = "warning" if measure["level"] == "red" else "note"
            reason = measure["reason"]
            yield {"level": level, "text_en": reason["en"], "text_zh": reason["zh"], "path": "/identity"}
    for persona in build.personas():
        for flag in persona["flags"]:
            english, chinese = _FLAGS[flag]
            yield {
                "level": "note",
                "text_en": f"{persona['label_en']} {english}",
                "text_zh": f"{persona['label_zh']}{chinese}",
                "path": f"/personas/{persona['name']}",
            }
