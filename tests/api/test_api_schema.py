"""Requests that are made from the OpenAPI document: whatever they hold, the server makes no mistake."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from asgi import Client, asking
from hypothesis import HealthCheck, Phase, given, settings
from questions import operations

from huaxiang.api.app import Api, create_api
from huaxiang.api.routes import ROUTERS
from huaxiang.service.workspace import Workspace

EXAMPLES = 4
"""Requests per route; a nightly run may try more with HYPOTHESIS_PROFILE."""

CHANGING = {"builds.start", "identity.decide", "tags.write", "segments.write", "reports.read", "backups.make"}
"""Rights of routes that write, or take seconds: their refusals are tested elsewhere, one by one."""


@pytest.fixture(scope="module")
def schema(workspace: Workspace) -> Any:
    import schemathesis

    client = asking(workspace, "privacy_officer")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return schemathesis.openapi.from_dict(client.app.openapi())


@pytest.mark.slow
def test_no_request_makes_the_server_fail(schema: Any, workspace: Workspace):
    clients = {role: asking(workspace, role) for role in ("privacy_officer", "admin", "analyst")}
    found: list[str] = []
    for method, path, operation in operations(clients["admin"].app):
        if operation["x-right"] in CHANGING or path.endswith("/history") or path == "/tag-health":
            continue
        role = next(role for role in clients if role in operation["x-roles"])
        found += _failures(clients[role], schema[path][method.upper()])
    assert not found, "\n".join(found)


def _failures(client: Client, operation: Any) -> list[str]:
    """What went wrong among a few requests to one route, the same ones every time."""
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://shop.test")
        headers = {name: value for name, value in sent.get("headers", {}).items() if name.lower() != "accept-encoding"}
        body = {key: sent[key] for key in ("json", "data", "params") if sent.get(key) is not None}
        answer = client.request(sent["method"], sent["url"], headers=headers, **body)
        if answer.status_code >= 500:
            found.append(f"{sent['method']} {sent['url']} {body}: {answer.status_code} {answer.text[:300]}")

    ask()
    return found[:1]


def test_routes_are_served_as_their_routers_have_them():
    app = create_api(None)  # type: ignore[arg-type]
    included = Api(title=app.title, version=app.version)
    for router in ROUTERS:
        included.include_router(router)
    assert app.openapi() == included.openapi()
