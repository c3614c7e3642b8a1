"""What a user may write about validations: what personas are held against.

validations:
  census:
    benchmark: {file: benchmarks/census.csv, tags: {age: age_band, sex: gender}}
  simulation:
    truth: {file: truth/people.parquet, key: phone, identifier: phone, label: persona, labels: {students: student}}
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from huaxiang.core.spec import EVERYONE, NameField, Spec, TextField
from huaxiang.core.text import Text

Kind = Literal["benchmark", "survey", "market", "truth"]

KINDS: tuple[Kind, ...] = ("benchmark", "survey", "market", "truth")
"""What a validation may hold personas against; a definition has one of them."""


class ShareTableSpec(Spec):
    """A small table of shares, in one of two forms.

    Long: a row per `dimension` and `value` with its `share` (parts of 1, per cent, or people). Crossed: where `count`
    names a column of people, each of `tags` names a column, and a row is a combination of their values. `tags` says
    which tag each dimension of the file is. `values` renames the file's values to those of the tag, dimension by
    dimension; several may become one, and null leaves a value out. `where` names columns with the value that rows must
    have there to count, such as a year.
    """

    file: str
    where: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, NameField] = Field(min_length=1)
    dimension: str = "dimension"
    value: str = "value"
    share: str = "share"
    count: str | None = None
    values: dict[str, dict[str, str | None]] = Field(default_factory=dict)

    @field_validator("where", mode="before")
    @classmethod
    def _conditions_are_texts(cls, value: Any) -> Any:
        return {name: _plain(wanted) for name, wanted in value.items()} if isinstance(value, dict) else value

    @field_validator("values", mode="before")
    @classmethod
    def _values_are_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: {old: None if new is None else _plain(new) for old, new in renamed.items()}
            if isinstance(renamed, dict)
            else renamed
            for name, renamed in value.items()
        }

    @model_validator(mode="after")
    def _each_tag_once(self) -> ShareTableSpec:
        tags = list(self.tags.values())
        doubled = sorted({tag for tag in tags if tags.count(tag) > 1})
        if doubled:
            raise ValueError(f"two dimensions are the tag '{doubled[0]}'")
        return self


class BenchmarkSpec(ShareTableSpec):
    """A population of which margins are known. Customers `of` a segment are held against it and weighted to it.

    Weights are made by raking; `trim` is the largest weight, in multiples of the mean one.
    """

    of: NameField = EVERYONE
    trim: float | None = Field(default=None, ge=1.5)


class MarketSpec(ShareTableSpec):
    """The profile of a competitor or a market, which one `persona` is compared with.

    `base` names the column that says how many people a share rests on, where the file has one.
    """

    persona: NameField
    base: str | None = None


class StatementSpec(Spec):
    """What a persona is said to be like, and which answers to a question of the survey agree.

    `answers` are those that agree; or a score of at least `least`. It holds where more than the share `agreement` agree
    (without it, the survey's). With `tag` and `value`, agreement is also compared with what the profiles say.
    """

    persona: NameField
    says: TextField
    question: str
    answers: tuple[str, ...] = ()
    least: float | None = None
    agreement: float | None = Field(default=None, gt=0, lt=1)
    tag: NameField | None = None
    value: str | None = None

    @field_validator("answers", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [_plain(each) for each in value] if isinstance(value, list | tuple) else [_plain(value)]

    @field_validator("value", mode="before")
    @classmethod
    def _value_is_text(cls, value: Any) -> Any:
        return None if value is None else _plain(value)

    @model_validator(mode="after")
    def _one_way_to_agree(self) -> StatementSpec:
        if bool(self.answers) == (self.least is not None):
            raise ValueError("a statement has either 'answers' that agree, or the 'least' score that does")
        if (self.tag is None) != (self.value is None):
            raise ValueError("'tag' and 'value' belong together")
        return self


class SurveySpec(Spec):
    """A survey of members: the rows of table `answers` about one `survey`, or a `file` of answers.

    A file has a row per answer. Its respondents are known by the column `key`, values of the type `identifier`, or
    are anonymous; then the column `asked` says which persona each was asked as (without it: the one of the statement).
    A statement holds where more than the share `agreement` agree, beyond doubt. Fewer respondents than `minimum` prove
    nothing.
    """

    survey: str | None = None
    file: str | None = None
    question: str = "question"
    answer: str = "answer"
    score: str = "score"
    key: str | None = None
    identifier: NameField | None = None
    asked: str | None = None
    agreement: float = Field(default=0.5, gt=0, lt=1)
    minimum: int = Field(default=30, ge=1)
    statements: tuple[StatementSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_place(self) -> SurveySpec:
        if (self.survey is None) == (self.file is None):
            raise ValueError("a survey has either 'survey' (its name in table answers) or 'file'")
        if (self.key is None) != (self.identifier is None):
            raise ValueError("'key' and 'identifier' belong together")
        if self.file is None and (self.key is not None or self.asked is not None):
            raise ValueError("'key', 'identifier' and 'asked' are about a 'file'")
        return self


class TruthSpec(Spec):
    """A file that says what customers really are: by column `key`, values of the type `identifier`, their `label`.

    `labels` says which label each persona claims.
    """

    file: str
    key: str
    identifier: NameField
    label: str
    labels: dict[NameField, str] = Field(min_length=1)


class ValidationSpec(Spec):
    """What personas are held against: one of a population, a survey, a market and the truth."""

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    origin: TextField = Text("", "")
    benchmark: BenchmarkSpec | None = None
    survey: SurveySpec | None = None
    market: MarketSpec | None = None
    truth: TruthSpec | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> ValidationSpec:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError(f"a validation has exactly one of {', '.join(KINDS)}")
        return self

    @property
    def kind(self) -> Kind:
        """What it is held against."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def file(self) -> str | None:
        """The file that it reads; None where a table of the build holds all."""
        found: str | None = getattr(self, self.kind).file
        return found

    @property
    def shown(self) -> Text:
        """What people call it."""
        return self.label or Text(self.name, self.name)


def _plain(value: Any) -> str:
    """A value of YAML as the text that profiles and files hold."""
    return str(value).lower() if isinstance(value, bool) else str(value)
