"""The permission matrix, as data: every route with every role."""

from __future__ import annotations

from typing import Any

import pytest
from asgi import Client
from questions import operations, question

from huaxiang.access.people import Actor
from huaxiang.access.rights import RIGHTS, ROLES, Role
from huaxiang.api.app import create_api
from huaxiang.api.caller import desk_of
from huaxiang.core.errors import NotFoundError
from huaxiang.service.desk import Desk


class Nothing:
    """A workspace that holds nothing: whoever gets as far as asking it had the right to."""

    def __getattr__(self, _: str) -> Any:
        raise NotFoundError("nothing is here")


class Unwritten(Desk):
    """A desk that keeps no trail."""

    def note(self, *_: Any, **__: Any) -> None:
        return


APP = create_api(Nothing())  # type: ignore[arg-type]
OPERATIONS = list(operations(APP))


def statuses(role: Role, **more: Any) -> dict[str, int]:
    """What a role is answered on each route, by method and path."""
    APP.dependency_overrides[desk_of] = lambda: Unwritten(Nothing(), Actor(role, role, "api", **more))  # type: ignore[arg-type]
    client = Client(APP)
    return {
        f"{method} {path}": client.request(method, **question(method, path, "1", "2")).status_code
        for method, path, _ in OPERATIONS
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_the_matrix_gives_it_and_nothing_else(role: Role):
    found = statuses(role)
    for method, path, operation in OPERATIONS:
        wanted = 404 if role in RIGHTS[operation["x-right"]].roles else 403
        assert found[f"{method} {path}"] == wanted, f"{role}: {method} {path} needs {operation['x-right']}"


def test_a_key_that_is_narrowed_may_do_nothing_but_what_it_is_for():
    found = statuses("admin", scopes=frozenset({"live.write"}))
    live = {f"{method} {path}" for method, path, operation in OPERATIONS if operation["x-right"] == "live.write"}
    assert {route for route, status in found.items() if status != 403} == live


def test_every_route_says_what_it_needs_and_who_has_it():
    for method, path, operation in OPERATIONS:
        assert operation["x-right"] in RIGHTS, f"{method} {path}"
        assert f"`{operation['x-right']}`" in operation["description"]
        assert len(operation["description"]) > 60, f"{method} {path} is described too shortly"
        assert set(operation["x-roles"]) == RIGHTS[operation["x-right"]].roles


def test_without_a_key_nothing_is_answered():
    APP.dependency_overrides.clear()
    client = Client(APP)
    for method, path, _ in OPERATIONS:
        answer = client.request(method, **question(method, path, "1", "2"))
        assert answer.status_code == 401, f"{method} {path}"
        assert answer.json()["code"] == "sign_in"
        assert answer.headers["content-type"] == "application/problem+json"
