"""How routes are described and answers are written: schemas, rights, ETags, cheap JSON, streams of tables."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from huaxiang.access.rights import RIGHTS
from huaxiang.api.models.common import Problem
from huaxiang.service.desk import USE_CASES, Desk
from huaxiang.service.exports import for_spreadsheets, write_batches
from huaxiang.service.passing_files import chunks, passing

PROBLEMS = {
    400: "The question makes no sense.",
    401: "No key, or a worthless one.",
    403: "The key has not the right.",
    404: "There is none.",
    422: "The request does not fit its schema, or a definition holds mistakes.",
    429: "Too much at once: try again after `Retry-After` seconds.",
    503: "The disk or the database refuses.",
}


def described(use_case: Callable[..., Any], answer: Any = None, **more: Any) -> dict[str, Any]:
    """The arguments of a route that asks `use_case` and answers in the shape of `answer`.

    Answers are written by `json`, which does not check them: tests hold them against their schemas. `more` are content
    types with what they hold (`text_csv="…"`).
    """
    right = USE_CASES[f"{use_case.__module__.rpartition('.')[2]}.{use_case.__name__}"]
    problems: dict[int | str, Any] = {
        status: {"description": text, "model": Problem} for status, text in PROBLEMS.items()
    }
    fine: dict[str, Any] = {"description": "OK", **more}
    if answer is not None:
        fine["model"] = answer
    description = f"{(use_case.__doc__ or '').split('Raises:')[0].strip()}\n\nNeeds the right `{right}`."
    return {
        "response_model": None,
        "responses": {200: fine, **problems},
        "description": description,
        "openapi_extra": {"x-right": right, "x-roles": sorted(RIGHTS[right].roles)},
    }


FORMATS = {
    "application/vnd.apache.arrow.stream": ".arrow",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-ndjson": ".jsonl",
    "text/csv": ".csv",
}
"""Content type of a table as a file → its suffix."""

TABLES: dict[str, Any] = {"content": {kind: {} for kind in FORMATS}}


def wanted_format(request: Request) -> str | None:
    """The first content type of `FORMATS` that the caller accepts; None: JSON."""
    accepted = (each.partition(";")[0].strip().lower() for each in request.headers.get("accept", "").split(","))
    return next((each for each in accepted if each in FORMATS), None)


def table(batches: Iterator[Any], kind: str, name: str) -> Response:
    """A table as a file of content type `kind`. It is written as a whole first: slow callers hold no build.

    CSV is safe to open in a spreadsheet: texts that would be taken for formulas have an apostrophe before them.

    What it holds of people is in no folder any more when this returns, however the answer ends.
    """
    safe = map(for_spreadsheets, batches) if kind == "text/csv" else batches
    file = passing(FORMATS[kind], lambda path: write_batches(safe, path))
    size = os.fstat(file.fileno()).st_size
    headers = {"Content-Disposition": f'attachment; filename="{name}{FORMATS[kind]}"', "Content-Length": str(size)}
    return StreamingResponse(chunks(file), media_type=kind, headers=headers)


def json(content: Any, status: int = 200) -> Response:
    """`content` as JSON: money as numbers, days and moments in ISO 8601, without a look at each value."""
    return Response(_dumped(content), status, media_type="application/json")


def cached(request: Request, desk: Desk, content: Any) -> Response:
    """`content` as JSON with an `ETag`, the build's id and a digest: only 304 where the caller has it already."""
    body = _dumped(content)
    serving = desk.workspace.project.serving()
    etag = f'"{serving.id if serving else "none"}-{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in (each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def of_one(desk: Desk, identifier: str, answer: Callable[[], Response]) -> Response:
    """The answer about one customer: at once where all of it is in memory, else in a thread."""
    with desk.at_hand(identifier) as there:
        if there:
            return answer()
    return await run_in_threadpool(answer)


def _dumped(content: Any) -> bytes:
    try:
        return orjson.dumps(content, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:  # half of a surrogate pair, or a number of more than 64 bits
        import json as careful

        return careful.dumps(content, default=_plain, ensure_ascii=True).encode()


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case set() | frozenset():
            return sorted(value)
        case _:
            return str(value)
