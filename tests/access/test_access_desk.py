"""What the desk keeps in the audit trail by itself: every call that needs a kept right, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from huaxiang.access.people import Actor
from huaxiang.access.rights import CLEARANCE, RIGHTS, ROLES
from huaxiang.core.errors import ForbiddenError, NotFoundError, UsageError
from huaxiang.service.desk import USE_CASES, Desk, allowed
from huaxiang.service.desk import trail as trail_desk
from huaxiang.service.trail import Sought
from huaxiang.service.workspace import Workspace


@pytest.fixture(autouse=True)
def _own_use_cases() -> Iterator[None]:
    """Use cases of the tests are none of the product's."""
    yield
    for name in [each for each in USE_CASES if each.startswith("test_")]:
        del USE_CASES[name]


def entries(workspace: Workspace) -> list[tuple[Any, ...]]:
    workspace.trail.close()
    found = workspace.trail.rows.find(Sought(), 100)
    return [(e.actor, e.action, e.subject, e.outcome, json.loads(e.detail)) for e in reversed(found)]


def test_a_look_at_customers_names_them_and_not_what_they_were_found_by(workspace):
    @allowed("profiles.read")
    def look(desk: Desk, identifier: str) -> dict[str, Any]:
        return {"customer_id": "c_1", "tags": {"city": "杭州"}}

    @allowed("profiles.read")
    def look_up(desk: Desk, identifiers: list[str], tags: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        return [{"customer_id": "c_1", "phone": "x"}, {"customer_id": "c_2"}, {"customer_id": None, "error": "…"}]

    @allowed("profiles.read")
    def page(desk: Desk, rule: str) -> dict[str, Any]:
        return {"rows": [{"customer_id": f"c_{n}"} for n in range(230)]}

    desk = Desk(workspace, Actor("li", "analyst"))
    look(desk, "phone:13800000000")
    look_up(desk, ["phone:13800000000"])
    page(desk, rule="phone = '13800000000'")
    first, second, third = entries(workspace)
    assert first == ("li", "test_access_desk.look", "c_1", "done", {})
    assert second[2:] == ("", "done", {"customers": ["c_1", "c_2"]})
    assert third[4]["customers"][:2] == ["c_0", "c_1"]
    assert third[4]["further"] == 30
    assert "13800000000" not in json.dumps([first, second, third])


def test_a_call_without_the_right_is_refused_and_kept(workspace):
    @allowed("segments.write")
    def save(desk: Desk, name: str) -> None:
        raise AssertionError("it must not run")

    with pytest.raises(ForbiddenError, match="li \\(viewer\\) may not define segments"):
        save(Desk(workspace, Actor("li", "viewer")), "vip")
    scoped = Actor("key:1", "admin", "api", scopes=frozenset({"tags.read"}))
    with pytest.raises(ForbiddenError):
        save(Desk(workspace, scoped), "vip")
    assert entries(workspace) == [
        ("li", "test_access_desk.save", "", "refused", {"right": "segments.write"}),
        ("key:1", "test_access_desk.save", "", "refused", {"right": "segments.write"}),
    ]


def test_what_fails_is_kept_without_what_was_asked_for(workspace):
    @allowed("segments.write")
    def save(desk: Desk, name: str) -> dict[str, Any]:
        if name == "vip":
            return {"name": name, "rows": []}
        raise NotFoundError(f"no {name}")

    desk = Desk(workspace, Actor("li", "admin"))
    save(desk, name="vip")
    with pytest.raises(NotFoundError):
        save(desk, "13800000000")
    assert [entry[2:] for entry in entries(workspace)] == [
        ("vip", "done", {}),
        ("", "failed", {"code": "not_found"}),
    ]


def test_the_trail_is_exported_whole_and_safe_for_spreadsheets(workspace):
    workspace.trail.note(Actor("=cmd()", "viewer"), "sign_in", wait=True)
    desk = Desk(workspace, Actor("wang", "privacy_officer"))
    lines = "".join(trail_desk.export(desk)).splitlines()
    assert lines[0].startswith("\ufeffnumber,at,actor,role")
    assert any(",'=cmd()," in line for line in lines)
    rows = [json.loads(line) for line in trail_desk.export(desk, form="jsonl")]
    assert rows[-1]["actor"] == "=cmd()"
    assert trail_desk.verify(desk)["sound"]
    with pytest.raises(UsageError, match="1 to 1000"):
        trail_desk.entries(desk, limit=2_000)
    with pytest.raises(ForbiddenError):
        trail_desk.entries(Desk(workspace, Actor("li", "analyst")))


GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide" / "access.md"

TOLD = {
    "aggregates": ["overview.read", "quality.read", "quality.export", "tags.read", "segments.read", "personas.read",
                   "reports.read", "builds.read"],
    "single customers": ["profiles.read", "segments.members", "segments.count"],
    "export customers": ["profiles.export"],
    "define segments": ["segments.write"],
    "define tags": ["tags.write"],
    "who is who: see": ["identity.read"],
    "who is who: decide": ["identity.decide"],
    "start builds": ["builds.start"],
    "read the audit trail": ["trail.read"],
    "backups: see": ["backups.read"],
    "backups: download": ["backups.download"],
    "users, keys": ["users.manage", "live.write", "metrics.read", "backups.make"],
}  # fmt: skip
"""Beginning of a row of the guide's table → the rights that it tells of."""


def test_the_guide_tells_the_matrix_as_it_is():
    rows = [
        line.strip("|").split("|") for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.count("|") == 8
    ]
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    for begins, rights in TOLD.items():
        (row,) = (marks for name, marks in cells.items() if name.startswith(begins))
        for right in rights:
            assert row == ["✓" if role in RIGHTS[right].roles else "" for role in ROLES], right
    assert cells["sees in clear up to"] == [CLEARANCE[role] for role in ROLES]


def test_every_right_is_somebodys_and_every_role_has_a_clearance():
    assert set(CLEARANCE) == set(ROLES)
    for name, right in RIGHTS.items():
        assert right.roles <= set(ROLES), name
        assert right.roles, name
    assert set(USE_CASES.values()) <= set(RIGHTS)


def test_a_source_or_class_that_does_not_exist_is_refused(workspace):
    from huaxiang.service.desk.people import add_key, keys, known_class, known_role

    desk = Desk(workspace, Actor("root", "admin"))
    with pytest.raises(UsageError, match=r"no role 'anlyst'\. Did you mean 'analyst'"):
        known_role("anlyst")
    with pytest.raises(UsageError, match="no privacy class 'L5'"):
        known_class("L5")
    with pytest.raises(UsageError, match="no live source 'web'"):
        add_key(desk, "site", "admin", source="web")
    with pytest.raises(UsageError, match=r"'profiles\.export' is no right of the role viewer"):
        add_key(desk, "site", "viewer", scopes=["profiles.export"])
    with pytest.raises(UsageError, match="at least one day"):
        add_key(desk, "site", "viewer", days=-1)
    assert keys(desk) == []
