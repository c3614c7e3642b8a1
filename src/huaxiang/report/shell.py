"""What all pages have in common: files of this package, both languages at once, what a browser may load."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from huaxiang.core.text import Language, Text

LANGUAGE_TAGS: dict[Language, str] = {"en": "en", "zh": "zh-CN"}


def asset(name: str) -> str:
    """The text of a file beside the templates."""
    return files("huaxiang.report").joinpath("templates", name).read_text(encoding="utf-8")


def both(value: Text) -> Markup:
    """A text for the page: once if the languages agree, otherwise as two spans of which the styles show one."""
    if value.en == value.zh:
        return escape(value.en)
    return Markup('<span lang="en">{}</span><span lang="zh-CN">{}</span>').format(value.en, value.zh)


def environment() -> Environment:
    """Templates that escape what they are given, refuse what they are not, and show every text in both languages."""
    found = Environment(
        loader=PackageLoader("huaxiang.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: both(value) if isinstance(value, Text) else value,
    )
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "sort_keys": False}
    return found


def policy(scripts: Iterable[str]) -> str:
    """The content security policy: nothing from anywhere, and only these scripts."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    rules: dict[str, Any] = {
        "default-src": "'none'",
        "script-src": " ".join(f"'sha256-{digest}'" for digest in hashes),
        # ECharts sets the styles of its own elements.
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())
