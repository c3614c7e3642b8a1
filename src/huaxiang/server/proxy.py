"""Standing behind a proxy: whom it speaks for, and the path that it serves us under."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from huaxiang.server.asgi import answer, header, without
from huaxiang.server.options import Options

FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-prefix", b"forwarded")


class Proxy:
    """Believes `X-Forwarded-For`, `-Proto` and `-Host` of trusted addresses only, and puts the prefix where it belongs.

    The prefix may be cut off by the proxy or not. What nobody trusted has sent is dropped, so that nothing behind here
    can believe it by mistake; `forwarded` in the scope says that there was something.
    """

    def __init__(self, app: ASGIApp, options: Options) -> None:
        self._prefixed = _Prefixed(app, options.prefix)
        self._networks = [ip_network(address) for address in options.trusted]
        self._believing = ProxyHeadersMiddleware(self._prefixed, trusted_hosts=list(options.trusted))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._prefixed(scope, receive, send)
            return
        scope["forwarded"] = any(key in FORWARDED for key, _ in scope["headers"])
        if self._is_trusted(scope):
            host = header(scope, b"x-forwarded-host")
            scope["headers"] = without(scope, b"x-forwarded-prefix", *([b"host"] if host else []))
            if host:
                scope["headers"].append((b"host", host.split(",")[0].strip().encode("latin-1")))
            await self._believing(scope, receive, send)  # type: ignore[arg-type]
        else:
            scope["headers"] = without(scope, *FORWARDED)
            await self._prefixed(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        try:
            peer = ip_address(scope["client"][0]) if scope.get("client") else None
        except ValueError:
            return False
        return peer is not None and any(peer in network for network in self._networks)


class _Prefixed:
    """Lets everything be under `prefix`, whether or not the proxy has cut it off."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        prefix = self._prefix
        if prefix and scope["type"] in ("http", "websocket"):
            path = scope["path"]
            if path == prefix and scope["type"] == "http":
                await answer(send, 308, b"", b"text/plain", [(b"location", f"{prefix}/".encode())])
                return
            if not path.startswith(f"{prefix}/"):
                scope["path"] = prefix + path
                scope["raw_path"] = prefix.encode() + scope.get("raw_path", path.encode())
            scope["root_path"] = prefix
        await self._app(scope, receive, send)
