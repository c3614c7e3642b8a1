"""Many senders, one log: what comes at the same time is written together and waits for the disk once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from huaxiang.core.errors import BusyError, StoreError
from huaxiang.service.live.source import LiveSource
from huaxiang.store.live_log import Appended

MOST_WAITING = 20_000
"""Messages that may wait to be written; who comes then is asked to come back."""

MOST_TOGETHER = 5_000
"""Messages that are written together, unless one sender alone has more."""

PATIENCE = 30.0
"""Seconds that a sender waits for the disk."""


class LiveWriter:
    """Appends to one live source for any number of threads; a thread of its own writes."""

    def __init__(self, source: LiveSource) -> None:
        self._source = source
        self._waiting: deque[tuple[Sequence[Mapping[str, str]], Future[Appended]]] = deque()
        self._number = 0
        self._closed = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._write, name=f"huaxiang-live-{source.spec.name}", daemon=True)
        self._thread.start()

    def append(self, messages: Sequence[Mapping[str, Any]]) -> Appended:
        """Append messages: all of them are on disk when this returns, or none.

        Raises:
            UsageError: some of them are no messages; it says which.
            BusyError: too many wait to be written.
            StoreError: the disk refused, or the server is stopping.
        """
        rows = self._source.rows(messages)
        done: Future[Appended] = Future()
        with self._change:
            if self._closed:
                raise StoreError("The server is stopping. Send the messages again in a moment.")
            if self._number and self._number + len(rows) > MOST_WAITING:
                raise BusyError("More messages wait to be written than is good. Send them again in a moment.")
            self._waiting.append((rows, done))
            self._number += len(rows)
            self._change.notify()
        try:
            return done.result(PATIENCE)
        except TimeoutError:
            raise BusyError("The disk is slow. Send the messages again: none is kept twice.", retry_after=5) from None

    def close(self) -> None:
        """Write what waits, and end. Closing twice does nothing."""
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.join()

    def _write(self) -> None:
        while groups := self._next():
            try:
                written = self._source.log.append_groups([rows for rows, _ in groups])
            except BaseException as error:
                for _, done in groups:
                    done.set_exception(error)
            else:
                for (_, done), appended in zip(groups, written, strict=True):
                    done.set_result(appended)

    def _next(self) -> list[tuple[Sequence[Mapping[str, str]], Future[Appended]]]:
        """The groups to write together; none when there are no more to come."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed)
            groups: list[tuple[Sequence[Mapping[str, str]], Future[Appended]]] = []
            size = 0
            while self._waiting and (not groups or size + len(self._waiting[0][0]) <= MOST_TOGETHER):
                groups.append(self._waiting.popleft())
                size += len(groups[-1][0])
            self._number -= size
            return groups
