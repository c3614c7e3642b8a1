"""Pages: cursors that say where the next one begins. They are opaque, signed, and hold for one question alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from huaxiang.core.errors import UsageError
from huaxiang.service.desk.desk import Desk

MOST_ITEMS = 1000
"""Items of a page, at most."""

_SIGNATURE = 16


def cursor(desk: Desk, question: Any, place: Any) -> str:
    """The text that names `place`, plain values of JSON, in the answers to `question`.

    `question` is all that the answer hangs on, the snapshot's id among it.
    """
    content = json.dumps(place, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_signature(desk, question, content) + content).decode().rstrip("=")


def place(desk: Desk, question: Any, text: str) -> Any:
    """The place that a cursor names.

    Raises:
        UsageError: it was not handed out for this question, or for another snapshot.
    """
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, UnicodeEncodeError):
        raise _refusal() from None
    signature, content = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(desk, question, content)):
        raise _refusal()
    return json.loads(content)


def page_size(limit: int) -> int:
    """`limit` where it makes sense.

    Raises:
        UsageError: it does not.
    """
    if not 1 <= limit <= MOST_ITEMS:
        raise UsageError(f"A page has 1 to {MOST_ITEMS} items, not {limit}.")
    return limit


def _refusal() -> UsageError:
    return UsageError("This cursor belongs to another question, or to a build that is gone. Begin at the first page.")


def _signature(desk: Desk, question: Any, content: bytes) -> bytes:
    asked = json.dumps(question, sort_keys=True, ensure_ascii=False, default=str).encode()
    signed = hashlib.sha256(asked).digest() + content
    return hmac.digest(desk.workspace.secret, signed, "sha256")[:_SIGNATURE]
