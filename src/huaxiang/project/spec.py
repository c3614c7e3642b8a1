"""What a user may write in `huaxiang.yml`, and about tables of a project's own.

name: shop
time_zone: Asia/Shanghai
currency: CNY
uses: [huaxiang/retail]
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from huaxiang.access.spec import ServerSpec
from huaxiang.core.moments import Moment
from huaxiang.core.sizes import memory_size
from huaxiang.core.spec import NameField, Spec, TextField, TimeZoneField
from huaxiang.core.tables import Column, Privacy, Table
from huaxiang.core.text import Language, Text
from huaxiang.core.types import STORED, Type
from huaxiang.personas.aspects.limits import WarningLimits
from huaxiang.project.automation import MailSpec, NotifySpec, ScheduleSpec
from huaxiang.store.spark.session import FIXED, ZONE

ENGINES = ("duckdb", "spark")
"""The engines that a project may name."""


def _engine(value: str) -> str:
    if value not in ENGINES:
        raise ValueError(f"engine '{value}' is not supported: this version runs on {', '.join(ENGINES)}")
    return value


def _currency(value: str) -> str:
    from babel import Locale

    if value not in Locale("en").currencies:
        raise ValueError(f"'{value}' is no currency code of ISO 4217: write one such as CNY")
    return value


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^\s/]+", value):
        raise ValueError(f"'{value}' is no address: write one such as https://api.example.com/v1")
    return value


class OperationalSpec(Spec):
    """The PostgreSQL database that keeps what people decide and do; without it, a file beside the snapshots does."""

    url: str = Field(repr=False)


class LanguageModelSpec(Spec):
    """A language model that may rewrite the texts of personas: any endpoint that speaks OpenAI's chat completions.

    `endpoint` is its address up to `/v1`; `key` names the environment variable that holds the key. Figures leave the
    house: only aggregated ones, of groups of at least `minimum_group`.
    """

    endpoint: Annotated[str, AfterValidator(_web_address)]
    model: str = Field(min_length=1)
    key: str = "HUAXIANG_LANGUAGE_MODEL_KEY"
    timeout: float = Field(default=30, gt=0)


class SparkSpec(Spec):
    """Where Spark runs, for `engine: spark`.

    `master` is its address: `spark://host:7077`, `yarn`, `k8s://…`, or `local[4]` for so many cores of this machine.
    `options` are settings of Spark itself, such as `spark.executor.memory: 4g`.
    """

    master: str = Field(min_length=1)
    options: dict[str, str] = Field(default_factory=dict)

    @field_validator("options", mode="before")
    @classmethod
    def _as_spark_reads_them(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        wrong = [str(key) for key in value if not str(key).startswith("spark.")]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is no setting of Spark: they begin with 'spark.'")
        ours = sorted(set(value) & {*FIXED, ZONE, "spark.master"})
        if ours:
            raise ValueError(f"'{ours[0]}' is not yours to set: values depend on it")
        return {key: str(text).lower() if isinstance(text, bool) else str(text) for key, text in value.items()}


class ProjectSpec(Spec):
    """The whole of `huaxiang.yml`.

    `as_of` is the moment that a build without `--as-of` evaluates at, for data that no longer change; without
    it, that moment is the build's own. `prepare` says where missing data files come from. `uses` names libraries
    of tags and segments; `leave_out` names tags of theirs that make no sense here, which are not built, nor those
    that read them. `minimum_group` is the number of customers below which a group is not shown. `keep_snapshots`
    is how many snapshots stay, with the one that serves. `engine` is what builds: `duckdb` on this machine, or `spark`
    where `spark` says. `threads` and `memory` limit the engine; without them it
    takes what the machine has. `operational` is the database of what people decide and do. `limits` say when readers
    are warned of segments and personas. `map` is a GeoJSON file of provinces for the report, instead of its tiles.
    `language_model` may rewrite texts where it is asked to. `server` says how the project is served to others,
    `schedule` when the server builds, `notify` whom it tells how that went, by `mail` too.
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    languages: tuple[Language, ...] = ("zh", "en")
    time_zone: TimeZoneField = "Asia/Shanghai"
    currency: Annotated[str, AfterValidator(_currency)] = "CNY"
    as_of: str | None = None
    prepare: TextField = Text("", "")
    uses: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    engine: Annotated[str, AfterValidator(_engine)] = "duckdb"
    spark: SparkSpec | None = None
    threads: int | None = Field(default=None, ge=1)
    memory: Annotated[str, AfterValidator(memory_size)] | None = None
    keep_snapshots: int = Field(default=5, ge=1)
    minimum_group: int = Field(default=10, ge=1)
    operational: OperationalSpec | None = None
    limits: WarningLimits = Field(default_factory=WarningLimits)
    map: str | None = None
    language_model: LanguageModelSpec | None = None
    server: ServerSpec = Field(default_factory=ServerSpec)
    schedule: ScheduleSpec | None = None
    mail: MailSpec | None = None
    notify: tuple[NotifySpec, ...] = ()

    @field_validator("languages")
    @classmethod
    def _at_least_one(cls, value: tuple[Language, ...]) -> tuple[Language, ...]:
        if not value:
            raise ValueError("name at least one language: [zh], [en] or [zh, en]")
        return value

    @field_validator("as_of", mode="before")
    @classmethod
    def _as_of_is_a_moment(cls, value: Any, info: ValidationInfo) -> Any:
        text = value.isoformat() if isinstance(value, date | datetime) else value
        if isinstance(text, str):
            # A time zone that is wrong itself has its own finding.
            Moment.parse(text, info.data.get("time_zone", "UTC"))
        return text

    @field_validator("notify")
    @classmethod
    def _mail_can_be_sent(cls, value: tuple[NotifySpec, ...], info: ValidationInfo) -> tuple[NotifySpec, ...]:
        if info.data.get("mail", "wrong itself") is None and any(each.mail for each in value):
            raise ValueError("mail is sent over the server that 'mail' names: write mail: {host: …, from: …}")
        return value

    @property
    def moment(self) -> Moment | None:
        """The project's own `as_of`, where it has one."""
        return None if self.as_of is None else Moment.parse(self.as_of, self.time_zone)


def _stored_type(value: Any) -> Any:
    if value not in {str(type_) for type_ in STORED}:
        raise ValueError(f"'{value}' is no type of a column: use one of {', '.join(STORED)}")
    return Type(value)


class ColumnDefinition(Spec):
    """A column that a project adds to a table."""

    type: Annotated[Type, BeforeValidator(_stored_type)] = Type.TEXT
    label: TextField = Text("", "")
    required: bool = False
    privacy: Privacy = "L2"
    unit: str = ""
    default: str = ""

    def column(self) -> Column:
        """The column as the tables know it."""
        label = self.label or Text(self.name, self.name)
        return Column(self.name, self.type, label, self.required, self.privacy, self.unit, self.default)


class TableDefinition(Spec):
    """Further columns of a standard table, or a table of the project's own.

    `time` names the column that says when a fact happened; a table without it holds no facts.
    `of_customer: false` is for tables about things rather than people.
    """

    label: TextField = Text("", "")
    time: NameField | None = None
    of_customer: bool = True
    columns: dict[NameField, ColumnDefinition] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _time_is_a_moment(self) -> TableDefinition:
        if self.time is not None:
            column = self.columns.get(self.time)
            if column is None:
                raise ValueError(f"'time' names column '{self.time}', which 'columns' does not hold")
            if column.type is not Type.MOMENT:
                raise ValueError(f"'time' names column '{self.time}', whose type is {column.type}, not moment")
        return self

    def table(self) -> Table:
        """The table as the steps know it."""
        columns = tuple(column.column() for column in self.columns.values())
        return Table(self.name, self.label or Text(self.name, self.name), columns, self.time, self.of_customer)
