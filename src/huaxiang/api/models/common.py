"""What several resources share."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Answer(BaseModel):
    """The base of what is answered: later versions may add keys."""

    model_config = ConfigDict(extra="allow")


class Question(BaseModel):
    """The base of what is asked: unknown keys are refused, so that no misspelt one is overlooked."""

    model_config = ConfigDict(extra="forbid")


class Label(BaseModel):
    """A text in English and Chinese."""

    en: str
    zh: str


class Page(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(description="The cursor of the page behind, for `after`; null at the end.")


class Listed(Answer, Generic[T]):
    """A list that comes as a whole."""

    items: list[T]


class FindingModel(BaseModel):
    """Something about a definition that a person should look at."""

    code: str
    severity: str
    message: str
    remedy: str
    file: str
    line: int


class Problem(Answer):
    """An error (RFC 9457). `code` is stable: see the error codes of the reference."""

    type: str
    code: str
    status: int
    detail: str
    findings: list[FindingModel] | None = None
    errors: list[dict[str, Any]] | None = None


class Change(Answer):
    """A definition before and after it was saved."""

    before: str | None = Field(description="Its YAML as it was; null where it is new.")
    after: str


class Saved(Answer):
    """What became of a definition that was saved."""

    file: str = Field(description="The file in the project's folder.")
    etag: str | None = Field(description="What names the content of the file now: send it with the next change.")
    findings: list[FindingModel]
    change: Change


class Written(Answer):
    """Where a definition stands; all null for one of a library."""

    file: str | None = Field(description="The file below `tags/` or `segments/`.")
    etag: str | None
    text: str | None = Field(description="The YAML of the definition, without its name.")


class Definition(Question):
    """A definition to be saved."""

    text: str = Field(max_length=20_000, description="The YAML of the definition, without its name.")
    file: str = Field("own.yml", max_length=200, description="The file below `tags/` or `segments/`.")
    etag: str | None = Field(None, max_length=64, description="That of the file as you saw it; null for a new one.")
