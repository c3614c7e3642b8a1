"""Single customers, and lists of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from huaxiang.api import answers
from huaxiang.api.answers import cached, described, json, of_one
from huaxiang.api.caller import Caller
from huaxiang.api.languages import spoken, told_row
from huaxiang.api.models import profiles as models
from huaxiang.api.models.common import Listed, Page
from huaxiang.api.parameters import After, Identifier, Limit, Name, RuleQuery, Tags
from huaxiang.service.desk import customers, profiles

router = APIRouter(tags=["profiles"])

Moment = Annotated[str | None, Query(max_length=40, description="A day, or a moment with an offset.")]
Sort = Annotated[str | None, Query(max_length=100, description="A tag; with `-` in front from the highest down.")]


@router.get("/profiles", **described(customers.customers, Page[models.Listing]))
def list_customers(
    request: Request,
    desk: Caller,
    tags: Tags = [],  # noqa: B006 - FastAPI copies it
    rule: RuleQuery = None,
    sort: Sort = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    return cached(request, desk, customers.customers(desk, tags=tags, rule=rule, sort=sort, limit=limit, after=after))


@router.get("/profiles/export", **described(customers.export, **answers.TABLES))
def export_customers(
    request: Request,
    desk: Caller,
    tags: Tags = [],  # noqa: B006 - FastAPI copies it
    rule: RuleQuery = None,
) -> Response:
    kind = answers.wanted_format(request) or "text/csv"
    return answers.table(customers.export(desk, tags=tags, rule=rule), kind, "customers")


@router.get("/search", **described(customers.search, Listed[models.Found]))
def search_customers(
    desk: Caller,
    q: Annotated[str, Query(max_length=500)],
    limit: Annotated[int, Query(ge=1, le=customers.MOST_FOUND)] = 10,
) -> Response:
    return json({"items": customers.search(desk, q, limit)})


@router.post("/profiles/lookup", **described(profiles.lookup, Listed[models.LookedUp]))
def look_up(request: Request, desk: Caller, asked: models.Lookup) -> Response:
    rows = profiles.lookup(desk, asked.identifiers, asked.tags)
    items = [row | {"error": told_row(request, row["error"], "detail")} if "error" in row else row for row in rows]
    return spoken(request, json({"items": items}))


@router.get("/profiles/{identifier}", **described(profiles.profile, models.Profile))
async def read_profile(request: Request, desk: Caller, identifier: Identifier) -> Response:
    return await of_one(desk, identifier, lambda: cached(request, desk, profiles.profile(desk, identifier)))


@router.get("/profiles/{identifier}/traits", **described(profiles.traits, models.Traits))
async def read_traits(
    request: Request,
    desk: Caller,
    identifier: Identifier,
    tags: Tags = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    wanted = tags or None
    return await of_one(desk, identifier, lambda: cached(request, desk, profiles.traits(desk, identifier, wanted)))


@router.get("/profiles/{identifier}/identifiers", **described(profiles.identifiers, models.Identifiers))
async def read_identifiers(request: Request, desk: Caller, identifier: Identifier) -> Response:
    return await of_one(desk, identifier, lambda: cached(request, desk, profiles.identifiers(desk, identifier)))


@router.get("/profiles/{identifier}/segments", **described(profiles.segments, models.Memberships))
def read_memberships(request: Request, desk: Caller, identifier: Identifier) -> Response:
    return cached(request, desk, profiles.segments(desk, identifier))


@router.get("/profiles/{identifier}/segments/{name}", **described(profiles.why_member, models.MembershipReasons))
def read_membership(request: Request, desk: Caller, identifier: Identifier, name: Name) -> Response:
    return cached(request, desk, profiles.why_member(desk, identifier, name))


@router.get("/profiles/{identifier}/events", **described(profiles.events, models.Events))
def read_events(
    request: Request,
    desk: Caller,
    identifier: Identifier,
    table: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    return cached(request, desk, profiles.events(desk, identifier, table=table, limit=limit, after=after))


@router.get("/profiles/{identifier}/tags/{name}", **described(profiles.why, models.Reasons))
def read_reasons(request: Request, desk: Caller, identifier: Identifier, name: Name) -> Response:
    return cached(request, desk, profiles.why(desk, identifier, name))


@router.get("/profiles/{identifier}/tags/{name}/history", **described(profiles.history, models.History))
def read_history(
    request: Request,
    desk: Caller,
    identifier: Identifier,
    name: Name,
    every: Literal["day", "week", "month", "quarter", "year"] = "month",
    start: Moment = None,
    end: Moment = None,
) -> Response:
    return cached(request, desk, profiles.history(desk, identifier, name, every=every, start=start, end=end))


@router.get("/profiles/{identifier}/live", **described(profiles.live_profile, models.LiveProfile))
def read_live_profile(desk: Caller, identifier: Identifier) -> Response:
    return json(profiles.live_profile(desk, identifier))
