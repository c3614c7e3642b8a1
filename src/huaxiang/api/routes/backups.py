"""Backups of the project."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse

from huaxiang.api.answers import cached, described, json
from huaxiang.api.caller import Caller
from huaxiang.api.models import backups as models
from huaxiang.service.desk import backups

router = APIRouter(prefix="/backups", tags=["backups"])

File = Annotated[str, Path(max_length=200, description="The name of a backup's file.")]
ARCHIVE = "application/octet-stream"


@router.get("", **described(backups.backups, models.Backups))
def list_backups(request: Request, desk: Caller) -> Response:
    return cached(request, desk, backups.backups(desk))


@router.post("", **described(backups.make, models.BackupModel))
def make_backup(desk: Caller, asked: models.Make) -> Response:
    return json(backups.make(desk, with_data=asked.with_data))


@router.get("/{file}", **described(backups.download, content={ARCHIVE: {}}))
def download_backup(desk: Caller, file: File) -> Response:
    path = backups.download(desk, file)
    return FileResponse(path, media_type=ARCHIVE, filename=path.name)


@router.post("/{file}/verification", **described(backups.verify, models.BackupModel))
def verify_backup(desk: Caller, file: File) -> Response:
    return json(backups.verify(desk, file))


@router.delete("/{file}", **described(backups.remove, models.BackupFile))
def remove_backup(desk: Caller, file: File) -> Response:
    return json(backups.remove(desk, file))
