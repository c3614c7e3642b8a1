"""The server's application: health, the API, the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from huaxiang import __version__
from huaxiang.api.app import create_api
from huaxiang.console import sign_in
from huaxiang.console.mount import mount

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


def create_app(workspace: Workspace) -> FastAPI:
    """Everything that one port serves for `workspace`, which is closed with it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        workspace.close()

    app = FastAPI(title="Huaxiang 画像", version=__version__, openapi_url=None, lifespan=lifespan)
    app.state.workspace = workspace
    app.mount("/v1", create_api(workspace))
    app.include_router(sign_in.router)
    mount(app, workspace)
    return app
