"""Live messages: what a program sends is on disk before it is told so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row
from huaxiang.service.live.segment import checked


@allowed("live.write")
def append(desk: Desk, source: str, messages: Sequence[Mapping[str, Any]], *, kind: str | None = None) -> Row:
    """Append messages in the shape of Segment to the live source `source`: `kept`, and `repeated` (there before).

    `kind` is identify, track, page, screen, group or alias; without it each message says its own in `type`. They are on
    disk when this returns; what was there before, by its `messageId`, is not kept again.

    Raises:
        NotFoundError: there is no such live source.
        UsageError: a message is not as it must be; then none is kept. It says which, counted from 1.
        BusyError: more wait to be written than is good.
        StoreError: the disk refused.
    """
    rows = [checked(message, kind, number) for number, message in enumerate(messages, 1)]
    appended = desk.workspace.writer(source).append(rows)
    return {"kept": appended.kept, "repeated": appended.repeated}


@allowed("live.write")
def sources(desk: Desk) -> list[Row]:
    """The live sources that messages may be sent to: `name`, `label`, `tables`."""
    known = desk.workspace.project.loaded.sources.values()
    return [
        {"name": each.name, "label": each.label.as_dict(), "tables": [feed.table for feed in each.feeds]}
        for each in known
        if each.live
    ]
