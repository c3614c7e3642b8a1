"""Files that are too large to pass through a page's socket. Who opens a link gets what their own rights allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from huaxiang.console import context
from huaxiang.console.parts.cells import write_excel
from huaxiang.service.desk import backups, customers, segments, trail
from huaxiang.service.exports import for_spreadsheets, write_batches
from huaxiang.service.passing_files import chunks, passing

if TYPE_CHECKING:
    import pyarrow as pa

router = APIRouter(include_in_schema=False)

Form = Literal["csv", "xlsx"]
Words = Annotated[str, Query(max_length=10_000)]
Tags = Annotated[list[str], Query(max_length=100)]

KEPT = ("/downloads/", "/backups/")
"""Where files are that the audit trail says who has taken: no other site may lead there."""

UNSEEN = {"Cache-Control": "no-store"}
TYPES: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_MARK = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for something else."""


@router.get("/backups/{file}")
def backup(request: Request, file: str) -> Response:
    """A backup, for whoever may have it."""
    path = backups.download(context.desk_of(request), file)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name, headers=UNSEEN)


@router.get("/downloads/customers.{form}")
def all_customers(
    request: Request,
    form: Form,
    rule: Words = "",
    tag: Tags = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """All customers of whom `rule` holds, with the tags asked for by their names, for whoever may export them."""
    batches = customers.export(context.desk_of(request), tags=tag, rule=rule or None)
    return _answer(_written(batches, form), f"customers.{form}", TYPES[form])


@router.get("/downloads/members/{name}.{form}")
def all_members(request: Request, name: str, form: Form, tag: Tags = []) -> Response:  # noqa: B006 - FastAPI copies it
    """All members of a segment, with the tags asked for by their names, for whoever may export them."""
    batches = segments.members_with_tags(context.desk_of(request), name, tag)
    return _answer(_written(batches, form), f"members.{form}", TYPES[form])


@router.get("/downloads/audit-trail.csv")
def all_entries(request: Request, since: Words = "", actor: Words = "", subject: Words = "") -> Response:
    """All entries of the audit trail that fit, for whoever may read it."""
    desk = context.desk_of(request)
    wanted = trail.sought(desk, since=since or None, actor=actor or None, subject=subject or None)
    lines = (line.encode() for line in trail.export(desk, wanted))
    return _answer(lines, "audit-trail.csv", TYPES["csv"])


def _written(batches: Iterator[pa.RecordBatch], form: Form) -> Iterator[bytes]:
    if form == "csv":
        return chunks(passing(".csv", lambda path: write_batches(map(for_spreadsheets, batches), path)), _MARK)
    return chunks(passing(".xlsx", lambda path: write_excel(batches, path)))


def _answer(content: Iterator[bytes], name: str, kind: str) -> Response:
    headers = UNSEEN | {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type=kind, headers=headers)
