"""Waiting for one's turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from huaxiang.core.errors import BusyError
from huaxiang.service import patience
from huaxiang.service.patience import Turns, patiently


def test_who_has_waited_longest_is_next_and_nobody_overtakes() -> None:
    turns, order = Turns(1), list[int]()
    assert turns.acquire(0)
    waiting = [threading.Thread(target=_take, args=(turns, order, number)) for number in range(5)]
    for number, thread in enumerate(waiting):
        thread.start()
        _until(lambda number=number: len(turns._waiting) == number + 1)
    turns.release()
    assert not turns.acquire(0) or order == [0, 1, 2, 3, 4], "overtaken"
    for thread in waiting:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_there_are_never_more_than_so_many_turns() -> None:
    turns, at_once, most = Turns(3), list[int](), list[int]()

    def work() -> None:
        for _ in range(20):
            with patiently(turns):
                at_once.append(1)
                most.append(len(at_once))
                time.sleep(0.0002)
                at_once.pop()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 3
    assert [turns.acquire(0) for _ in range(4)] == [True, True, True, False]


def test_who_waits_too_long_is_told_and_takes_no_turn_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.01)
    turns = Turns(1)
    with patiently(turns), pytest.raises(BusyError), patiently(turns):
        pass
    with patiently(turns):
        pass


def _take(turns: Turns, order: list[int], number: int) -> None:
    with patiently(turns):
        order.append(number)


def _until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.001)
