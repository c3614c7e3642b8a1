"""Builds: the snapshots that are kept, their figures, what changed between two, and what the next one would do."""

from __future__ import annotations

from typing import Any

from huaxiang.core.tables import SENSITIVE
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row

_MOVED = ("stayed", "entered", "left", "entered_new", "left_gone")
_SIZES = ("before", "after")


@allowed("builds.read")
def builds(desk: Desk) -> list[Row]:
    """The snapshots that are kept, the latest first.

    `id`, `as_of` and `built_at` (moments), `serving`; `customers`, `records`, `quarantined`, `tags_built`, `segments`,
    `personas`, `seconds`, `quality` (dimension → score).
    """
    project = desk.workspace.project
    serving = project.serving()
    rows = []
    for snapshot in reversed(project.snapshots()):
        figures = snapshot.figures
        head = {"id": snapshot.id, "as_of": snapshot.as_of, "built_at": snapshot.built_at}
        is_serving = serving is not None and serving.id == snapshot.id
        rows.append(head | {"serving": is_serving} | {name: figures.get(name) for name in _TOLD})
    return rows


_TOLD = ("customers", "records", "quarantined", "tags_built", "segments", "personas", "seconds", "quality")


@allowed("builds.read")
def build(desk: Desk, name: str = "current") -> Row:
    """The figures of one build: those of `builds`, and `facts`, `steps` (list of `step`, `seconds`), `findings`, ….

    `name` is an id, the unique beginning of one, `current` or `previous`.

    Raises:
        NotFoundError: there is none.
    """
    from huaxiang.service.differences import snapshot_named

    project = desk.workspace.project
    known, serving = project.snapshots(), project.serving()
    wanted = snapshot_named(known, serving, name)
    (snapshot,) = (each for each in known if each.id == wanted)
    # How the next build goes on from this one is nobody's business.
    figures = {key: value for key, value in snapshot.figures.items() if key != "upstream"}
    head = {"id": snapshot.id, "as_of": snapshot.as_of, "built_at": snapshot.built_at}
    return figures | head | {"serving": serving is not None and serving.id == wanted}


@allowed("builds.read")
def diff(desk: Desk, before: str = "previous", after: str = "current") -> Row:
    """What changed between two builds: `before`, `after`, `customers`, `segments`, `tags`, `definitions`.

    As `Project.diff` has it; how many entered and left a segment is None where either are too few to be told.

    Raises:
        NotFoundError: there is no such build.
    """
    return shown_difference(desk, before, after)


def shown_difference(desk: Desk, before: str, after: str) -> Row:
    """What changed between two builds, without what would give away small groups or sensitive tags."""
    from huaxiang.service.differences import snapshot_named

    project = desk.workspace.project
    known, serving = project.snapshots(), project.serving()
    ids = [snapshot_named(known, serving, name) for name in (before, after)]
    found = desk.workspace.worked_out(f"diff {' '.join(ids)}", lambda: _difference(desk, *ids))
    tags = [row for row in found["tags"] if _privacy(desk, row["tag"]) < SENSITIVE]
    if desk.actor.may("segments.count_exactly"):
        return found | {"tags": tags}
    threshold = project.loaded.spec.minimum_group
    return found | {"segments": [_protected(row, threshold) for row in found["segments"]], "tags": tags}


def _difference(desk: Desk, before: str, after: str) -> Row:
    with desk.workspace.turn():
        return desk.workspace.project.diff(before, after)


def _privacy(desk: Desk, tag: str) -> str:
    spec = desk.workspace.project.loaded.tags.get(tag)
    return "L2" if spec is None else spec.privacy


def _protected(row: Row, threshold: int) -> Row:
    """The row without the counts of groups of which one is too small: whoever subtracts would have it."""

    def few(name: str) -> bool:
        return row[name] is not None and 0 < row[name] < threshold

    if any(few(name) for name in (*_MOVED, *_SIZES)):
        sizes = {name: None if few(name) else row[name] for name in _SIZES}
        return row | sizes | dict.fromkeys(_MOVED) | {"hidden": True}
    return row | {"hidden": False}


@allowed("builds.read")
def plan(desk: Desk) -> Row:
    """The steps that a build would take now: `as_of`, `steps`, `tags`, `segments`, `personas`, `left_out`.

    Raises:
        ProjectError: the definitions hold mistakes.
    """
    found: dict[str, Any] = desk.workspace.project.plan().as_dict()
    return found


@allowed("builds.read")
def findings(desk: Desk) -> list[Row]:
    """What can be said about the definitions as they are now.

    A row each: `code`, `severity`, `message`, `remedy`, `file`, `line`.
    """
    return [finding.as_dict() for finding in desk.workspace.findings()]
