"""The build that all threads share: who asks where it is in memory gets that one, whichever is published meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import pytest

from huaxiang.service.api import Project
from huaxiang.service.shared_build import SharedBuild
from huaxiang.service.stored import StoredCustomers
from huaxiang.store import points

pytestmark = pytest.mark.usefixtures("build")


@dataclass
class Shelf:
    """What serves, the builds that were opened, and the threads in which they were closed."""

    serving: str = "first"
    opened: list[str] = field(default_factory=list)
    closed: dict[str, threading.Thread] = field(default_factory=dict)
    gone: threading.Event = field(default_factory=threading.Event)

    def open(self) -> Any:
        """A build of which all is in memory."""
        name = self.serving
        self.opened.append(name)

        def close() -> None:
            self.closed[name] = threading.current_thread()
            self.gone.set()

        customers = SimpleNamespace(at_hand=lambda identifier: identifier == "li")
        return SimpleNamespace(snapshot=SimpleNamespace(id=name), stored_customers=customers, close=close)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def shared(shelf: Shelf) -> SharedBuild:
    """A build that one has asked already."""
    shared = SharedBuild(lambda: shelf.serving, shelf.open)
    with shared.used():
        pass
    return shared


def test_who_asks_a_build_at_hand_is_answered_by_it_though_another_is_published_between(
    shelf: Shelf, shared: SharedBuild
):
    with shared.at_hand("li") as there:
        assert there
        shelf.serving = "second"
        with shared.used() as build, shared.used() as again:
            assert build.snapshot.id == again.snapshot.id == "first"
    assert shelf.opened == ["first"], "nothing is opened by a thread that must not wait"
    with shared.at_hand("li") as there:
        assert not there
    with shared.used() as build:
        assert build.snapshot.id == "second"


def test_other_threads_get_the_new_build_at_once_and_the_old_one_is_closed_by_nobody_who_must_not_wait(
    shelf: Shelf, shared: SharedBuild
):
    def id_of_used() -> str:
        with shared.used() as build:
            return build.snapshot.id

    with ThreadPoolExecutor(1) as other, shared.at_hand("li"):
        shelf.serving = "second"
        assert other.submit(id_of_used).result() == "second"
        assert not shelf.closed, "somebody uses it"
    assert shelf.gone.wait(20)
    assert list(shelf.closed) == ["first"]
    assert shelf.closed["first"] is not threading.current_thread()


def test_who_is_not_at_hand_is_asked_of_the_build_that_serves(shelf: Shelf, shared: SharedBuild):
    with shared.at_hand("nobody") as there:
        assert not there
        shelf.serving = "second"
        with shared.used() as build:
            assert build.snapshot.id == "second"
    shared.close()
    with shared.at_hand("li") as there:
        assert not there


def _id(customers: StoredCustomers) -> str:
    found: str = customers.traits("phone:13900000001")["customer_id"]
    return found


def test_what_does_not_fit_into_memory_is_held_once_there_is_room(shop: Project, monkeypatch: pytest.MonkeyPatch):
    room, enough = points._free, 0
    monkeypatch.setattr(points, "_held", WeakValueDictionary())  # nothing that another build has left behind
    with shop.open() as build:
        customers = build.stored_customers
        assert customers._profile.hold()
        monkeypatch.setattr(points, "_free", lambda: enough)
        someone = _id(customers)
        assert not customers.at_hand(someone)
        enough = room()
        _id(customers)
        assert customers.at_hand(someone)


def test_of_many_threads_that_hold_at_once_none_takes_the_short_way_from_the_others(
    shop: Project, monkeypatch: pytest.MonkeyPatch
):
    asked, go_on = threading.Event(), threading.Event()
    with shop.open() as build, ThreadPoolExecutor(2) as pool:
        customers = build.stored_customers
        read = customers._segments._read

        def slowly() -> Any:
            asked.set()
            assert go_on.wait(20)
            return read()

        someone = _id(customers)
        customers._segments._held, customers._at_hand = None, False
        customers._segments._place = ("", "a table that nobody else holds")
        monkeypatch.setattr(customers._segments, "_read", slowly)
        # One reads the segments because they are asked for, the other because all else is in memory.
        first = pool.submit(customers._segments.hold)
        assert asked.wait(20)
        second = pool.submit(_id, customers)
        assert not customers.at_hand(someone)
        threading.Event().wait(0.1)
        go_on.set()
        assert first.result()
        assert second.result() == someone
        assert customers.at_hand(someone)
