"""Which language the command line speaks: `--language`, else `HUAXIANG_LANGUAGE`, else the locale."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from huaxiang.core.text import Language, Text


def preferred(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language asked for by a command line and its environment."""
    for index, argument in enumerate(arguments):
        if argument == "--language" and index + 1 < len(arguments):
            return _language(arguments[index + 1])
        if argument.startswith("--language="):
            return _language(argument.partition("=")[2])
    for name in ("HUAXIANG_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return _language(environment[name])
    return "en"


def _language(value: str) -> Language:
    return "zh" if value.lower().startswith("zh") else "en"


AT_START = preferred(sys.argv[1:], os.environ)
"""The language of this process, known before the command line is parsed: help is written in it."""


def help_text(english: str, chinese: str) -> str:
    """One of two help texts, in the language of this process."""
    return Text(english, chinese)[AT_START]
