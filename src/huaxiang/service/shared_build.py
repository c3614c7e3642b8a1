"""The build that serves, opened once for all threads, and let go with the last who uses it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from huaxiang.service.builds import Build


@dataclass
class _Used:
    """A build that many threads use at once; `left` once it was closed."""

    build: Build
    users: int = 0
    left: bool = False


class SharedBuild:
    """The build whose id `serving` says, opened by `open_`. Safe for use by several threads."""

    def __init__(self, serving: Callable[[], str | None], open_: Callable[[], Build]) -> None:
        self._serving, self._open = serving, open_
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._kept = threading.local()
        self._used: _Used | None = None

    @contextmanager
    def used(self) -> Iterator[Build]:
        """The build, for what any thread may ask, until the block ends.

        Raises:
            NotFoundError: nothing was built yet.
            StoreError: the snapshot can't be read.
        """
        if (kept := getattr(self._kept, "used", None)) is not None:
            yield kept.build
            return
        used = self._joined() or self._opened()
        try:
            yield used.build
        finally:
            with self._lock:
                used.users -= 1
            if used is not self._used:
                self._leave(used)

    @contextmanager
    def at_hand(self, identifier: str) -> Iterator[bool]:
        """Whether the build is open and what is told of a customer is in memory, for a thread that must not wait.

        Where it is, `used` gives this thread that same build until the block ends, whichever is published meanwhile.
        The block must not wait for anything (`await`): others would get the build as well.
        """
        used = self._joined()
        if used is None:
            yield False
            return
        try:
            there = used.build.stored_customers.at_hand(identifier)
            self._kept.used = used if there else None
            yield there
        finally:
            self._kept.used = None
            with self._lock:
                used.users -= 1
            if used is not self._used:
                # To close a build takes longer than this thread has.
                threading.Thread(target=self._leave, args=(used,), name="leaving").start()

    def close(self) -> None:
        """Let the build go, with the last who uses it."""
        with self._lock:
            used, self._used = self._used, None
        if used is not None:
            self._leave(used)

    def _joined(self) -> _Used | None:
        """The build with one user more; None where it is not the one that serves."""
        serving = self._serving()
        with self._lock:
            used = self._used
            if used is None or used.build.snapshot.id != serving:
                return None
            used.users += 1
            return used

    def _opened(self) -> _Used:
        """The build, opened by the first who needs it; the others wait, but nobody who needs none."""
        with self._opening:
            if (joined := self._joined()) is not None:
                return joined
            build = self._open()
            # What it takes to look somebody up is made before the second thread comes.
            _ = build.stored_customers
            used = _Used(build, users=1)
            with self._lock:
                former, self._used = self._used, used
        if former is not None:
            self._leave(former)
        return used

    def _leave(self, used: _Used) -> None:
        """Let a build go that serves no more, with the last who uses it."""
        with self._lock:
            last = used.users == 0 and not used.left
            used.left = used.left or last
        if last:
            used.build.close()
