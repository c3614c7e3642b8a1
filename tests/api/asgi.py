"""Asking an application without any network."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI

import aside
from huaxiang.access.people import Actor
from huaxiang.api.app import create_api
from huaxiang.api.caller import desk_of
from huaxiang.service.desk import Desk
from huaxiang.service.workspace import Workspace


class Client:
    """HTTP requests to `app` in this process; what goes wrong there is answered, not raised."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """The answer to one request."""

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://shop.test") as client:
                return await client.request(method, url, **more)

        return aside.run(ask())

    def get(self, url: str, **more: Any) -> httpx.Response:
        """The answer to a GET."""
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        """The answer to a POST."""
        return self.request("POST", url, **more)

    def put(self, url: str, **more: Any) -> httpx.Response:
        """The answer to a PUT."""
        return self.request("PUT", url, **more)


def asking(workspace: Workspace, role: str, **more: Any) -> Client:
    """What asks the API as somebody of this role, without any network: a client with `get`, `post`, `put`."""
    app = create_api(workspace)
    app.dependency_overrides[desk_of] = lambda: Desk(workspace, Actor(role, role, "api", **more))  # type: ignore[arg-type]
    return Client(app)
