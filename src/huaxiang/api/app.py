"""The API as one FastAPI application, to be mounted under `/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from huaxiang import __version__
from huaxiang.api import problems
from huaxiang.api.routes import ROUTERS

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


def create_api(workspace: Workspace) -> FastAPI:
    """The API over the project that `workspace` serves."""
    app = FastAPI(title="Huaxiang 画像", version=__version__, docs_url=None, redoc_url=None)
    app.state.workspace = workspace
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
