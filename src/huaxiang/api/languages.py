"""Answers with texts of findings and errors, which are English where they are stored, in the language of who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from huaxiang.api.problems import language_headers, language_of
from huaxiang.core.messages import told

Row = dict[str, Any]


def told_row(request: Request, row: Mapping[str, Any], *names: str) -> Row:
    """A row with the texts `names` in the language that the request asks for."""
    language = language_of(request)
    return {**row, **{name: told(row[name], language) for name in names}}


def with_findings(request: Request, answer: Mapping[str, Any], name: str = "findings") -> Row:
    """An answer whose list `name` holds findings, with these in the language that the request asks for."""
    return {**answer, name: [told_row(request, each, "message", "remedy") for each in answer[name]]}


def spoken(request: Request, answer: Response) -> Response:
    """An answer that says which language it is in."""
    answer.headers.update(language_headers(language_of(request)))
    return answer
