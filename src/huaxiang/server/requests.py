"""Around every request: its id, its line in the log, its measures, and the headers that every answer has."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huaxiang.server.asgi import UNSAFE, header, path_of, problem
from huaxiang.server.logs import frames
from huaxiang.server.metrics import Metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""What an id of somebody else must look like to be taken over."""

_STRICT = b"default-src 'none'; frame-ancestors 'none'"
_CONSOLE = (
    # NiceGUI evaluates what its server sends: it can't do without inline scripts and eval.
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    # Not 'no-referrer': browsers then send forms without saying where they come from.
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_HTTPS_ONLY = b"max-age=31536000"

METHODS = UNSAFE | {"GET", "HEAD", "OPTIONS"}
"""Those that are told by name: anybody can make others up, each of which would be one more measure."""

PROGRAMS = ("/v1", "/health", "/metrics")
"""Where no page is served."""


class Requests:
    """Stands around everything else. An error that nobody has caught becomes a problem here, told to the log alone."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._log = structlog.get_logger("huaxiang.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if given and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        prefix, path = scope.get("root_path", ""), path_of(scope)
        status, began = 0, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": _headers(message, scope, path, request_id)}
            await send(message)

        failure: BaseException | None = None
        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:
            failure = error
            if not status:
                await problem(scope, sending, 500, "internal", "Huaxiang made a mistake; its log says which.")
        seconds = time.perf_counter() - began
        route = route_of(scope, prefix)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._metrics.answered(method, route, status, seconds)
        told: dict[str, Any] = {
            "id": request_id,
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        if failure is not None:
            self._log.error("request", **told, error=type(failure).__name__, frames=frames(failure))
        else:
            self._log.info("request", **told)


def route_of(scope: Scope, prefix: str) -> str:
    """The template of the path that was served: `/v1/profiles/{identifier}`; `other` where there is none."""
    page = scope.get("nicegui_page_path")
    if page is not None:
        return str(page) or "other"
    route = scope.get("route")
    template = getattr(route, "path", None)
    if template is None:
        return "static" if path_of({**scope, "root_path": prefix}).startswith(("/_nicegui", "/console/")) else "other"
    mounted = str(scope.get("root_path", "")).removeprefix(prefix)
    return mounted + str(template)


def _headers(message: Message, scope: Scope, path: str, request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those that every answer has; what an answer says itself stays."""
    headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
    said = {key.lower() for key, _ in headers}
    policy = _STRICT if path.startswith(PROGRAMS) else _CONSOLE
    more = {**_ALWAYS, b"content-security-policy": policy, b"x-request-id": request_id.encode()}
    if scope.get("scheme") == "https":
        more[b"strict-transport-security"] = _HTTPS_ONLY
    return headers + [(key, value) for key, value in more.items() if key not in said]
