"""Errors as problem details (RFC 9457), with the stable codes of `core/errors.py`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from huaxiang.core.errors import BusyError, HuaxiangError, ProjectError

STATUS = {
    "sign_in": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "usage": 400,
    "project": 422,
    "busy": 429,
    "store": 503,
    "source": 502,
}
"""Code of an error → HTTP status; any other is 500."""


def install(app: FastAPI) -> None:
    """Let `app` answer every error as a problem."""
    app.add_exception_handler(HuaxiangError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RecursionError, _too_deep)
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """One problem as a response."""
    body = {"type": f"urn:huaxiang:error:{code}", "code": code, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def _of_ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HuaxiangError)  # noqa: S101 - it is registered for these
    if not error.exposed:
        return problem(500, error.code, "Huaxiang made a mistake; its log says which.")
    more: dict[str, Any] = {}
    if isinstance(error, ProjectError):
        more["findings"] = [finding.as_dict() for finding in error.findings]
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, BusyError) else None
    return problem(STATUS.get(error.code, 500), error.code, str(error), headers=headers, **more)


def _of_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these
    places = [{"at": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()]
    return problem(422, "request", "The request does not fit: see 'errors'.", errors=places)


def _of_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    code = {404: "not_found", 405: "method"}.get(error.status_code, "request")
    return problem(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))


def _too_deep(_: Request, __: Exception) -> JSONResponse:
    """A rule of a thousand parts, or brackets in brackets without end."""
    return problem(422, "project", "This is nested too deeply.", findings=[])


def _unforeseen(_: Request, __: Exception) -> JSONResponse:
    return problem(500, "internal", "Huaxiang made a mistake; its log says which.")
