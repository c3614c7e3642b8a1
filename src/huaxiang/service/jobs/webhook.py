"""Calling a webhook: JSON by POST, signed.

X-Huaxiang-Id          the same for every attempt, so that who got one twice knows
X-Huaxiang-Timestamp   seconds since 1970
X-Huaxiang-Signature   sha256=<HMAC-SHA256 of "<timestamp>.<body>" with the secret, in hexadecimal>
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from huaxiang.core.errors import SourceError
from huaxiang.service.jobs.attempts import attempted

TIMEOUT = 10.0
"""Seconds for one attempt."""


class _RefusedError(Exception):
    """The other side answered something else than 2xx."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"status {status}")


def call_webhook(
    url: str, content: Mapping[str, Any], secret: str | None, pause: Callable[[float], None] = time.sleep
) -> None:
    """Deliver `content`. It is tried again where the other side can't be reached, is busy or fails itself.

    Raises:
        SourceError: it was not taken. The address is not repeated: it often is a secret itself.
    """
    import httpx

    body = json.dumps(content, ensure_ascii=False).encode()
    number = secrets.token_hex(16)

    def call() -> None:
        # Nobody else than the project names may get it: redirections are not followed.
        answer = httpx.post(url, content=body, headers=_headers(body, number, secret), timeout=TIMEOUT)
        if not answer.is_success:
            raise _RefusedError(answer.status_code)

    def passes(error: Exception) -> bool:
        if isinstance(error, _RefusedError):
            return error.status in (408, 425, 429) or error.status >= 500
        return isinstance(error, httpx.TransportError)

    try:
        attempted(call, passes, pause)
    except (_RefusedError, httpx.HTTPError) as error:
        reason = str(error) if isinstance(error, _RefusedError) else type(error).__name__
        raise SourceError(f"a webhook did not take a notice: {reason}") from None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Huaxiang-Signature` holds for a body that is sent at `timestamp`."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _headers(body: bytes, number: str, secret: str | None) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", "X-Huaxiang-Id": number, "X-Huaxiang-Timestamp": timestamp}
    return headers | ({"X-Huaxiang-Signature": signature(secret, timestamp, body)} if secret else {})
