"""A customer who is in memory is answered at once, and just as rightly as from a thread."""

from __future__ import annotations

import pytest
from asgi import Client
from served import PHONES

import huaxiang as hx
from huaxiang.api import answers
from huaxiang.api.app import create_api
from huaxiang.service.access import keys
from huaxiang.service.workspace import Workspace


@pytest.fixture
def client(own_workspace: Workspace) -> Client:
    """A client of a workspace of which all is in memory."""
    with own_workspace.shared() as build:
        assert build.stored_customers._profile.hold()
        build.customer(f"phone:{PHONES[0]}")
    return Client(create_api(own_workspace))


@pytest.fixture
def at_once(own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each answer about one customer, whether it was given at once."""
    said: list[bool] = []
    aside = answers.run_in_threadpool

    async def told(answer):
        said[-1] = False
        return await aside(answer)

    async def of_one(desk, identifier, answer):
        said.append(True)
        return await real(desk, identifier, answer)

    real = answers.of_one
    monkeypatch.setattr("huaxiang.api.routes.profiles.of_one", of_one)
    monkeypatch.setattr(answers, "run_in_threadpool", told)
    return said


def test_a_customer_at_hand_is_told_to_those_who_may_know_as_far_as_they_may(
    own_workspace: Workspace, client: Client, at_once: list[bool]
):
    secrets = {role: keys.add(own_workspace, role, role, "admin") for role in ("privacy_officer", "marketer", "viewer")}
    headers = {role: {"Authorization": f"Bearer {secret}"} for role, (_, secret) in secrets.items()}
    by_phone = client.get(f"/profiles/phone:{PHONES[0]}", headers=headers["privacy_officer"])
    url = f"/profiles/{by_phone.json()['customer_id']}"

    assert client.get(url, headers=headers["privacy_officer"]).json() == by_phone.json()
    masked = client.get(url, headers=headers["marketer"])
    assert (masked.status_code, masked.json() == by_phone.json(), PHONES[0] in masked.text) == (200, False, False)
    assert at_once == [False, True, True], "a phone number has to be cleaned first"
    assert client.get(url, headers=headers["viewer"]).status_code == 403
    assert client.get(url).status_code == 401

    keys.revoke(own_workspace, secrets["privacy_officer"][0].public)
    assert client.get(url, headers=headers["privacy_officer"]).status_code == 401

    # A new build is nobody's memory yet.
    former = own_workspace.project.serving()
    hx.load(own_workspace.folder).build().close()
    again = client.get(url, headers=headers["marketer"])
    assert own_workspace.project.serving() != former
    assert again.json() == masked.json()
    assert again.headers["etag"] != masked.headers["etag"]
    assert at_once == [False, True, True, False, False]
