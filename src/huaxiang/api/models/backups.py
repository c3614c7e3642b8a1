"""Backups of the project."""

from __future__ import annotations

from pydantic import Field

from huaxiang.api.models.common import Answer, Question


class Make(Question):
    """What goes in: with `with_data` also the files that sources read."""

    with_data: bool = False


class BackupFile(Answer):
    """A backup that the server keeps; `at` is when it was written."""

    file: str
    bytes: int = Field(description="Its size.")
    at: str


class Backups(Answer):
    """The backups that the server keeps."""

    items: list[BackupFile]
    folder: str
    project: str
    making: str | None
    database: str
    others: int = Field(description="How many of other names lie in a folder that projects share.")


class BackupModel(BackupFile):
    """A backup that was read through; `at` is the moment that it holds."""

    project: str
    snapshot: str | None
    database: str | None
    with_data: bool
    version: str
    files: int
