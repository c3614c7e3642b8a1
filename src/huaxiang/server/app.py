"""The server's application: the API, the console, and what stands around both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from huaxiang import __version__
from huaxiang.api import problems
from huaxiang.api.app import create_api
from huaxiang.console import sign_in
from huaxiang.console.mount import mount
from huaxiang.server import health
from huaxiang.server.guard import Guard
from huaxiang.server.limits import Limits
from huaxiang.server.metrics import Metrics
from huaxiang.server.options import Options
from huaxiang.server.proxy import Proxy
from huaxiang.server.requests import Requests
from huaxiang.service.desk.preparation import Preparation
from huaxiang.service.jobs.keeper import Keeper
from huaxiang.service.passing_files import sweep

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


def create_app(workspace: Workspace, options: Options | None = None) -> FastAPI:
    """Everything that one port serves for `workspace`, which is closed with it."""
    options = options or Options()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(sweep)
        keeper = await run_in_threadpool(Keeper.begin, workspace)
        preparation = Preparation(workspace)
        preparation.begin()
        yield
        await run_in_threadpool(preparation.end)
        await run_in_threadpool(keeper.end)
        workspace.close()

    app = FastAPI(title="Huaxiang 画像", version=__version__, openapi_url=None, lifespan=lifespan)
    app.state.workspace = workspace
    app.state.metrics = Metrics(workspace)
    problems.install(app)
    app.mount("/v1", create_api(workspace))
    app.include_router(health.router)
    app.include_router(sign_in.router)
    mount(app, workspace)
    # The last one is the outermost.
    app.add_middleware(Guard, workspace=workspace)
    app.add_middleware(Limits, options=options)
    app.add_middleware(Requests, metrics=app.state.metrics)
    app.add_middleware(Proxy, options=options)
    return app
