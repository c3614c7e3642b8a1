"""Errors as problem details (RFC 9457), with the stable codes of `core/errors.py`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from huaxiang.core.errors import BusyError, HuaxiangError, ProjectError
from huaxiang.core.messages import told
from huaxiang.core.text import Language, accepted

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


def problem(
    request: Request, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """One problem as a response, in the language that the request asks for."""
    language = language_of(request)
    shown = told(detail, language)
    body = {"type": f"urn:huaxiang:error:{code}", "code": code, "status": status, "detail": shown, **more}
    answered = {**(headers or {}), **language_headers(language)}
    return JSONResponse(body, status, headers=answered, media_type="application/problem+json")


def language_of(request: Request) -> Language:
    """The language that a request asks for."""
    return accepted(request.headers.get("accept-language", ""))


def language_headers(language: Language) -> dict[str, str]:
    """What an answer says whose texts are in `language` because the request asks for it."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def _of_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HuaxiangError)  # noqa: S101 - it is registered for these
    if not error.exposed:
        return problem(request, 500, error.code, "Huaxiang made a mistake; its log says which.")
    more: dict[str, Any] = {}
    if isinstance(error, ProjectError):
        more["findings"] = [finding.told(language_of(request)).as_dict() for finding in error.findings]
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, BusyError) else None
    return problem(request, STATUS.get(error.code, 500), error.code, str(error), headers=headers, **more)


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these
    language = language_of(request)
    places = [
        {"at": ".".join(map(str, each["loc"])), "message": told(each["msg"], language)} for each in error.errors()
    ]
    return problem(request, 422, "request", "The request does not fit: see 'errors'.", errors=places)


def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    code = {404: "not_found", 405: "method"}.get(error.status_code, "request")
    return problem(request, error.status_code, code, str(error.detail), headers=dict(error.headers or {}))


def _too_deep(request: Request, _: Exception) -> JSONResponse:
    """A rule of a thousand parts, or brackets in brackets without end."""
    return problem(request, 422, "project", "This is nested too deeply.", findings=[])


def _unforeseen(request: Request, _: Exception) -> JSONResponse:
    return problem(request, 500, "internal", "Huaxiang made a mistake; its log says which.")
