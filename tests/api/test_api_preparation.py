"""What first looks at a build ask for is found out ahead, for nobody in particular."""

from __future__ import annotations

import threading

import pytest

from huaxiang.access.people import nobody
from huaxiang.core.errors import BusyError
from huaxiang.service.desk import overview, preparation
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.preparation import Preparation
from huaxiang.service.workspace import Workspace


def test_each_build_is_prepared_once_and_what_fails_keeps_nothing_else_back(
    own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    done: list[str] = []
    again = threading.Event()

    def failing(_: Desk) -> None:
        done.append("failing")
        raise BusyError("busy", retry_after=1)

    def working(desk: Desk) -> None:
        done.append(desk.workspace.project.serving().id)
        again.set()

    monkeypatch.setattr(preparation, "STEPS", (failing, working))
    monkeypatch.setattr(preparation, "OFTEN", 0.01)
    prepared = Preparation(own_workspace)
    prepared.begin()
    assert again.wait(20)
    threading.Event().wait(0.1)
    prepared.end()
    assert done == ["failing", own_workspace.project.serving().id]


def test_nothing_that_is_prepared_is_asked_in_somebodys_name():
    assert not [step for step in preparation.STEPS if hasattr(step, "__wrapped__")]


def test_the_second_look_at_the_overview_asks_the_build_for_nothing(own_workspace: Workspace):
    desk = Desk(own_workspace, nobody(""))
    with own_workspace.build() as build:
        first = overview.found(desk)
        build.audit = None  # type: ignore[assignment,method-assign]
    with own_workspace.build() as same:
        assert same is build
    assert overview.found(desk) is first
    assert first["build"]["customers"] == 60
