"""A project that is served in this process: requests of the client that examples make reach it without any network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

import aside
from huaxiang.access.people import Actor
from huaxiang.api.app import create_api
from huaxiang.service.desk import Desk, people
from huaxiang.service.workspace import Workspace


class InProcess(httpx.BaseTransport):
    """Answers requests by the API of a project."""

    def __init__(self, workspace: Workspace) -> None:
        self._app = FastAPI()
        self._app.mount("/v1", create_api(workspace))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport) as client:
                content = request.read()
                return await client.request(request.method, request.url, headers=request.headers, content=content)

        answer = aside.run(ask())
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)


@contextmanager
def served_examples(folder: Path, monkeypatch: Any) -> Iterator[None]:
    """Let clients that examples make ask the project in `folder`, with the key of an administrator."""
    workspace = Workspace(folder)
    made = people.add_key(Desk(workspace, Actor("docs", "admin", "command")), "docs", "admin")
    monkeypatch.setenv("HUAXIANG_KEY", made["secret"])
    plain = httpx.Client.__init__

    def init(client: httpx.Client, **more: Any) -> None:
        plain(client, **{"transport": InProcess(workspace)} | more)

    monkeypatch.setattr(httpx.Client, "__init__", init)
    yield
    workspace.close()
