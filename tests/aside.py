"""Running coroutines in tests, whatever else runs in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def run(asked: Coroutine[Any, Any, Answer]) -> Answer:
    """What `asked` gives back: it runs in a thread of its own, since a browser of another test leaves its loop here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked).result()
