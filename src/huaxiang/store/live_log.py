"""The live log: messages that arrived since, each on disk before it is acknowledged.

    .huaxiang/live/<source>/
      lock              held while somebody writes
      00000001.jsonl    a sealed segment: it never changes again; builds read these
      00000002.open     the segment that is written to

A message is one line of JSON. A process that dies while writing leaves half a line at most, which nobody was told was
kept; the next writer cuts it off, and readers never see it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huaxiang.core.errors import UsageError
from huaxiang.store.failures import storage_failures
from huaxiang.store.snapshots import sync

SEALED, OPEN = ".jsonl", ".open"
SEGMENT_BYTES = 64 << 20
"""A segment that has grown to this is sealed."""

REMEMBERED_SEGMENTS = 2
"""How many sealed segments back a message sent again is recognised. A build recognises it by its key for ever."""


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log of a source: the number of a segment, and the bytes before it there."""

    segment: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Appended:
    """How many messages were kept, and how many were there already."""

    kept: int
    repeated: int


class LiveLog:
    """The log of one source. Any number of processes may append and read at once."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key
        self._ids: dict[int, set[str]] = {}
        self._seen = Position()

    def append(self, messages: Sequence[Mapping[str, Any]]) -> Appended:
        """Write messages in their order; they are on disk when this returns.

        `key` names in each message what tells it from all others. One that was kept before is not kept again.

        Raises:
            UsageError: a message has no key; nothing is kept.
            StoreError: the disk refused; nothing of this call is kept.
        """
        return self.append_groups([messages])[0]

    def append_groups(self, groups: Sequence[Sequence[Mapping[str, Any]]]) -> list[Appended]:
        """Write the messages of several senders with one wait for the disk; what became of each sender's.

        Raises:
            As `append`; what is wrong with one concerns all.
        """
        keyed = [[(_key_of(message, self.key), message) for message in group] for group in groups]
        found = []
        with self._writing() as (path, handle):
            self._catch_up()
            fresh: dict[str, Mapping[str, Any]] = {}
            for group in keyed:
                before = len(fresh)
                for key, message in group:
                    if not any(key in ids for ids in self._ids.values()):
                        fresh.setdefault(key, message)
                kept = len(fresh) - before
                found.append(Appended(kept, len(group) - kept))
            if fresh:
                _write(handle, b"".join(_line(message) for message in fresh.values()))
                self._catch_up()
            if os.fstat(handle).st_size >= SEGMENT_BYTES:
                path.rename(path.with_suffix(SEALED))
        return found

    def seal(self) -> list[Path]:
        """Close the segment that is written to, and return all sealed ones, the oldest first."""
        if not self.folder.is_dir():
            return []
        with self._writing() as (path, handle):
            if os.fstat(handle).st_size:
                path.rename(path.with_suffix(SEALED))
        return sorted(self.folder.glob(f"*{SEALED}"))

    def read(self, since: Position = Position()) -> Iterator[tuple[Position, dict[str, Any]]]:
        """The messages from `since` on, each with the place behind it; lines of other programs are none."""
        for place, line in self.lines(since):
            if (message := _message(line)) is not None:
                yield place, message

    def lines(self, since: Position = Position()) -> Iterator[tuple[Position, bytes]]:
        """The lines from `since` on as they were written, each with the place behind it; half a line is none."""
        for number, path in self._segments():
            if number < since.segment:
                continue
            offset = since.offset if number == since.segment else 0
            with storage_failures(path), _opened(path) as file:
                file.seek(offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    offset += len(line)
                    yield Position(number, offset), line

    def _catch_up(self) -> None:
        """Learn the keys of what was written since the last look, by this process or another; forget the oldest."""
        oldest = max((number for number, _ in self._segments()), default=0) - REMEMBERED_SEGMENTS
        for number in [number for number in self._ids if number < oldest]:
            del self._ids[number]
        for place, message in self.read(max(self._seen, Position(oldest, 0))):
            self._ids.setdefault(place.segment, set()).add(str(message.get(self.key)))
            self._seen = place

    def _segments(self) -> list[tuple[int, Path]]:
        paths = (path for path in self.folder.glob("*") if path.suffix in {SEALED, OPEN})
        return sorted((int(path.stem), path) for path in paths)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Path, int]]:
        """The open segment and a handle at its end, behind its last whole line, while no one else writes."""
        with storage_failures(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                segments = self._segments()
                number, path = segments[-1] if segments else (0, self.folder / "none")
                begun = path.suffix != OPEN
                if begun:
                    path = self.folder / f"{number + 1:08d}{OPEN}"
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
                try:
                    if begun:
                        sync(self.folder)
                    _cut_half_a_line(handle)
                    yield path, handle
                finally:
                    os.close(handle)
            finally:
                os.close(lock)


def _opened(path: Path) -> Any:
    """The segment, which may have been sealed since it was listed."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return path.with_suffix(SEALED).open("rb")


def _key_of(message: Mapping[str, Any], key: str) -> str:
    value = message.get(key)
    if value is None or value == "":
        raise UsageError(f"A message has no '{key}', by which it is told from all others.")
    return str(value)


def _message(line: bytes) -> dict[str, Any] | None:
    """The message in a line; None where it holds none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write(handle: int, content: bytes) -> None:
    """Write all of `content` and wait until it is on disk; of a write that fails nothing stays."""
    before = os.fstat(handle).st_size
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, before)
        raise


def _cut_half_a_line(handle: int) -> None:
    """Remove what a writer who died left behind the last whole line."""
    size = end = os.fstat(handle).st_size
    while end:
        start = max(end - 4096, 0)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end < size:
        os.ftruncate(handle, end)
