"""Segments, and rules that nobody has saved."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from huaxiang.api import answers
from huaxiang.api.answers import cached, described, json
from huaxiang.api.caller import Caller
from huaxiang.api.languages import spoken, with_findings
from huaxiang.api.models import groups as models
from huaxiang.api.models.common import Label, Listed, Page, Saved
from huaxiang.api.parameters import After, Build, Limit, Name, Tags
from huaxiang.core.errors import UsageError
from huaxiang.service.desk import segments

router = APIRouter(tags=["segments"])


@router.get("/segments", **described(segments.segments, Listed[models.SegmentModel]))
def list_segments(request: Request, desk: Caller) -> Response:
    return cached(request, desk, {"items": segments.segments(desk)})


@router.get("/segments/{name}", **described(segments.segment, models.SegmentDetail))
def read_segment(request: Request, desk: Caller, name: Name) -> Response:
    return cached(request, desk, segments.segment(desk, name))


@router.get("/segments/{name}/source", **described(segments.source, models.SegmentSource))
def read_segment_source(request: Request, desk: Caller, name: Name) -> Response:
    return cached(request, desk, segments.source(desk, name))


@router.put("/segments/{name}", **described(segments.save, Saved))
def save_segment(request: Request, desk: Caller, name: Name, asked: models.SegmentDefinition) -> Response:
    if (asked.rule is None) == (asked.text is None):
        raise UsageError("A segment is saved with either its 'rule' or its 'text'.")
    if asked.text is not None:
        saved = segments.save(desk, name, asked.text, file=asked.file, etag=asked.etag)
    else:
        saved = segments.save_rule(
            desk,
            name,
            asked.rule or "",
            label=_text(asked.label),
            description=_text(asked.description),
            file=asked.file,
            etag=asked.etag,
        )
    return spoken(request, json(with_findings(request, saved)))


def _text(label: Label | None) -> dict[str, str] | None:
    return None if label is None else label.model_dump()


@router.get(
    "/segments/{name}/members",
    **described(segments.members, Page[str], **answers.TABLES),
)
def list_members(
    request: Request,
    desk: Caller,
    name: Name,
    tags: Tags = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 100,
    after: After = None,
) -> Response:
    kind = answers.wanted_format(request)
    if kind is None and not tags:
        return cached(request, desk, segments.members(desk, name, limit=limit, after=after))
    found = segments.members_with_tags(desk, name, tags) if tags else segments.all_members(desk, name)
    return answers.table(found, kind or "text/csv", "members")


@router.get("/segment-flow", **described(segments.flow, Listed[models.Flow]))
def read_flow(request: Request, desk: Caller, before: Build = "previous", after: Build = "current") -> Response:
    return cached(request, desk, {"items": segments.flow(desk, before, after)})


@router.post("/counts", **described(segments.count, models.Count))
def count_rule(desk: Caller, asked: models.Rule) -> Response:
    return json(segments.count(desk, asked.rule))


@router.post("/distributions", **described(segments.distribution, models.Distribution))
def distribute(desk: Caller, asked: models.RuleAndTag) -> Response:
    return json(segments.distribution(desk, asked.rule, asked.tag))


@router.post("/overlaps", **described(segments.overlap, Listed[models.OverlapModel]))
def overlap_rules(desk: Caller, asked: models.RuleList) -> Response:
    return json({"items": segments.overlap(desk, asked.rules)})
