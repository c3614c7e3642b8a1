"""Live messages: what a program sends is on disk before it is told so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.core.errors import ForbiddenError, UsageError
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row
from huaxiang.service.live.segment import checked, unpacked
from huaxiang.sources.spec import SourceSpec


@allowed("live.write")
def append(
    desk: Desk, messages: Sequence[Mapping[str, Any]], *, source: str | None = None, kind: str | None = None
) -> Row:
    """Append messages in the shape of Segment to a live source: `kept`, and `repeated` (there before).

    The source is that of the actor's key; without one it is `source`, or the only one that there is. `kind` is
    identify, track, page, screen, group or alias; without it each message says its own in `type`. They are on disk when
    this returns; what was there before, by its `messageId`, is not kept again.

    Raises:
        NotFoundError: there is no such live source.
        ForbiddenError: the key is another source's.
        UsageError: a message is not as it must be; then none is kept. It says which, counted from 1.
        BusyError: more wait to be written than is good.
        StoreError: the disk refused.
    """
    home = _source(desk, source)
    rows = [checked(message, kind, number) for number, message in enumerate(messages, 1)]
    appended = desk.workspace.writer(home).append(rows)
    desk.workspace.count("live_messages", appended.kept)
    return {"kept": appended.kept, "repeated": appended.repeated}


@allowed("live.write")
def append_batch(desk: Desk, batch: Mapping[str, Any], *, source: str | None = None) -> Row:
    """Append the messages that stand in `batch` of a batch, a list; each says its kind in `type`.

    As `append` in all else.

    Raises:
        UsageError: there is no such list, or too many are in it.
    """
    return append(desk, unpacked(batch), source=source)


@allowed("live.write")
def sources(desk: Desk) -> list[Row]:
    """The live sources that messages may be sent to: `name`, `label`, `tables`."""
    return [
        {"name": each.name, "label": each.label.as_dict(), "tables": [feed.table for feed in each.feeds]}
        for each in _live(desk)
    ]


def _source(desk: Desk, named: str | None) -> str:
    own = desk.actor.source
    if own is not None and named not in (None, own):
        raise ForbiddenError(f"This key writes to the live source '{own}' and to no other.")
    known = [each.name for each in _live(desk)]
    if own is None and named is None and len(known) != 1:
        listed = ", ".join(known) or "none; write 'live: true' into a source to make one"
        raise UsageError(f"Name the live source with '?source=', or give the key one. Live sources: {listed}.")
    return own or named or known[0]


def _live(desk: Desk) -> list[SourceSpec]:
    return [each for each in desk.workspace.project_of_snapshot().loaded.sources.values() if each.live]
