"""Who is who, and deciding it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from huaxiang.api.answers import cached, described, json
from huaxiang.api.caller import Caller
from huaxiang.api.models import house as models
from huaxiang.api.models.common import Listed
from huaxiang.api.parameters import Identifier
from huaxiang.service.desk import identity

router = APIRouter(prefix="/identity", tags=["identity"])

Number = Annotated[int, Path(ge=1, lt=1 << 53, description="The number of a pair, as the review told it.")]


@router.get("/audit", **described(identity.audit, models.IdentityAudit))
def read_identity_audit(request: Request, desk: Caller) -> Response:
    return cached(request, desk, identity.audit(desk))


@router.get("/review", **described(identity.review, models.Review))
def read_review(request: Request, desk: Caller) -> Response:
    return cached(request, desk, identity.review(desk))


@router.get("/explain/{identifier}", **described(identity.explain, models.Explained))
def explain_identity(request: Request, desk: Caller, identifier: Identifier) -> Response:
    return cached(request, desk, identity.explain(desk, identifier))


@router.get("/history", **described(identity.history, models.IdentityHistory))
def read_identity_history(
    request: Request, desk: Caller, identifier: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    return cached(request, desk, identity.history(desk, identifier))


@router.get("/decisions", **described(identity.decisions, Listed[models.DecisionModel]))
def list_decisions(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": identity.decisions(desk)})


@router.post("/review/{number}/accept", **described(identity.accept, models.DecisionModel))
def accept_pair(desk: Caller, number: Number, asked: models.Verdict) -> Response:
    return json(identity.accept(desk, number, build=asked.build, why=asked.why))


@router.post("/review/{number}/reject", **described(identity.reject, models.DecisionModel))
def reject_pair(desk: Caller, number: Number, asked: models.Verdict) -> Response:
    return json(identity.reject(desk, number, build=asked.build, why=asked.why))


@router.post("/merges", **described(identity.merge, models.DecisionModel))
def merge_customers(desk: Caller, asked: models.Merge) -> Response:
    return json(identity.merge(desk, asked.identifiers, why=asked.why))


@router.post("/splits", **described(identity.split, models.DecisionModel))
def split_customer(desk: Caller, asked: models.Split) -> Response:
    return json(identity.split(desk, asked.identifier, asked.records, why=asked.why))


@router.post("/decisions/{decision}/undo", **described(identity.undo, models.DecisionModel))
def undo_decision(desk: Caller, decision: Annotated[str, Path(max_length=40)], asked: models.Undo) -> Response:
    return json(identity.undo(desk, decision, why=asked.why))
