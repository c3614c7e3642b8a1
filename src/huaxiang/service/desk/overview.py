"""The overview: how large the project is, when it was built, what to look at."""

from __future__ import annotations

from typing import Any

from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk


@allowed("overview.read")
def overview(desk: Desk) -> dict[str, Any]:
    """The project's name and texts, and the figures of the build that serves: `build` is None before the first."""
    spec = desk.workspace.project.loaded.spec
    shown: dict[str, Any] = {"name": spec.name, "label": spec.label.as_dict(), "build": None}
    if not desk.workspace.project.snapshots():
        return shown
    with desk.build() as build:
        figures = build.summary
        return shown | {"build": {"id": build.snapshot.id, "as_of": str(build.moment), **figures}}
