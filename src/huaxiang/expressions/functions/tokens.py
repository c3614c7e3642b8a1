"""Tokens: what stands for a value that nobody needs to read, equal for equal values and of no use without the key."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

from huaxiang.expressions.functions.distinct import on_distinct

KEY_VARIABLE = "HUAXIANG_TOKEN_KEY"
"""The environment variable that holds the key."""

_NUMBERS = count()
_TOKEN = re.compile(r"t_[0-9a-f]{32}")


def has_key() -> bool:
    """Whether values can be made tokens; without a key they are dropped."""
    return bool(os.environ.get(KEY_VARIABLE))


def token(text: Any) -> Any:
    """The token of each text: `t_` and the first 32 hexadecimal digits of HMAC-SHA256; null without a key.

    Numbers of identity cards can all be tried out, so a digest without a key would hide nothing.
    """
    import ibis

    key = os.environ.get(KEY_VARIABLE)
    return _tokens(key)(text) if key else ibis.ifelse(text.isnull(), text, ibis.null("string"))


@cache
def _tokens(key: str) -> Callable[[Any], Any]:
    def made(text: str) -> str:
        if _TOKEN.fullmatch(text):
            return text
        return "t_" + hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    # An engine knows a function by its name: another key is another function.
    return on_distinct(f"token_{next(_NUMBERS)}", made)
