"""Which language the command line speaks: `--language`, else `HUAXIANG_LANGUAGE`, else the locale."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from huaxiang.core.text import Language, Text


def asked(arguments: Sequence[str], environment: Mapping[str, str]) -> Language | None:
    """The language that a command line or `HUAXIANG_LANGUAGE` asks for; None where neither does."""
    for index, argument in enumerate(arguments):
        if argument == "--language" and index + 1 < len(arguments):
            return _language(arguments[index + 1])
        if argument.startswith("--language="):
            return _language(argument.partition("=")[2])
    chosen = environment.get("HUAXIANG_LANGUAGE")
    return _language(chosen) if chosen else None


def preferred(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language to speak: the one asked for, else that of the locale."""
    locales = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return asked(arguments, environment) or _language(next(filter(None, locales), "en"))


def _language(value: str) -> Language:
    return "zh" if value.lower().startswith("zh") else "en"


ASKED = asked(sys.argv[1:], os.environ)
"""The language that this process was asked to speak, if it was."""

AT_START = preferred(sys.argv[1:], os.environ)
"""The language of this process, known before the command line is parsed: help is written in it."""


def help_text(english: str, chinese: str) -> str:
    """One of two help texts, in the language of this process."""
    return Text(english, chinese)[AT_START]
