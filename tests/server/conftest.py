"""The server of these tests, and browsers that ask it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import httpx
import pytest
from running import PASSWORD, Served, start

from huaxiang.service.access import keys
from huaxiang.service.workspace import Workspace
from huaxiang.store.operational import Sought


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = start(tmp_path_factory.mktemp("served"))
    try:
        _prepare(running)
        yield running
    finally:
        code = running.stop()
    assert code in (0, -signal.SIGTERM), "it was told to stop, and ended in peace"
    workspace = Workspace(running.folder)
    assert workspace.trail.verify().broken is None
    assert workspace.trail.rows.find(Sought(action="sign_in"), 1), "what waited was written"
    workspace.close()


def _prepare(running: Served) -> None:
    with httpx.Client() as client:
        form = client.get(running.link, timeout=60).text.split('name="form" value="')[1].split('"')[0]
        sent = {"form": form, "password": PASSWORD, "again": PASSWORD}
        assert client.post(running.link, data=sent).status_code == 303
    workspace = Workspace(running.folder)
    _, running.key = keys.add(workspace, "test", "admin", "test")
    workspace.close()


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    """A browser that is not signed in. It follows no redirect."""
    with httpx.Client(base_url=served.address, timeout=60) as client:
        yield client


@pytest.fixture
def admin(client: httpx.Client) -> httpx.Client:
    """A browser in which the administrator has signed in."""
    form = client.get("/sign-in").text.split('name="form" value="')[1].split('"')[0]
    answer = client.post("/sign-in", data={"form": form, "name": "admin", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client
