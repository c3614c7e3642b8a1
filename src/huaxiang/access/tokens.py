"""Secrets that the server makes itself: long and random, so that a plain digest of them is safe to store."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

KEY_PREFIX = "hx"
"""Every API key begins with it, so that scanners of code find keys that were checked in."""

_KEY = re.compile(rf"{KEY_PREFIX}_([0-9a-f]{{12}})_")


def new_token() -> str:
    """256 random bits, fit for a cookie or an address."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_key() -> tuple[str, str]:
    """A new API key: its public part, and the whole key `hx_<public>_<secret>`."""
    public = secrets.token_hex(6)
    return public, f"{KEY_PREFIX}_{public}_{new_token()}"


def public_part(key: str) -> str | None:
    """The public part of what may be an API key; None where it is none."""
    found = _KEY.match(key)
    return found[1] if found else None


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def form_token(secret: str, form: str) -> str:
    """What a form sends back, made of the `secret` in the browser's cookie: so no other site can send it."""
    return hmac.new(secret.encode(), f"form {form}".encode(), hashlib.sha256).hexdigest()
