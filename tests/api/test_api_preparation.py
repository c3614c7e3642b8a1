"""What first looks at a build ask for is found out ahead, for nobody in particular."""

from __future__ import annotations

import importlib
import inspect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pkgutil import iter_modules
from types import SimpleNamespace

import pytest
import structlog

import huaxiang.service.desk
from huaxiang.core.errors import BusyError, StoreError
from huaxiang.service import first_looks
from huaxiang.service.desk import USE_CASES, preparation
from huaxiang.service.desk.preparation import Preparation
from huaxiang.service.workspace import Workspace


def test_what_fails_keeps_nothing_else_back_and_is_tried_again_where_that_may_help(
    own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    done: list[str] = []
    again = threading.Event()

    def busy(_: Workspace) -> None:
        done.append("busy")
        if done.count("busy") < 3:
            raise BusyError("busy", retry_after=1)
        again.set()

    def mistaken(_: Workspace) -> None:
        done.append("mistaken")
        raise ZeroDivisionError

    def working(_: Workspace) -> None:
        done.append("working")

    monkeypatch.setattr(preparation, "STEPS", (busy, mistaken, working))
    with prepared(own_workspace, monkeypatch):
        assert again.wait(20)
    assert done == ["busy", "mistaken", "working", "busy", "busy"]


def test_a_disk_that_fails_for_a_moment_keeps_no_later_build_from_being_prepared(
    own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    found = own_workspace.project.serving()
    answers = iter([StoreError("gone"), OSError("gone"), found])
    reached = threading.Event()

    def serving() -> object:
        answer = next(answers, found)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(own_workspace, "project", SimpleNamespace(serving=serving))
    monkeypatch.setattr(preparation, "STEPS", (lambda _: reached.set(),))
    with structlog.testing.capture_logs() as log, prepared(own_workspace, monkeypatch):
        assert reached.wait(20)
    assert [line["reason"] for line in log] == ["store", "OSError"]


@contextmanager
def prepared(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(preparation, "OFTEN", 0.01)
    preparing = Preparation(workspace)
    preparing.begin()
    try:
        yield
    finally:
        preparing.end()


BELOW_RIGHTS = {
    # Asks for the right that it is told.
    "allowed.must",
    # Marks of pages, which hold nothing of customers.
    "cursors.cursor",
    "cursors.place",
    # What use cases of several modules have in common; each asks for its own right.
    "builds.shown_difference",
    "definitions.draft",
    "definitions.save",
    "sides.compared",
    "small_segments.listed",
    "small_segments.may_list",
    "trail.sought",
}


def test_every_public_function_of_the_desk_asks_for_a_right():
    names = (each.name for each in iter_modules(huaxiang.service.desk.__path__))
    functions = {
        f"{name}.{function.__name__}"
        for name in names
        for module in [importlib.import_module(f"huaxiang.service.desk.{name}")]
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ == module.__name__
        if not function.__name__.startswith("_") and next(iter(inspect.signature(function).parameters), "") == "desk"
    }
    assert functions - set(USE_CASES) == BELOW_RIGHTS


def test_the_second_look_at_the_overview_asks_the_build_for_nothing(own_workspace: Workspace):
    with own_workspace.build() as build:
        first = first_looks.overview(own_workspace)
        build.audit = None  # type: ignore[assignment,method-assign]
    with own_workspace.build() as same:
        assert same is build
    assert first_looks.overview(own_workspace) is first
    assert first["build"]["customers"] == 60
