"""Files of the console that are opened as links: what they hold, and for whom."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from asgi import Client

from huaxiang.access.people import Actor
from huaxiang.api.app import create_api
from huaxiang.console import context, downloads
from huaxiang.service.desk import Desk
from huaxiang.service.trail import Sought
from huaxiang.service.workspace import Workspace


@pytest.fixture
def opening(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Role → a client that opens links of the console as somebody of this role."""

    def client(role: str) -> Client:
        monkeypatch.setattr(context, "desk_of", lambda _: Desk(workspace, Actor(role, role)))  # type: ignore[arg-type]
        app = create_api(workspace)
        app.include_router(downloads.router)
        return Client(app)

    return client


def test_the_members_of_a_segment_are_downloaded_and_the_trail_names_it(opening: Any, workspace: Workspace):
    marketer = opening("marketer")
    answer = marketer.get("/downloads/members/buyers.csv", params={"tag": "spend_ever"})
    assert answer.content.decode("utf-8-sig").splitlines()[0].replace('"', "") == "customer_id,spend_ever"
    assert marketer.get("/downloads/members/buyers.xlsx").content[:2] == b"PK"
    asked = Sought(action="segments.members_with_tags", actor="marketer")
    assert {entry.subject for entry in workspace.trail.rows.find(asked, 10)} == {"buyers"}


def test_nothing_of_a_download_stays_behind(opening: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for form in ("csv", "xlsx"):
        answer = opening("marketer").get(f"/downloads/members/buyers.{form}")
        assert (answer.status_code, len(answer.content) > 100) == (200, True)
        assert list(tmp_path.iterdir()) == [], form


@pytest.mark.parametrize("role", ["marketer", "analyst"])
def test_who_is_in_a_segment_of_too_few_is_told_by_no_link(opening: Any, ask: Any, role: str):
    client = opening(role)
    for form in ("csv", "xlsx"):
        assert client.get(f"/downloads/members/tiny.{form}").status_code == 403
        for rule in ("in_segment('tiny')", "tiny", "not in_segment('tiny')", "buyers and tiny"):
            assert client.get(f"/downloads/customers.{form}", params={"rule": rule}).status_code == 403, rule
    assert ask(role).get("/profiles", params={"rule": "in_segment('tiny')"}).status_code == 403


def test_who_may_see_exact_counts_lists_a_segment_of_few(opening: Any):
    answer = opening("privacy_officer").get("/downloads/customers.csv", params={"rule": "tiny"})
    assert len(answer.content.splitlines()) > 1
