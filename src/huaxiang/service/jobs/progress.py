"""How far a build is, told by one process and read by another: lines of JSON in a small file, which is also its log.

{"at": "2026-03-01T03:00:01+00:00", "step": "read orders", "done": 120, "total": 900}
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from huaxiang.core.text import Language, Text
from huaxiang.project.plan import title_of

MOST_LINES = 1_000
"""Lines of a log that are kept and read."""

_OFTEN = 1.0
"""Seconds between two lines about one step."""

_EARLY = 0.05
"""The share of the work before which nobody can say how long the rest takes."""


_DEEDS = {
    "prepare": Text("prepare", "准备"),
    "match": Text("match", "匹配"),
    "write": Text("write", "写出结果"),
    "simulate": Text("simulate", "生成模拟数据"),
    "backtest": Text("backtest", "回测"),
}
"""What commands that build nothing tell of: matching files, simulating, backtesting."""


class ProgressFile:
    """Writes what a build tells of its progress. Names of steps hold nothing about people."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._last: tuple[str, datetime] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Write a line, unless the step's last one is a moment old."""
        now = datetime.now(UTC)
        if self._last is not None and self._last[0] == step and (now - self._last[1]).total_seconds() < _OFTEN:
            return
        self._last = step, now
        told = {"at": now.isoformat(timespec="milliseconds"), "step": step, "done": done, "total": total}
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._file.flush()


@dataclass(frozen=True)
class Told:
    """What a build has told: `share` is how much of it is done, `log` holds a line for the beginning of each step."""

    step: str = ""
    share: float = 0.0
    seconds: float = 0.0
    log: tuple[dict[str, Any], ...] = ()

    @property
    def remaining(self) -> float | None:
        """How many seconds the rest takes if it goes on as it did until now; None while that can't be told."""
        if self.share < _EARLY or self.seconds <= 0:
            return None
        return self.seconds * (1 - self.share) / self.share


def read_progress(path: Path, now: datetime | None = None) -> Told:
    """What the build that writes to `path` has told until now; `now` is None where it has ended."""
    lines = _lines(path)
    if not lines:
        return Told()
    last, began = lines[-1], datetime.fromisoformat(lines[0]["at"])
    seconds = ((now or datetime.fromisoformat(last["at"])) - began).total_seconds()
    # What is told of a step is how much is done before it ends.
    steps = [line for before, line in zip([None, *lines], lines, strict=False) if not before or _differ(before, line)]
    log = tuple({"at": line["at"], "step": line["step"]} for line in steps[-MOST_LINES:])
    return Told(str(last["step"]), min(last["done"] / last["total"], 1.0) if last["total"] else 0.0, seconds, log)


def step_in(language: Language, name: str) -> str:
    """A step as people call it, from its name in a log, a plan or the figures of a build, or of another command."""
    return (_DEEDS.get(name) or title_of(name))[language]


def shorten(path: Path) -> None:
    """Keep the last lines of a log that has ended."""
    lines = _lines(path)
    if lines:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        path.write_text(text, encoding="utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    """The first line, which says when it began, and the last ones. One that is not finished yet is left out."""
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline()
            rest = deque(file, MOST_LINES)
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in (first, *rest) if line.endswith("\n")]


def _differ(before: dict[str, Any], line: dict[str, Any]) -> bool:
    return bool(before["step"] != line["step"])
