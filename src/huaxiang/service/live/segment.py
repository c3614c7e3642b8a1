"""Messages in the shape of Segment: what each kind must have, and what is filled in where a sender left it out.

The names are those of the Segment HTTP tracking API (segment.com/docs/connections/spec).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from huaxiang.core.errors import UsageError

MOST_BYTES = 32_768
"""Bytes of one message as JSON, at most."""

MOST_MESSAGES = 1000
"""Messages of a batch, at most."""

NEEDS: Mapping[str, Sequence[str]] = {
    "identify": (),
    "track": ("event",),
    "page": (),
    "screen": (),
    "group": ("groupId",),
    "alias": ("userId", "previousId"),
}
"""Kind of message → the keys that it must have, beside `userId` or `anonymousId`."""


def checked(message: Mapping[str, Any], kind: str | None, number: int = 1) -> dict[str, Any]:
    """A message with `type`, `messageId` and `timestamp`; `kind` where its address says what it is.

    Raises:
        UsageError: it is not as it must be; `number` is its place among those that came with it.
    """
    try:
        return _checked(message, kind)
    except ValueError as error:
        raise UsageError(f"message {number} {error}: nothing was kept.") from None


def unpacked(batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of a batch, each with the batch's `context` and `integrations` where it has none.

    Raises:
        UsageError: there is no list of messages, or too many are in it.
    """
    messages = batch.get("batch")
    if not isinstance(messages, list) or not messages:
        raise UsageError("A batch has its messages in 'batch', a list.")
    if len(messages) > MOST_MESSAGES:
        raise UsageError(f"A batch has at most {MOST_MESSAGES} messages, not {len(messages)}.")
    common = {key: batch[key] for key in ("context", "integrations", "sentAt") if key in batch}
    return [{**common, **message} if isinstance(message, Mapping) else message for message in messages]


def _checked(message: Mapping[str, Any], kind: str | None) -> dict[str, Any]:
    if not isinstance(message, Mapping):
        raise ValueError("is no object")
    found = {key: value for key, value in message.items() if value is not None}
    told = str(kind or found.get("type"))
    if told not in NEEDS:
        raise ValueError(f"has no 'type' among {', '.join(NEEDS)}")
    if found.get("type", told) != told:
        raise ValueError(f"is a '{str(found['type'])[:20]}', sent as {told}")
    for keys, fits, what in _SHAPES:
        for key in keys:
            if key in found and not fits(found[key]):
                raise ValueError(f"has a '{key}' that is no {what}")
    if not (_text(found, "userId") or _text(found, "anonymousId")):
        raise ValueError("has neither 'userId' nor 'anonymousId'")
    for key in NEEDS[told]:
        if not _text(found, key):
            raise ValueError(f"has no '{key}', which {told} needs")
    return _filled({**found, "type": told})


def _filled(message: dict[str, Any]) -> dict[str, Any]:
    """The message with what a sender may leave out."""
    message.setdefault("timestamp", datetime.now(UTC).isoformat(timespec="milliseconds"))
    if not _text(message, "messageId"):
        message["messageId"] = str(uuid.uuid4())
    if _size(message) > MOST_BYTES:
        raise ValueError(f"has more than {MOST_BYTES:,} bytes")
    return message


def _size(message: Mapping[str, Any]) -> int:
    return len(json.dumps(message, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass"))


def _text(message: Mapping[str, Any], key: str) -> str:
    return str(message.get(key, "")).strip()


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


_SHAPES: Sequence[tuple[Sequence[str], Callable[[Any], bool], str]] = (
    (("userId", "anonymousId", "messageId", "groupId", "previousId", "event", "name"), _is_id, "text"),
    (("traits", "properties", "context", "integrations"), _is_object, "object"),
    (("timestamp", "sentAt", "originalTimestamp"), _is_moment, "moment as in ISO 8601, such as 2026-06-30T08:00:00Z"),
)
"""Keys, what their values must be, and what that is called."""
