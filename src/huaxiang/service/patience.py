"""Waiting for one's turn, but not for ever."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from huaxiang.core.errors import BusyError

PATIENCE = 20.0
"""Seconds that a thread waits for its turn."""


class Turns:
    """So many turns at once. Who has waited longest is next.

    Semaphores of Python wake who has waited, but whoever comes by in that moment is faster: of twenty threads that ask
    again and again, some waited a hundred times as long as most.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Whether there was a turn within so many seconds."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._lock:
            # Perhaps it was handed over in the meantime.
            late = mine in self._waiting
            if late:
                self._waiting.remove(mine)
            return not late

    def release(self) -> None:
        """Hand the turn to who is next."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


@contextmanager
def patiently(gate: threading.Lock | Turns) -> Iterator[None]:
    """Hold `gate` for the block.

    Raises:
        BusyError: it stays closed.
    """
    if not gate.acquire(timeout=PATIENCE):
        raise BusyError("Too many questions are asked at once. Try again in a moment.", retry_after=5)
    try:
        yield
    finally:
        gate.release()
