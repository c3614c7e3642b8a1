"""What watches over the server asks: does it live, can it work, what does it measure."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from huaxiang.api.caller import looked_up_desk
from huaxiang.core.errors import HuaxiangError
from huaxiang.server.metrics import CONTENT, Metrics
from huaxiang.service.desk.health import read_metrics
from huaxiang.service.workspace import Workspace

router = APIRouter(include_in_schema=False)

LEAST_DISK = 256 << 20
"""Bytes that must be free: the audit trail and live messages are written all the time."""

LOCAL = ("127.0.0.1", "::1")


@router.get("/health/live")
def live() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@router.get("/health/ready")
def ready(request: Request) -> Response:
    """Whether it can work: `database`, `snapshot`, `disk` are `ok`, `none yet` or `failed`; 503 where one fails."""
    workspace: Workspace = request.app.state.workspace
    checks = {"database": _database, "snapshot": _snapshot, "disk": _disk}
    found = {name: _checked(check, workspace) for name, check in checks.items()}
    failed = "failed" in found.values()
    return JSONResponse({"status": "failed" if failed else "ok", **found}, 503 if failed else 200)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The measures for Prometheus: for programs on this machine, and for keys with the right `metrics.read`."""
    here = request.client is not None and request.client.host in LOCAL and not request.scope.get("forwarded")
    if not here or "authorization" in request.headers:
        read_metrics(looked_up_desk(request))
    measured: Metrics = request.app.state.metrics
    return Response(measured.text(), media_type=CONTENT)


def _checked(check: Callable[[Workspace], str], workspace: Workspace) -> str:
    try:
        return check(workspace)
    except (HuaxiangError, OSError):
        return "failed"


def _database(workspace: Workspace) -> str:
    workspace.access.reach()
    return "ok"


def _snapshot(workspace: Workspace) -> str:
    snapshot = workspace.project.serving()
    if snapshot is None:
        return "none yet"
    figures: dict[str, Any] = snapshot.figures
    return "ok" if figures and snapshot.file.exists() else "failed"


def _disk(workspace: Workspace) -> str:
    return "ok" if shutil.disk_usage(workspace.folder).free >= LEAST_DISK else "failed"
