"""Tags: the catalog, each in depth, trying and saving definitions."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from huaxiang.api.answers import cached, described, json
from huaxiang.api.caller import Caller
from huaxiang.api.languages import spoken, with_findings
from huaxiang.api.models import groups as models
from huaxiang.api.models.common import Definition, Listed, Saved
from huaxiang.api.parameters import Name
from huaxiang.service.desk import tags

router = APIRouter(tags=["tags"])


@router.get("/tags", **described(tags.tags, Listed[models.TagModel]))
def list_tags(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": tags.tags(desk)})


@router.get("/tag-tree", **described(tags.tree, Listed[models.Dimension]))
def read_tag_tree(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": tags.tree(desk)})


@router.get("/tag-health", **described(tags.health, Listed[models.TagHealth]))
def read_tag_health(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": tags.health(desk)})


@router.post("/tag-previews", **described(tags.preview, models.Preview))
def preview_tag(request: Request, desk: Caller, asked: models.Trial) -> Response:
    return spoken(request, json(with_findings(request, tags.preview(desk, asked.name, asked.text))))


@router.get("/tags/{name}", **described(tags.tag, models.TagDetail))
def read_tag(request: Request, desk: Caller, name: Name) -> Response:
    return cached(request, desk, tags.tag(desk, name))


@router.put("/tags/{name}", **described(tags.save, Saved))
def save_tag(request: Request, desk: Caller, name: Name, asked: Definition) -> Response:
    saved = tags.save(desk, name, asked.text, file=asked.file, etag=asked.etag)
    return spoken(request, json(with_findings(request, saved)))
