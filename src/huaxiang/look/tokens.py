"""The design tokens: custom properties of CSS in one file, which Python reads for what can't read CSS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

Mode = Literal["light", "dark"]

_TOKEN = re.compile(r"--([a-z-]+):\s*([^;]+);")
_DARK = '[data-mode="dark"]'


@cache
def tokens_css() -> str:
    """The style sheet that defines the tokens."""
    return files("huaxiang.look").joinpath("tokens.css").read_text(encoding="utf-8")


@cache
def tokens(mode: Mode) -> Mapping[str, str]:
    """Token → its value in `mode`: `accent` → `#a63a2b`."""
    light, _, rest = tokens_css().partition(_DARK)
    dark = rest.partition("}")[0]
    found = dict(_TOKEN.findall(light))
    return found | dict(_TOKEN.findall(dark)) if mode == "dark" else found
