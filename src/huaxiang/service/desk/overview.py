"""The overview: how large the project is, how it grows, how good its data are, and what to look at."""

from __future__ import annotations

from typing import Any

from huaxiang.service import first_looks
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk


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
    growth = [first_looks.sizes(desk.workspace, snapshot) for snapshot in kept]
    return {**shown, **first_looks.overview(desk.workspace), "growth": growth}
