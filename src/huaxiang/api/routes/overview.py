"""What is served here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from huaxiang.api.answers import cached, described
from huaxiang.api.caller import Caller
from huaxiang.api.models.house import Overview
from huaxiang.service.desk.overview import overview

router = APIRouter(tags=["overview"])


@router.get("/overview", **described(overview, Overview))
def read_overview(request: Request, desk: Caller) -> Response:
    return cached(request, desk, overview(desk))
