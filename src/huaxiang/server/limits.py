"""Bodies of requests: how large they may be, and how slowly they may come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huaxiang.server.asgi import header, problem
from huaxiang.server.options import Options

_CLOSE = [(b"connection", b"close")]


class _RefusedError(Exception):
    """A body that is not read further."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.told = (status, code, detail)
        super().__init__(detail)


class Limits:
    """Refuses bodies that are larger than `largest_body` (413), or not complete after `patience` seconds (408)."""

    def __init__(self, app: ASGIApp, options: Options) -> None:
        self._app, self._options = app, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = header(scope, b"content-length") or "0"
        if not announced.isdigit() or int(announced) > self._options.largest_body:
            await problem(scope, send, *self._too_large().told, _CLOSE)
            return
        body = _Body(receive, self._options, self._too_large)
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            # What the application makes of a body that was cut off is no answer to it.
            if body.refused is not None and not started:
                return
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except Exception:
            if body.refused is None:
                raise
        if body.refused is not None and not started:
            await problem(scope, send, *body.refused.told, _CLOSE)

    def _too_large(self) -> _RefusedError:
        largest = self._options.largest_body >> 20
        return _RefusedError(413, "too_large", f"The body is larger than {largest} MiB: send it in parts.")


class _Body:
    """The body of one request as it comes in."""

    def __init__(self, receive: Receive, options: Options, too_large: Callable[[], _RefusedError]) -> None:
        self._receive, self._options, self._too_large = receive, options, too_large
        self._bytes = 0
        self._complete = False
        self._until: float | None = None
        self.refused: _RefusedError | None = None

    async def receive(self) -> Message:
        """The next part of the body, or what comes after it."""
        if self.refused is not None:
            raise self.refused
        if self._complete:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._until = now + self._options.patience if self._until is None else self._until
        try:
            message = await asyncio.wait_for(self._receive(), max(self._until - now, 0))
        except TimeoutError:
            seconds = f"{self._options.patience:g}"
            self.refused = _RefusedError(408, "too_slow", f"The body was not complete after {seconds} seconds.")
            raise self.refused from None
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._bytes > self._options.largest_body:
                self.refused = self._too_large()
                raise self.refused
        return message
