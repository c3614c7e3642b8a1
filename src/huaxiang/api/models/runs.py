"""Builds that are asked for here."""

from __future__ import annotations

from pydantic import Field

from huaxiang.api.models.common import Answer, Question


class Start(Question):
    """What to build: `as_of` is a day or a moment in ISO 8601, such as 2026-06-30; `full` takes nothing over."""

    as_of: str | None = Field(None, max_length=40)
    full: bool = False


class Run(Answer):
    """A build that was started here."""

    number: int
    trigger: str
    started_by: str
    asked: str
    state: str
    as_of: str | None
    full: bool
    due: str | None
    started: str | None
    ended: str | None
    snapshot: str | None
    code: str | None
    message: str


class Runs(Answer):
    """The builds that were started here."""

    items: list[Run]
    elsewhere: str | None
    next: str | None


class LogLine(Answer):
    """The beginning of a step."""

    at: str
    step: str


class RunProgress(Run):
    """A build that was started here, and how far it is."""

    step: str
    share: float
    seconds: float
    remaining: float | None
    log: list[LogLine]
