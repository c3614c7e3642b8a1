"""A project that is served in this process: requests of the client that examples make reach it without any network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx


class InProcess(httpx.BaseTransport):
    """Answers requests by the API of the project in `folder`, as it is at each request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of a server that is started for it."""
        from fastapi import FastAPI

        from huaxiang.api.app import create_api
        from huaxiang.service.workspace import Workspace

        workspace = Workspace(self._folder)
        app = FastAPI()
        app.mount("/v1", create_api(workspace))

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=str(request.url)) as client:
                return await client.send(
                    httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
                )

        try:
            answer = asyncio.run(ask())
        finally:
            workspace.close()
        kept = {name: value for name, value in answer.headers.items() if name not in ("content-encoding",)}
        return httpx.Response(answer.status_code, headers=kept, content=answer.content, request=request)


def serve_examples(folder: Path, monkeypatch: Any) -> None:
    """Let clients that examples make ask the project in `folder`, with the key of an administrator who is an analyst."""
    from huaxiang.access.people import Actor
    from huaxiang.service.desk import Desk, people
    from huaxiang.service.workspace import Workspace

    workspace = Workspace(folder)
    made = people.add_key(Desk(workspace, Actor("docs", "admin", "command")), "docs", "admin")
    workspace.close()
    monkeypatch.setenv("HUAXIANG_KEY", made["secret"])
    plain = httpx.Client.__init__

    def init(client: httpx.Client, **more: Any) -> None:
        plain(client, **{"transport": InProcess(folder)} | more)

    monkeypatch.setattr(httpx.Client, "__init__", init)
