"""Live messages in the shape of Segment: on disk before they are acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from huaxiang.api.answers import described, json
from huaxiang.api.caller import Caller
from huaxiang.api.models import house as models
from huaxiang.api.models.common import Listed
from huaxiang.core.errors import UsageError
from huaxiang.service.desk import live
from huaxiang.service.live.segment import MOST_BYTES, NEEDS

router = APIRouter(tags=["live"])

BATCH_BYTES = 500_000
"""Bytes of a batch, at most."""

Source = Annotated[str | None, Query(max_length=100, description="The live source, where the key names none.")]


@router.get("/live/sources", **described(live.sources, Listed[models.LiveSource]))
def list_live_sources(desk: Caller) -> Response:
    return json({"items": live.sources(desk)})


def _body(use_case: Callable[..., Any], model: type[BaseModel]) -> dict[str, Any]:
    """What describes a route whose body is read by itself: cheaper than building a model of every message."""
    found = described(use_case, models.Appended)
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs", {})
    for name, part in parts.items():
        schema = _inlined(schema, f"#/components/schemas/{name}", part)
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found | {"openapi_extra": found["openapi_extra"] | {"requestBody": body}}


def _inlined(schema: Any, name: str, part: Any) -> Any:
    match schema:
        case {"$ref": reference} if reference == name:
            return part
        case dict():
            return {key: _inlined(value, name, part) for key, value in schema.items()}
        case list():
            return [_inlined(value, name, part) for value in schema]
        case _:
            return schema


async def _content(request: Request, most: int) -> Mapping[str, Any]:
    """The body as an object of JSON; one that is too long is not read to its end.

    Raises:
        UsageError: it is none.
        HTTPException: 413: it is too long.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(413, f"At most {most:,} bytes are taken at once. Send less with more requests.")
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UsageError("The body is no JSON.") from None
    if not isinstance(content, dict):
        raise UsageError("The body is no object of JSON: {…}.")
    return content


@router.post("/batch", **_body(live.append_batch, models.Batch))
async def append_batch(request: Request, desk: Caller, source: Source = None) -> Response:
    content = await _content(request, BATCH_BYTES)
    return json({"success": True, **await run_in_threadpool(live.append_batch, desk, content, source=source)})


def _append_kind(kind: str) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def append(request: Request, desk: Caller, source: Source = None) -> Response:
        content = await _content(request, MOST_BYTES)
        found = await run_in_threadpool(live.append, desk, [content], source=source, kind=kind)
        return json({"success": True, **found})

    append.__name__ = f"append_{kind}"
    return append


for _kind in NEEDS:
    router.post(f"/{_kind}", **_body(live.append, models.Message))(_append_kind(_kind))
