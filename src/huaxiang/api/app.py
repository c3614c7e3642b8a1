"""The API as one FastAPI application, to be mounted under `/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from huaxiang import __version__
from huaxiang.api import problems
from huaxiang.api.routes import ROUTERS

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


class Api(FastAPI):
    """FastAPI, but that errors have their content type in the document too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        for path in document["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if status >= "400" and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
        return document


def create_api(workspace: Workspace) -> FastAPI:
    """The API over the project that `workspace` serves."""
    app = Api(title="Huaxiang 画像", version=__version__, docs_url=None, redoc_url=None)
    app.state.workspace = workspace
    problems.install(app)
    for router in ROUTERS:
        for route in router.routes:
            _serve(app, route)
    return app


def _serve(app: FastAPI, route: BaseRoute) -> None:
    """Serve a route of a router. An included router would be searched twice for each request."""
    assert isinstance(route, APIRoute)  # noqa: S101 - we have no others
    app.add_api_route(
        route.path,
        route.endpoint,
        methods=sorted(route.methods or ()),
        tags=route.tags,
        status_code=route.status_code,
        response_model=route.response_model,
        responses=route.responses,
        description=route.description,
        openapi_extra=route.openapi_extra,
    )
