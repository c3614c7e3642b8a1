"""What is served here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from huaxiang.api.caller import Caller
from huaxiang.service.desk.overview import overview

router = APIRouter(tags=["overview"])


@router.get("/overview")
def read_overview(desk: Caller) -> dict[str, Any]:
    """The project, and the figures of the build that serves."""
    return overview(desk)
