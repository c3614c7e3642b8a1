"""Maps and flows of segments count right, and give no small group away."""

from __future__ import annotations

from collections import Counter

import pytest

import huaxiang as hx
from huaxiang.access.people import Actor
from huaxiang.core.errors import ForbiddenError, NotFoundError
from huaxiang.service.desk import Desk
from huaxiang.service.desk.crossings import crossing, moves
from huaxiang.service.workspace import Workspace

ONE, OTHER = "orders_ever", "sex"


def as_(workspace: Workspace, role: str) -> Desk:
    return Desk(workspace, Actor(role, role))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def truth(workspace: Workspace) -> Counter[tuple[str | None, str | None]]:
    with workspace.build() as build:
        rows = build.engine.rows(build.engine.table("profiles").select(ONE, OTHER), step="truth")
    return Counter((None if row[ONE] is None else str(row[ONE]), row[OTHER]) for row in rows)


def test_who_may_see_exact_counts_sees_every_cell_but_small_ones(workspace, truth):
    found = crossing(as_(workspace, "privacy_officer"), ONE, OTHER)
    with workspace.build() as build:
        threshold = build.project.spec.minimum_group
    assert found["margin"] == 0
    assert {(row["one"], row["other"]): row["count"] for row in found["cells"]} == {
        cell: None if 0 < size < threshold else size for cell, size in truth.items()
    }


def test_others_see_cells_within_the_margin(workspace, truth):
    found = crossing(as_(workspace, "marketer"), ONE, OTHER)
    assert found["margin"] > 0
    for row in found["cells"]:
        if row["count"] is not None:
            assert abs(row["count"] - truth[row["one"], row["other"]]) <= found["margin"]


def test_a_viewer_may_not_cross_tags(workspace):
    with pytest.raises(ForbiddenError):
        crossing(as_(workspace, "viewer"), ONE, OTHER)


def test_there_is_no_flow_before_the_second_build(workspace):
    with pytest.raises(NotFoundError, match="no former build"):
        moves(as_(workspace, "marketer"), OTHER)


def test_nobody_moves_between_two_builds_of_the_same_data(own_workspace, truth):
    hx.load(own_workspace.folder).build(full=True).close()
    found = moves(as_(own_workspace, "privacy_officer"), OTHER)
    assert found["flows"]
    assert all(row["before"] == row["after"] for row in found["flows"])
    stayed = Counter({row["after"]: row["count"] for row in found["flows"] if row["count"] is not None})
    sexes: Counter[str | None] = Counter()
    for (_, sex), size in truth.items():
        sexes[sex] += size
    assert all(sexes[sex] == size for sex, size in stayed.items())
