"""Work that is begun before its turn: while one table of facts leaves its sort on one core, another takes the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

AT_ONCE = 3
"""Tables that are written at the same time at most: each sorts all its rows within the memory of the engine."""


class Ahead:
    """Does pieces of work with up to `threads` threads, in the order in which they were begun."""

    def __init__(self, threads: int) -> None:
        self._threads = min(threads, AT_ONCE)
        self._pool: ThreadPoolExecutor | None = None
        self._begun: dict[str, list[Future[None]]] = {}

    @property
    def is_open(self) -> bool:
        """Whether several pieces of work can be under way, and none has been begun."""
        return self._threads > 1 and self._pool is None

    @property
    def is_under_way(self) -> bool:
        """Whether there is work that nobody has waited for yet."""
        return bool(self._begun)

    def begin(self, work: Mapping[str, Sequence[Callable[[], None]]]) -> None:
        """Do `work`, by name one or several pieces, from now on."""
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="huaxiang-facts")
        self._begun = {name: [self._pool.submit(each) for each in pieces] for name, pieces in work.items()}

    def wait(self, name: str) -> bool:
        """Wait until the work `name` is done, and raise what went wrong with it. False: it was never begun."""
        if name not in self._begun:
            return False
        for piece in self._begun.pop(name):
            piece.result()
        if not self._begun:
            self.close()
        return True

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._begun.clear()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
