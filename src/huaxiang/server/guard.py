"""Who comes in: pages and their sockets only for those who are signed in, and only from pages of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from huaxiang.console.context import actor_of
from huaxiang.console.downloads import KEPT
from huaxiang.core.errors import SignInError
from huaxiang.server.asgi import UNSAFE, answer, header, path_of, problem, refuse_socket

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

SOCKET = "/_nicegui_ws/"

_PROGRAMS = re.compile(r"/v1(/.*)?|/health/(live|ready)|/metrics", re.DOTALL)
"""Where programs come, with keys of their own and no cookie: no other site can act for anybody there."""

_OPEN = re.compile(
    r"/sign-in(\.css)?|/sign-out|/link/[^/]+|/oidc/(start|back)|/favicon\.ico|/console/(look|static)/.*", re.DOTALL
)
"""What anybody may ask for; besides, the files of NiceGUI itself."""


class Guard:
    """Asks for a session wherever nothing else is said, and lets no other site speak for its holder."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        from nicegui import __version__

        self._app, self._workspace = app, workspace
        self._files = f"/_nicegui/{__version__}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = path_of(scope)
        if _PROGRAMS.fullmatch(path):
            await self._app(scope, receive, send)
        elif not self._from_here(scope, path):
            await _refuse(scope, send, 403, "cross_site", "This was sent by a page of another site.")
        elif _OPEN.fullmatch(path) or path.startswith(self._files) or await self._is_signed_in(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and not path.startswith("/_nicegui"):
            await _to_sign_in(scope, send)
        else:
            await _refuse(scope, send, 401, "sign_in", "Sign in first.")

    def _from_here(self, scope: Scope, path: str) -> bool:
        """Whether a page of ours sent this. Browsers name the page's origin whenever something may change."""
        origin = header(scope, b"origin")
        if scope["type"] == "http" and scope["method"] not in UNSAFE and not path.startswith((SOCKET, *KEPT)):
            return True
        if header(scope, b"sec-fetch-site") in ("cross-site", "same-site"):
            return False
        if origin is None:
            # No browser leaves it out of these; programs have no cookies that others could use.
            return scope["type"] == "http"
        secure = scope["scheme"] in ("https", "wss")
        own = {f"{'https' if secure else 'http'}://{header(scope, b'host')}"}
        if self._workspace.access.settings.address:
            address = urlsplit(self._workspace.access.settings.address)
            own.add(f"{address.scheme}://{address.netloc}")
        return origin.lower() in {each.lower() for each in own}

    async def _is_signed_in(self, scope: Scope) -> bool:
        try:
            await run_in_threadpool(actor_of, self._workspace, HTTPConnection(scope))
        except SignInError:
            return False
        return True


async def _to_sign_in(scope: Scope, send: Send) -> None:
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = quote(scope["path"] + (f"?{query}" if query else ""), safe="/")
    location = f"{scope.get('root_path', '')}/sign-in?next={wanted}"
    await answer(send, 303, b"", b"text/plain", [(b"location", location.encode()), (b"cache-control", b"no-store")])


async def _refuse(scope: Scope, send: Send, status: int, code: str, detail: str) -> None:
    if scope["type"] == "websocket":
        await refuse_socket(send)
    else:
        await problem(scope, send, status, code, detail)
