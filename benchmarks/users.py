"""Users of a server who cost little themselves: HTTP over plain sockets, since they run on the same cores."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

Ask = Callable[[], bytes]
"""Makes one request, whole."""

WARMING = 3.0
"""Seconds of the same load before it is measured: what is compiled or read into memory once is not counted."""


@dataclass
class Found:
    """What came of a load: milliseconds of each answer, and how many of which status."""

    seconds: float
    cpu: float
    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second that were 200."""
        return self.statuses[200] / self.seconds

    @property
    def errors(self) -> int:
        """Answers that were anything else."""
        return sum(self.statuses.values()) - self.statuses[200]

    @property
    def cpu_each(self) -> float:
        """Milliseconds of processors that the server took for an answer."""
        return 1000 * self.cpu / max(1, sum(self.statuses.values()))

    def at(self, percent: int) -> float:
        """A percentile of the milliseconds."""
        if len(self.milliseconds) < 2:
            return self.milliseconds[0] if self.milliseconds else float("nan")
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


def request(method: str, path: str, key: str, *, query: Mapping[str, Any] | None = None, content: Any = None) -> bytes:
    """One request to the API as it goes over the wire."""
    asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
    body = b"" if content is None else json.dumps(content).encode()
    head = f"{method} /v1{asked} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    if content is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def load(port: int, pid: int, ask: Ask, *, users: int, seconds: float, think: float = 0.0) -> Found:
    """`users` who ask again and again for so long, each after a pause of about `think` seconds."""
    found = Found(seconds, 0.0)
    begun, worked = time.perf_counter(), processor_seconds(pid)
    end, pause = begun + seconds, random.Random(3)

    async def user() -> None:
        connection = await Connection.to(port)
        if think:
            await asyncio.sleep(pause.uniform(0, think))
        while (asked := time.perf_counter()) < end:
            wire = ask()
            try:
                status, _ = await connection.ask(wire)
            except (asyncio.IncompleteReadError, ConnectionError):  # it was idle for too long, and the server hung up
                connection = await Connection.to(port)
                status, _ = await connection.ask(wire)
            found.statuses[status] += 1
            if status == 200:
                found.milliseconds.append(1000 * (time.perf_counter() - asked))
            if think:
                await asyncio.sleep(pause.uniform(0.5, 1.5) * think)
        connection.close()

    await asyncio.gather(*(user() for _ in range(users)))
    found.seconds = time.perf_counter() - begun
    found.cpu = processor_seconds(pid) - worked
    return found


class Connection:
    """A connection that is kept; answers have a length, as all of those that are asked for here have."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> Connection:
        """A new one to a server of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 24))

    async def ask(self, wire: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self._writer.write(wire)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def processor_seconds(pid: int) -> float:
    """What a process has worked so far, all of its threads."""
    import os

    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """MiB of a process: all that is resident, now and at most, and what of it now is what.

    `own` is what nobody else has and no file holds; `mapped` are pages of files, libraries and data, which the system
    takes back when it needs the room. `share` counts what several processes have in common by their number (PSS).
    """

    resident: float
    most: float
    own: float
    mapped: float
    share: float

    @classmethod
    def of(cls, pid: int) -> Memory:
        """That of a process of this machine."""
        told = {}
        for name in ("status", "smaps_rollup"):
            for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
                key, _, value = line.partition(":")
                told[key] = value
        keys = ("VmRSS", "VmHWM", "RssAnon", "RssFile", "Pss")
        return cls(*(int(told[key].split()[0]) / 1024 for key in keys))
