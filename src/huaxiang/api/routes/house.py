"""Builds, sources and the quality of what they hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from huaxiang.api.answers import cached, described
from huaxiang.api.caller import Caller
from huaxiang.api.languages import spoken, with_findings
from huaxiang.api.models import house as models
from huaxiang.api.models.common import FindingModel, Listed
from huaxiang.api.parameters import After, Build, Limit, Name
from huaxiang.service.desk import builds, quality

router = APIRouter()


@router.get("/builds", tags=["builds"], **described(builds.builds, Listed[models.BuildModel]))
def list_builds(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": builds.builds(desk)})


@router.get("/builds/{name}", tags=["builds"], **described(builds.build, models.BuildModel))
def read_build(request: Request, desk: Caller, name: Name) -> Response:
    return cached(request, desk, builds.build(desk, name))


@router.get("/diff", tags=["builds"], **described(builds.diff, models.Difference))
def read_difference(request: Request, desk: Caller, before: Build = "previous", after: Build = "current") -> Response:
    return cached(request, desk, builds.diff(desk, before, after))


@router.get("/plan", tags=["builds"], **described(builds.plan, models.PlanModel))
def read_plan(request: Request, desk: Caller) -> Response:
    return cached(request, desk, builds.plan(desk))


@router.get("/findings", tags=["builds"], **described(builds.findings, Listed[FindingModel]))
def list_findings(request: Request, desk: Caller) -> Response:
    found = with_findings(request, {"items": builds.findings(desk)}, "items")
    return spoken(request, cached(request, desk, found))


@router.get("/quality", tags=["quality"], **described(quality.audit, models.Audit))
def read_audit(request: Request, desk: Caller) -> Response:
    return cached(request, desk, quality.audit(desk))


@router.get("/quality/history", tags=["quality"], **described(quality.history, Listed[models.Score]))
def read_scores(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": quality.history(desk)})


@router.get("/sources", tags=["quality"], **described(quality.sources, Listed[models.SourceModel]))
def list_sources(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": quality.sources(desk)})


@router.get("/data-map", tags=["quality"], **described(quality.data_map, Listed[models.Mapping]))
def read_data_map(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": quality.data_map(desk)})


@router.get("/quarantine", tags=["quality"], **described(quality.quarantine, models.Quarantine))
def list_quarantine(
    request: Request,
    desk: Caller,
    source: Annotated[str | None, Query(max_length=100)] = None,
    reason: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    return cached(request, desk, quality.quarantine(desk, source=source, reason=reason, limit=limit, after=after))
