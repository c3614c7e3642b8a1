"""Personas, comparisons, clusters, core customers, and documents about them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from huaxiang.api.answers import cached, described, json
from huaxiang.api.caller import Caller
from huaxiang.api.models import groups as models
from huaxiang.api.models.common import Listed
from huaxiang.api.parameters import Name
from huaxiang.core.text import Language
from huaxiang.service.desk import personas, reports
from huaxiang.service.desk.reports import StudyFormat

router = APIRouter(tags=["personas"])

OpensIn = Annotated[Language | None, Query(description="The language of the document; default: the project's first.")]
_DOCUMENT: dict[str, Any] = {"content": {"text/html": {}, "application/octet-stream": {}}}


@router.get("/personas", **described(personas.personas, Listed[models.PersonaModel]))
def list_personas(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": personas.personas(desk)})


@router.get("/personas/{name}", **described(personas.persona, models.PersonaDetail))
def read_persona(request: Request, desk: Caller, name: Name) -> Response:
    return cached(request, desk, personas.persona(desk, name))


@router.get("/validations", **described(personas.validations, models.Validations))
def read_validations(
    request: Request, desk: Caller, persona: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    return cached(request, desk, personas.validations(desk, persona))


@router.get("/warnings", **described(personas.warnings, models.Warnings))
def read_warnings(request: Request, desk: Caller) -> Response:
    return cached(request, desk, personas.warnings(desk))


@router.post("/comparisons", **described(personas.compare, models.ComparisonModel))
def compare(desk: Caller, asked: models.Sides) -> Response:
    found = personas.compare(
        desk, asked.sides, before=asked.before, at=asked.at, tags=asked.tags, family_wise=asked.family_wise
    )
    return json(found)


@router.post("/comparisons/document", **described(reports.comparison, **_DOCUMENT))
def write_comparison(desk: Caller, asked: models.ComparisonDocument) -> Response:
    path = reports.comparison(
        desk, asked.sides, asked.format, asked.language, before=asked.before, at=asked.at, tags=asked.tags
    )
    return _document(path)


@router.get("/clusters", **described(personas.clusters, Listed[models.Clusters]))
def list_clusters(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": personas.clusters(desk)})


@router.get("/clusters/{name}", **described(personas.cluster, models.Clusters))
def read_clusters(request: Request, desk: Caller, name: Name) -> Response:
    return cached(request, desk, personas.cluster(desk, name))


@router.get("/core-customers", **described(personas.core_customers, models.CoreCustomers))
def read_core_customers(
    request: Request,
    desk: Caller,
    name: Annotated[str | None, Query(max_length=100)] = None,
    top: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> Response:
    return cached(request, desk, personas.core_customers(desk, name, top))


@router.get("/report", **described(reports.report, **_DOCUMENT))
def read_report(desk: Caller, language: OpensIn = None) -> Response:
    return _document(reports.report(desk, language))


@router.get("/studies", **described(reports.studies, Listed[models.Study]))
def list_studies(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": reports.studies(desk)})


@router.get("/studies/{name}", **described(reports.study, **_DOCUMENT))
def read_study(desk: Caller, name: Name, format: StudyFormat = "html", language: OpensIn = None) -> Response:  # noqa: A002
    return _document(reports.study(desk, name, format, language))


def _document(path: Path) -> Response:
    return FileResponse(path, filename=path.name)
