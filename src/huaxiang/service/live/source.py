"""A live source: messages are looked over, made flat and written to its log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.findings import near_miss
from huaxiang.project.live import live_log
from huaxiang.project.loaded import LoadedProject
from huaxiang.sources.live import RECEIVED, flat
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.live_log import Appended, LiveLog

SHOWN = 10
"""Refused messages that an error names; the others are counted."""


def live_source(project: LoadedProject, name: str) -> LiveSource:
    """The live source `name`.

    Raises:
        NotFoundError: there is none of this name.
    """
    known = [each.name for each in project.sources.values() if each.live]
    if name not in known:
        guess = near_miss(name, known)
        hint = f" Did you mean '{guess}'?" if guess else ""
        listed = f" Live sources: {', '.join(known)}." if known else " Write 'live: true' into a source to make one."
        raise NotFoundError(f"There is no live source '{name}'.{hint}{listed}")
    return LiveSource(project, project.sources[name])


class LiveSource:
    """A source whose rows are the messages that were appended to it."""

    def __init__(self, project: LoadedProject, spec: SourceSpec) -> None:
        self.spec = spec
        self._log = live_log(project.folder.absolute(), spec)

    @property
    def log(self) -> LiveLog:
        """Where its messages are kept."""
        return self._log

    def append(self, messages: Iterable[Mapping[str, Any]], *, keep_received_at: bool = False) -> Appended:
        """Append messages: all of them are on disk when this returns, or none.

        Nested keys are joined with `_` and written in lower case (`properties.productId` → `properties_product_id`). A
        message whose key was there before is not kept again. Each gets `received_at`, the moment of now;
        `keep_received_at` leaves it to senders who may be trusted to know it, which imports of old messages need.

        Raises:
            UsageError: some of them are no messages; it says which, counted from 1.
            StoreError: the disk refused.
        """
        return self._append(enumerate(messages, 1), "message", keep_received_at)

    def append_lines(self, lines: Iterable[str | bytes], *, keep_received_at: bool = False) -> Appended:
        """Append messages that come as JSON, one a line; blank lines are nothing. As `append` in all else."""
        numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        return self._append(numbered, "line", keep_received_at)

    def rows(self, messages: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Messages as the log keeps them, looked over; nothing is written.

        Raises:
            UsageError: as `append`.
        """
        return self._rows(enumerate(messages, 1), "message", keep_received_at=False)

    def _append(self, items: Iterable[tuple[int, Any]], kind: str, keep_received_at: bool) -> Appended:
        return self._log.append(self._rows(items, kind, keep_received_at))

    def _rows(self, items: Iterable[tuple[int, Any]], kind: str, keep_received_at: bool) -> list[dict[str, str]]:
        received = datetime.now(UTC).isoformat(timespec="microseconds")
        rows: list[dict[str, str]] = []
        refused: list[str] = []
        for number, item in items:
            try:
                row = flat(_object(item))
                self._check(row, keep_received_at)
            except ValueError as error:
                refused.append(f"{kind} {number} {error}")
                continue
            rows.append(row if keep_received_at and RECEIVED in row else {**row, RECEIVED: received})
        if refused:
            more = f"; and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
            raise UsageError(f"source '{self.spec.name}': nothing was kept: {'; '.join(refused[:SHOWN])}{more}.")
        return rows

    def _check(self, row: Mapping[str, str], keep_received_at: bool) -> None:
        (key,) = self.spec.key
        if not row.get(key, "").strip() or row[key] in self.spec.null_values:
            raise ValueError(f"has no {key}, by which it is told from all others")
        if keep_received_at and RECEIVED in row and not _is_moment(row[RECEIVED]):
            raise ValueError(f"has a {RECEIVED} '{row[RECEIVED]}', which is no moment with an offset")


def _object(item: Any) -> Mapping[str, Any]:
    if isinstance(item, str | bytes):
        try:
            item = json.loads(item)
        except (ValueError, RecursionError):
            raise ValueError("is no JSON") from None
    if not isinstance(item, Mapping):
        raise ValueError("is no object: {…}")
    return item


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
