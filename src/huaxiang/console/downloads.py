"""Files that are too large to pass through a page's socket. Who opens a link gets what their own rights allow."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from huaxiang.console import context
from huaxiang.service.desk import backups

router = APIRouter(include_in_schema=False)


@router.get("/backups/{file}")
def backup(request: Request, file: str) -> Response:
    """A backup, for whoever may have it."""
    path = backups.download(context.desk_of(request), file)
    return FileResponse(
        path, media_type="application/octet-stream", filename=path.name, headers={"Cache-Control": "no-store"}
    )
