"""Small answers and looks at a request, for what stands around the applications."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from starlette.types import Message, Scope, Send

from huaxiang.core.messages import told
from huaxiang.core.text import accepted

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods that change something."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that name, in lower case; None where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def without(scope: Scope, *names: bytes) -> list[tuple[bytes, bytes]]:
    """The headers but those of these names."""
    return [(key, value) for key, value in scope["headers"] if key not in names]


def path_of(scope: Scope) -> str:
    """The path without the prefix that the server is under."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


async def problem(
    scope: Scope, send: Send, status: int, code: str, detail: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a problem (RFC 9457), as the API does, in the language that the request asks for."""
    language = accepted(header(scope, b"accept-language") or "")
    body = {"type": f"urn:huaxiang:error:{code}", "code": code, "status": status, "detail": told(detail, language)}
    headers = [*headers, (b"content-language", language.encode()), (b"vary", b"accept-language")]
    await answer(send, status, json.dumps(body, ensure_ascii=False).encode(), b"application/problem+json", headers)


async def answer(
    send: Send, status: int, body: bytes, content: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a whole body."""
    length = str(len(body)).encode()
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", content), (b"content-length", length), *headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def refuse_socket(send: Send) -> None:
    """Refuse a websocket before it is open: the browser gets 403."""
    message: Message = {"type": "websocket.close", "code": 1008}
    await send(message)
