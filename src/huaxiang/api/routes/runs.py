"""Builds that are asked for here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from huaxiang.api.answers import cached, described, json
from huaxiang.api.caller import Caller
from huaxiang.api.models import runs as models
from huaxiang.service.desk import jobs

router = APIRouter(prefix="/builds/runs", tags=["builds"])

Number = Annotated[int, Path(ge=1, lt=1 << 31, description="The number of a run.")]


@router.get("", **described(jobs.runs, models.Runs))
def list_runs(request: Request, desk: Caller) -> Response:
    return cached(request, desk, jobs.runs(desk))


@router.post("", **described(jobs.start, models.Run))
def start_run(desk: Caller, asked: models.Start) -> Response:
    return json(jobs.start(desk, asked.as_of, full=asked.full))


@router.get("/{number}", **described(jobs.one, models.RunProgress))
def read_run(request: Request, desk: Caller, number: Number) -> Response:
    return cached(request, desk, jobs.one(desk, number))


@router.post("/{number}/cancel", **described(jobs.cancel, models.Run))
def cancel_run(desk: Caller, number: Number) -> Response:
    return json(jobs.cancel(desk, number))
