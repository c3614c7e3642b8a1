"""Who reads the present page: their language, and whether they like it light or dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.core.text import LANGUAGES, Language, accepted
from huaxiang.look import Mode

LANGUAGE_COOKIE, MODE_COOKIE = "huaxiang_language", "huaxiang_mode"
"""Written by static/console.js, read at the next page."""


@dataclass(frozen=True)
class Reader:
    """The language and mode of one page, and the path prefix that it is served under."""

    language: Language
    mode: Mode
    prefix: str = ""


def reader() -> Reader:
    """The reader of the present page."""
    from nicegui import ui

    request = ui.context.client.request
    prefix = request.headers.get("X-Forwarded-Prefix", "") + request.scope.get("root_path", "")
    return Reader(language_of(request.cookies, request.headers), mode_of(request.cookies), prefix)


def language_of(cookies: Mapping[str, str], headers: Mapping[str, str]) -> Language:
    """The language that was chosen, else the first that the browser asks for and the console speaks."""
    chosen = cookies.get(LANGUAGE_COOKIE)
    for language in LANGUAGES:
        if language == chosen:
            return language
    return accepted(headers.get("accept-language", ""))


def mode_of(cookies: Mapping[str, str]) -> Mode:
    """The mode that was chosen, or that the browser prefers; the first page of all is light until its script says."""
    return "dark" if cookies.get(MODE_COOKIE) == "dark" else "light"
