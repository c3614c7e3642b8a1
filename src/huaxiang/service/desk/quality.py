"""Sources and the quality of what they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from huaxiang.core.tables import SENSITIVE
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.cursors import cursor, page_size, place
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, Shown, class_of_target, must_be

if TYPE_CHECKING:
    import ibis

    from huaxiang.project.loaded import LoadedProject
    from huaxiang.service.builds import Build
    from huaxiang.sources.spec import SourceSpec


@allowed("quality.read")
def audit(desk: Desk) -> dict[str, list[Row]]:
    """How good the data are: `scores`, `changes`, `rules`, `conflicts`, as `Build.audit` has them.

    Raises:
        NotFoundError: the snapshot is older than its scores.
    """
    with desk.build() as build:
        return build.audit()


@allowed("quality.read")
def history(desk: Desk) -> list[Row]:
    """The scores of the latest builds: `build`, `as_of`, `built_at`, `source` (None: overall), `dimension`, `score`."""
    with desk.build() as build:
        engine = build.engine
        return engine.rows(engine.table("quality_history"), step="scores of builds")


@allowed("quality.read")
def sources(desk: Desk) -> list[Row]:
    """The sources of the project, and what became of their rows.

    `name`, `label`, `description`, `kind` (files, database, live), `place` (path; of a database its table), `tables`,
    `read`, `used`, `quarantined`, `deduplicated`, `set_aside` (sums over feeds; None before the first build), `score`.
    """
    with desk.build() as build:
        engine = build.engine
        balance: dict[str, Row] = {}
        for row in engine.rows(engine.table("balance"), step="balance"):
            sums = balance.setdefault(row["source"], dict.fromkeys(_COUNTS, 0))
            for name in _COUNTS:
                sums[name] += row[name]
        scores = {row["source"]: row["score"] for row in build.audit()["scores"] if row["dimension"] == "total"}
        return [
            _described(source) | balance.get(name, dict.fromkeys(_COUNTS)) | {"score": scores.get(name)}
            for name, source in build.project.sources.items()
        ]


_COUNTS = ("read", "used", "quarantined", "deduplicated", "set_aside")


def _described(source: SourceSpec) -> Row:
    kind = "live" if source.live else "files" if source.path is not None else "database"
    return {
        "name": source.name,
        "label": source.label.as_dict(),
        "description": source.description.as_dict(),
        "kind": kind,
        # The address of a database holds passwords.
        "place": source.path or source.table,
        "tables": [feed.table for feed in source.feeds],
    }


@allowed("quality.read")
def data_map(desk: Desk) -> list[Row]:
    """Which column of which source fills what: the columns of `data_map`, and `privacy` of the target."""
    with desk.build() as build:
        engine = build.engine
        return [
            row | {"privacy": class_of_target(row["target"], row["column"], build.project)}
            for row in engine.rows(engine.table("data_map"), step="data map")
        ]


@allowed("quality.read")
def quarantine(
    desk: Desk, *, source: str | None = None, reason: str | None = None, limit: int = 50, after: str | None = None
) -> Row:
    """The rows that were not used, a page at a time, and how many there are of each reason.

    `items`: list of `source`, `target`, `file`, `row`, `record_key`, `reason`, `detail`, `data` (column → value);
    `next`; `reasons`: list of `source`, `reason`, `rows`. Values are masked by what their column is mapped onto; those
    of columns that are not mapped nobody has classified, so they count as sensitive.

    Raises:
        NotFoundError: there is no such source.
        UsageError: `limit` or `after` makes no sense.
    """
    page_size(limit)
    with desk.build() as build:
        question = ["quarantine", build.snapshot.id, source, reason]
        offset = 0 if after is None else place(desk, question, after)
        rows = _of_source(build, source)
        counted = rows.group_by("source", "reason").aggregate(rows=rows.count()).order_by("source", "reason")
        found = _rejected_rows(desk, build, rows, reason, limit + 1, offset)
        return {
            "items": found[:limit],
            "next": cursor(desk, question, offset + limit) if len(found) > limit else None,
            "reasons": build.engine.rows(counted, step="reasons of quarantine"),
        }


@allowed("quality.export")
def quarantine_file(
    desk: Desk, *, source: str | None = None, reason: str | None = None, limit: int = 5_000
) -> tuple[Row, ...]:
    """The first rows that were not used, as `quarantine` tells them, to be kept as a file.

    Raises:
        NotFoundError: there is no such source.
    """
    with desk.build() as build:
        return tuple(_rejected_rows(desk, build, _of_source(build, source), reason, limit))


def _of_source(build: Build, source: str | None) -> ibis.Table:
    table = build.engine.table("quarantine")
    if source is None:
        return table
    must_be(source, build.project.sources, "source")
    return table.filter(table.source == source)


def _rejected_rows(
    desk: Desk, build: Build, rows: ibis.Table, reason: str | None, limit: int, offset: int = 0
) -> list[Row]:
    chosen = rows if reason is None else rows.filter(rows.reason == reason)
    chosen = chosen.order_by("source", "file", "row", "target", "reason", "detail").limit(limit, offset=offset)
    shown = desk.shown(build)
    return [_rejected(shown, row, build.project) for row in build.engine.rows(chosen, step="rows in quarantine")]


def _rejected(shown: Shown, row: Row, project: LoadedProject) -> Row:
    data = json.loads(row["data"]) if row["data"] else {}
    classes = shown.classes.sources.get(row["source"], {})

    def masked(name: str, value: Any) -> Any:
        known = classes[name] if name in classes else class_of_target(row["target"], name, project)
        return shown.value(value, known, name)

    told = {
        # It quotes the value that made no sense, whatever its column.
        "detail": shown.value(row["detail"], max(classes.values(), default=SENSITIVE)),
        "data": {name: masked(name, value) for name, value in data.items()},
    }
    found: Row = shown.keys_of_records(row | told)
    return found
