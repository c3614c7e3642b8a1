"""What a user may write about a source: where a table is and what it feeds.

sources:
  crm:
    path: data/crm/*.csv
    key: crm_id
    feeds:
      - table: records
        identifiers: {phone: mobile, email: mail}
        columns:
          gender: sex
          birthday: {value: birth, clean: [date]}
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from huaxiang.core.spec import DurationField, NameField, Spec, TextField
from huaxiang.core.text import Text

Format = Literal["csv", "parquet", "jsonl", "excel"]
MissingRule = Literal["keep", "fill", "reject"]
Dimension = Literal["completeness", "uniqueness", "validity", "consistency", "timeliness", "accuracy"]


class ColumnSpec(Spec):
    """How one column of a standard table comes out of a source.

    `value` is an SQL expression over the source's columns. `clean` names cleaning functions, applied in order before
    the conversion to the column's type. `missing` says what happens to a row without a value: `keep` the null,
    `fill` it with `fill`, or `reject` the row. `invalid` says what happens where a value is there but makes no sense.
    """

    value: str
    clean: tuple[str, ...] = ()
    missing: MissingRule = "keep"
    fill: str | int | float | bool | None = None
    invalid: Literal["null", "reject"] = "null"

    @field_validator("clean", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fill_is_given(self) -> ColumnSpec:
        if (self.missing == "fill") != (self.fill is not None):
            raise ValueError("'missing: fill' and 'fill: VALUE' go together")
        return self


class DuplicatesSpec(Spec):
    """Rows that say the same thing again: which columns make them equal, and which of them stays.

    `by` empty compares whole rows; so does a feed without `duplicates` whose source has a `key`. Without either,
    every row counts. `keep` is about the order of `order` (default: the rows of the file).
    """

    by: tuple[str, ...] = ()
    keep: Literal["first", "last"] = "last"
    order: str | None = None


class FeedSpec(Spec):
    """One standard table that a source feeds."""

    table: NameField
    where: str | None = None
    identifiers: dict[NameField, ColumnSpec] = Field(default_factory=dict)
    columns: dict[NameField, ColumnSpec] = Field(default_factory=dict)
    duplicates: DuplicatesSpec | None = None

    @field_validator("identifiers", "columns", mode="before")
    @classmethod
    def _plain_expressions(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: {"value": str(column)} if isinstance(column, str | int | float) else column
            for name, column in value.items()
        }


class FreshnessSpec(Spec):
    """How old the newest row may be at the build's moment before the audit warns."""

    column: str
    warn_after: DurationField


class ExpectSpec(Spec):
    """A rule that the rows of a source must keep, and what follows where they don't.

    `that` is a condition over the source's columns; with `table`, over the columns of a standard table that the source
    feeds. It must hold on `share` of the rows on which it is known. A rule that fails warns, or blocks: no snapshot is
    then made, and the former one keeps serving. Its share enters the quality score of `dimension`.
    """

    name: NameField
    label: TextField = Text("", "")
    that: str
    table: NameField | None = None
    share: float = Field(default=1.0, ge=0, le=1)
    severity: Literal["warn", "block"] = "warn"
    dimension: Dimension = "consistency"


class SourceSpec(Spec):
    """A table somewhere: files by `path` (globs allowed), a database by `url` with `table` or `query`, or a `live` log.

    The rows of a live source are the messages that were appended to it: names of nested keys are joined with `_`. It
    has a `key`, by which a message that is sent again is recognised; of messages with equal keys the first counts.
    `key` names the column or columns that identify a row within the source (default: file and row number).
    `time_zone` is that of times without offset (default: the project's). `encoding` is found out when left empty.
    `null_values` are texts that mean nothing is there.
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    path: str | None = None
    url: str | None = None
    live: bool = False
    query: str | None = None
    table: str | None = None
    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | int | None = None
    header_row: int = 1
    null_values: tuple[str, ...] = ("", "NULL", "null", "N/A", "-")
    key: tuple[str, ...] = ()
    time_zone: str | None = None
    optional: bool = False
    freshness: FreshnessSpec | None = None
    expect: tuple[ExpectSpec, ...] = ()
    feeds: tuple[FeedSpec, ...] = ()

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("expect")
    @classmethod
    def _names_differ(cls, value: tuple[ExpectSpec, ...]) -> tuple[ExpectSpec, ...]:
        names = [rule.name for rule in value]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"two rules are named '{doubled[0]}'")
        return value

    def keeps(self, feed: FeedSpec) -> Literal["first", "last"]:
        """Which of a feed's rows that say the same stays."""
        if feed.duplicates is not None:
            return feed.duplicates.keep
        # A message that was acknowledged stands; what is sent again with its key does not change it.
        return "first" if self.live else "last"

    @model_validator(mode="after")
    def _one_place(self) -> SourceSpec:
        if [self.path is not None, self.url is not None, self.live].count(True) != 1:
            raise ValueError("a source has one of 'path' (files), 'url' (a database) and 'live: true' (messages)")
        if self.url is not None and (self.table is None) == (self.query is None):
            raise ValueError("a database source has either 'table' or 'query'")
        return self
