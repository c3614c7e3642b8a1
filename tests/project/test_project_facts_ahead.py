"""Work that is begun before its turn."""

from __future__ import annotations

from threading import Barrier, Event

import pytest

from huaxiang.project.facts_ahead import Ahead


def test_two_pieces_of_work_are_under_way_at_once_and_each_is_waited_for_by_name():
    ahead, together, done = Ahead(2), Barrier(2, timeout=20), []

    def work(name: str):
        def do() -> None:
            together.wait()
            done.append(name)

        return do

    assert ahead.is_open
    ahead.begin({"one": [work("one")], "two": [work("two")]})
    assert not ahead.is_open
    assert ahead.wait("one")
    assert ahead.wait("two")
    assert sorted(done) == ["one", "two"]
    assert not ahead.wait("three")


def test_what_goes_wrong_is_told_to_whoever_waits_for_it_and_the_rest_is_waited_for():
    ahead, begun, going_on, done = Ahead(2), Event(), Event(), []

    def fail() -> None:
        begun.wait(20)
        raise ValueError("no room")

    def go_on() -> None:
        begun.set()
        going_on.wait(20)
        done.append("long")

    ahead.begin({"bad": [fail], "long": [go_on]})
    with pytest.raises(ValueError, match="no room"):
        ahead.wait("bad")
    going_on.set()
    ahead.close()
    assert done == ["long"]


def test_one_thread_does_nothing_ahead():
    assert not Ahead(1).is_open
