"""The audit trail: who looked at, exported and changed what. Entries of many requests are written together.

    .huaxiang/trail.head      the number and hash of the last entry, signed where HUAXIANG_TRAIL_KEY is set

Who only looks does not wait for the disk: a process that is killed may lose what was asked in its last `GATHERING`
seconds. Whatever changes, exports or lets somebody in waits.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from huaxiang.access.chain import Broken, Entry, Head, Outcome, first_break
from huaxiang.access.people import Actor
from huaxiang.access.tokens import same
from huaxiang.core.errors import StoreError
from huaxiang.core.files import whole_file
from huaxiang.store.operational import Operational, Sought, TrailRows

__all__ = ["Sought", "Trail", "Verified"]

GATHERING = 0.2
"""Seconds for which entries that nobody waits for are gathered before they are written."""

LARGEST_BATCH, MOST_QUEUED = 500, 20_000
"""Entries that are written together; entries that wait while the database can't be written, before nobody may ask."""

KEY_VARIABLE = "HUAXIANG_TRAIL_KEY"
"""The environment variable with the secret that signs the head; who has the disk but not it can't cut the trail."""


@dataclass(frozen=True)
class Verified:
    """What checking the trail has found: the last sound entry, and where it is broken first, if it is."""

    head: Head
    broken: Broken | None
    signed: bool


class Trail:
    """The trail of one project. Safe for use by several threads; several processes may write to it."""

    def __init__(self, database: Operational, folder: Path, clock: Callable[[], datetime]) -> None:
        self.rows = TrailRows(database)
        self._file = folder.absolute() / ".huaxiang" / "trail.head"
        self._now = clock
        self._changed = threading.Condition()
        self._queue: list[tuple[Entry, Future[None] | None]] = []
        self._writer: threading.Thread | None = None
        self._closing = False

    @property
    def queued(self) -> int:
        """How many entries are not written yet."""
        return len(self._queue)

    def note(
        self,
        actor: Actor,
        action: str,
        subject: str = "",
        outcome: Outcome = "done",
        detail: Mapping[str, Any] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        """Write that `actor` did something; with `wait` it is on disk when this returns.

        Raises:
            StoreError: the trail can't be written.
        """
        entry = Entry(
            self._now(), actor.name, actor.role, actor.via, actor.address, action, subject, outcome, detail or {}
        )
        written: Future[None] | None = Future() if wait else None
        with self._changed:
            if len(self._queue) >= MOST_QUEUED:
                raise StoreError("The audit trail can't be written, so nothing is answered. The server's log says why.")
            self._queue.append((entry, written))
            if self._writer is None:
                self._closing = False
                self._writer = threading.Thread(target=self._write_on, name="trail", daemon=True)
                self._writer.start()
            # Who only looks wakes nobody, but for the first: the writer looks by itself once it has gathered enough.
            if wait or len(self._queue) in (1, LARGEST_BATCH):
                self._changed.notify()
        if written is not None:
            written.result()

    def close(self) -> None:
        """Write what is queued, and stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            writer = self._writer
        if writer is not None:
            writer.join()

    def verify(self) -> Verified:
        """Compute the whole chain again, and hold it against the head that is kept beside the database."""
        kept, signature = self._read_head()
        sound, broken = first_break(self.rows.all(), kept)
        key = _key()
        signed = key is not None and signature is not None and same(signature, (kept or Head()).signature(key))
        if broken is None and key is not None and kept is not None and not signed:
            broken = Broken(kept.number, "trail.head is not signed with this key")
        if broken is None and kept is None and sound.number:
            broken = Broken(sound.number, "trail.head is missing: whether later entries were cut off can't be told")
        return Verified(sound, broken, signed)

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing)
                self._changed.wait_for(self._is_urgent, timeout=GATHERING)
                batch = self._queue[:LARGEST_BATCH]
                if not batch:
                    self._writer = None
                    return
            try:
                head = self.rows.append([entry for entry, _ in batch])
            except Exception as error:  # whatever it is, nobody must wait for ever
                if not self._give_up(batch, error):
                    return
                continue
            self._keep_head(head)
            with self._changed:
                del self._queue[: len(batch)]
            for _, written in batch:
                if written is not None:
                    written.set_result(None)

    def _is_urgent(self) -> bool:
        waited = any(written is not None for _, written in self._queue)
        return self._closing or waited or len(self._queue) >= LARGEST_BATCH

    def _give_up(self, batch: list[tuple[Entry, Future[None] | None]], error: Exception) -> bool:
        """Tell those who wait; keep the others for another try in a second. False: the trail is closing."""
        reason = str(error) if isinstance(error, StoreError) else type(error).__name__
        _log().error("trail_not_written", reason=reason, entries=len(batch))
        with self._changed:
            self._queue[: len(batch)] = [(entry, written) for entry, written in batch if written is None]
            for _, written in batch:
                if written is not None:
                    written.set_exception(error)
            if self._closing:
                self._writer = None
                return False
            self._changed.wait_for(lambda: self._closing, timeout=1)
        return True

    def _keep_head(self, head: Head) -> None:
        # The entries are in the database: that the head lags behind is no reason to refuse anybody.
        try:
            self._write_head(head)
        except (StoreError, OSError) as error:
            _log().error("trail_head_not_written", reason=str(error))

    def _write_head(self, head: Head) -> None:
        key = _key()
        self._file.parent.mkdir(exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            # Of two processes the one that wrote first may come here last.
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept, signature = self._read_head()
            # Nor does who has no key, such as a command, take the place of a head that was signed: it may lag behind.
            if kept is not None and (kept.number >= head.number or (signature is not None and key is None)):
                return
            content = {"number": head.number, "hash": head.hash, **({"signature": head.signature(key)} if key else {})}
            with whole_file(self._file) as partial:
                partial.write_text(json.dumps(content), encoding="utf-8")

    def _read_head(self) -> tuple[Head | None, str | None]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            return Head(int(content["number"]), str(content["hash"])), content.get("signature")
        except FileNotFoundError:
            return None, None
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StoreError(f"{self._file} can't be read: {error}.") from error


def _log() -> Any:
    import structlog

    return structlog.get_logger("huaxiang.trail")


def _key() -> bytes | None:
    value = os.environ.get(KEY_VARIABLE)
    return value.encode() if value else None
