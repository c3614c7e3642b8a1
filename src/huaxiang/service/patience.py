"""Waiting for one's turn, but not for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from huaxiang.core.errors import BusyError

PATIENCE = 20.0
"""Seconds that a thread waits for its turn."""


@contextmanager
def patiently(gate: threading.Lock | threading.Semaphore) -> Iterator[None]:
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
