"""Tags, segments, personas and comparisons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from huaxiang.api.models.common import Answer, FindingModel, Label, Question, Written

RuleText = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class TagModel(Answer):
    """A tag as the catalog describes it."""

    name: str
    dimension: str
    category: str
    label_en: str
    label_zh: str
    kind: str
    type: str
    unit: str
    privacy: str
    coverage: float | None


class TagDetail(Answer):
    """Everything about one tag."""

    name: str
    kind: str
    type: str
    privacy: str
    coverage: float | None
    definition: dict[str, Any]
    values: dict[str, Any] | None
    flags: list[str]
    used_by: list[str]
    reads: list[str]
    source: Written | None


class TagHealth(Answer):
    """How a tag is."""

    name: str
    coverage: float | None
    flags: list[str]


class Dimension(Answer):
    """A side of the customer with its categories of tags."""

    name: str
    label: Label
    categories: list[dict[str, Any]]


class Trial(Question):
    """A definition of a tag to be tried."""

    name: str = Field(max_length=80)
    text: str = Field(max_length=20_000, description="The YAML of the definition, without its name.")


class Preview(Answer):
    """What a definition of a tag makes of a sample; all null but `findings` where these hold errors."""

    name: str
    findings: list[FindingModel]
    type: str | None
    privacy: str | None
    sample: int | None
    known: int | None
    margin: int | None
    mean: float | None
    values: list[dict[str, Any]] | None
    rows: list[dict[str, Any]] | None


class SegmentModel(Answer):
    """A segment as the catalog describes it. `size` and `share` are null where it is too small to be told."""

    name: str
    label_en: str
    label_zh: str
    description_en: str
    description_zh: str
    rule: str
    size: int | None
    share: float | None
    group: str
    hidden: bool


class SegmentDetail(SegmentModel):
    """One segment, with what to mind about it."""

    warnings: list[dict[str, Any]]


class Flow(Answer):
    """How a segment changed between two builds; null where few moved."""

    segment: str
    before: int | None
    after: int | None
    stayed: int | None
    entered: int | None
    left: int | None
    hidden: bool = False


class Rule(Question):
    """A rule over tags and segments."""

    rule: RuleText


class Count(Answer):
    """How many a rule holds; the truth is within `margin`. `count` is null where they may be too few to be told."""

    rule: str
    count: int | None
    margin: int
    share: float | None
    of: int


class RuleAndTag(Rule):
    """A rule, and the tag whose values are asked for."""

    tag: str = Field(max_length=100)


class Distribution(Answer):
    """How the values of a tag are spread among those whom a rule holds."""

    rule: str
    tag: str
    size: int | None
    margin: int
    values: list[dict[str, Any]]


class RuleList(Question):
    """Rules or segments whose overlaps are asked for."""

    rules: list[RuleText] = Field(max_length=20)


class OverlapModel(Answer):
    """How much two groups overlap."""

    a: str
    b: str
    both: int | None
    share_of_a: float | None
    share_of_b: float | None
    jaccard: float | None
    hidden: bool
    margin: int


class SegmentSource(Written):
    """Where a segment stands, and what it says."""

    rule: str | None = Field(description="Its rule; null where it has none.")
    parts: list[str] = Field(description="The keys that say who is in it: `where`, `did` …")
    label: Label


class SegmentDefinition(Question):
    """A segment to be saved: a `rule` with its texts, or the YAML of a whole definition in `text`."""

    rule: RuleText | None = None
    text: str | None = Field(None, max_length=20_000)
    label: Label | None = None
    description: Label | None = None
    file: str = Field("own.yml", max_length=200, description="The file below `segments/`.")
    etag: str | None = Field(None, max_length=64, description="That of the file as you saw it; null for a new one.")


class PersonaModel(Answer):
    """A persona: a segment, portrayed."""

    name: str
    segment: str
    label_en: str
    label_zh: str
    size: int | None
    grade: str | None = None


class PersonaDetail(PersonaModel):
    """The whole portrait."""

    tags: list[dict[str, Any]]
    values: list[dict[str, Any]]
    numbers: list[dict[str, Any]]
    typical: list[dict[str, Any]]


class Validations(Answer):
    """What evidence says of personas."""

    personas: list[dict[str, Any]]
    validations: list[dict[str, Any]]
    figures: list[dict[str, Any]]


class Warnings(Answer):
    """What to mind about personas and segments."""

    personas: list[dict[str, Any]]
    segments: list[dict[str, Any]]


class Clusters(Answer):
    """Groups that were found in the data."""

    name: str
    state: str


class CoreCustomers(Answer):
    """Whom to go for first."""

    core: dict[str, Any]
    segments: list[dict[str, Any]]
    customers: list[dict[str, Any]]


class Sides(Question):
    """Groups to be compared: segments, `everyone`, or rules; one alone with `before` or `at`."""

    sides: list[RuleText] = Field(min_length=1, max_length=6)
    before: str | None = Field(None, max_length=100, description="Another build.")
    at: str | None = Field(None, max_length=40, description="An earlier moment.")
    tags: list[str] = Field(default_factory=list, max_length=200)
    family_wise: bool = False


class ComparisonDocument(Sides):
    """A comparison as a document."""

    format: Literal["html", "csv"] = "html"
    language: Literal["en", "zh"] | None = None


class ComparisonModel(Answer):
    """Groups side by side."""

    sides: list[dict[str, Any]]
    contrasts: list[dict[str, Any]]


class Study(Answer):
    """A study that the project defines."""

    name: str
    label: Label
    segment: str
    by: str
    formats: list[str]
