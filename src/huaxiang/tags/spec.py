"""What a user may write about tags. A tag's kind follows from the key that only this kind has.

key         kind        a value per customer …
attribute   attribute   … taken over from the records (after survivorship)
table       aggregate   … aggregated from the facts of one table before `as_of`
expression  formula     … computed from other tags
cases       rule        … of the first case whose condition over tags holds
bins        bins        … the bin that a tag's value falls into
sql         sql         … from a SELECT of `customer_id` and `value`
file        import      … from a file keyed by an identifier
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from huaxiang.core.spec import DurationField, NameField, Spec, TextField, WindowField
from huaxiang.core.tables import Privacy
from huaxiang.core.text import Text

Scalar = str | int | float | bool
StoredType = Literal["text", "integer", "number", "money", "boolean", "date", "moment", "list"]


class ClaimSpec(Spec):
    """What a tag says about the future, so that a backtest can measure whether it is true.

    `event` is `[no] TABLE [where CONDITION]` over the columns of a fact table; it happens when such a fact does (with
    `no`: when none does) in `[as_of, as_of + within)`. `among` narrows, by other tags, of whom the tag speaks. `says`
    are the values by which a tag that is no number says that it will happen (of a yes-or-no tag: yes).
    """

    event: str
    within: DurationField
    among: str | None = None
    says: tuple[Scalar, ...] = ()


class TagSpec(Spec):
    """What every tag has. `values` labels the values of a tag with few of them.

    `claims` is what the tag says about the future. A value whose newest fact is older than `ttl` is null.
    """

    dimension: NameField
    category: NameField
    label: TextField = Text("", "")
    description: TextField = Text("", "")
    unit: str = ""
    owner: str = ""
    privacy: Privacy = "L2"
    values: dict[str, TextField] = Field(default_factory=dict)
    requires: tuple[str, ...] = ()
    """Tables or `table.column`s that must be fed for the tag to be built; those it reads are added by themselves."""
    claims: ClaimSpec | None = None
    ttl: DurationField | None = None


class AttributeTag(TagSpec):
    """The surviving value of a column of `records`."""

    attribute: NameField


class AggregateTag(TagSpec):
    """One value per customer, aggregated from the rows of one fact table before `as_of`."""

    table: NameField
    value: str
    where: str | None = None
    window: WindowField | None = None
    default: Scalar | None = None


class FormulaTag(TagSpec):
    """An expression over other tags."""

    expression: str
    default: Scalar | None = None


class Case(Spec):
    """One case of a rule: the value `then` for customers of whom `when` holds and no earlier case did."""

    when: str
    then: Scalar
    label: TextField = Text("", "")


class RuleTag(TagSpec):
    """The value of the first case that holds."""

    cases: tuple[Case, ...] = Field(min_length=1)
    otherwise: Scalar | None = None


class BinsSpec(Spec):
    """How a tag's values fall into bins: at `breaks`, into `quantiles` of equal size, or the `top` values and the rest.

    `breaks` are lower bounds: `[100, 500]` makes below 100, 100 to below 500, 500 and above. Quantile bins are numbered
    from 1 (lowest) to `quantiles`; equal values share a bin; `descending` numbers them the other way round.
    `labels` name the bins in order. `other` names the rest beyond `top`.
    """

    of: NameField
    breaks: tuple[float, ...] = ()
    quantiles: int | None = Field(default=None, ge=2, le=100)
    top: int | None = Field(default=None, ge=1)
    where: str | None = None
    descending: bool = False
    labels: tuple[str, ...] = ()
    other: str = "other"

    @model_validator(mode="after")
    def _one_way(self) -> BinsSpec:
        if sum((bool(self.breaks), self.quantiles is not None, self.top is not None)) != 1:
            raise ValueError("bins have exactly one of 'breaks', 'quantiles' and 'top'")
        if list(self.breaks) != sorted(set(self.breaks)):
            raise ValueError("'breaks' rise from one to the next")
        wanted = len(self.breaks) + 1 if self.breaks else self.quantiles
        if self.labels and wanted is not None and len(self.labels) != wanted:
            raise ValueError(f"{wanted} bins need {wanted} labels, not {len(self.labels)}")
        return self


class BinsTag(TagSpec):
    """The bin that another tag's value falls into."""

    bins: BinsSpec


class SqlTag(TagSpec):
    """The escape hatch: one SELECT that yields `customer_id` and `value` from the tables of the build.

    The tables hold nothing from `as_of` on; the moment itself is written `as_of`.
    """

    sql: str
    type: StoredType
    default: Scalar | None = None


class ImportTag(TagSpec):
    """Values from a file: `key` names its column with the identifier, `identifier` the type (or `customer_id`)."""

    file: str
    key: str
    identifier: NameField
    column: str
    type: StoredType
    default: Scalar | None = None


KINDS: dict[str, str] = {
    "attribute": "attribute",
    "table": "aggregate",
    "expression": "formula",
    "cases": "rule",
    "bins": "bins",
    "sql": "sql",
    "file": "import",
}
"""The key that only this kind has → the kind."""


def _kind(value: Any) -> str | None:
    keys = value.keys() if isinstance(value, dict) else type(value).model_fields
    found = [kind for key, kind in KINDS.items() if key in keys]
    return found[0] if len(found) == 1 else None


AnyTag = Annotated[
    Annotated[AttributeTag, Tag("attribute")]
    | Annotated[AggregateTag, Tag("aggregate")]
    | Annotated[FormulaTag, Tag("formula")]
    | Annotated[RuleTag, Tag("rule")]
    | Annotated[BinsTag, Tag("bins")]
    | Annotated[SqlTag, Tag("sql")]
    | Annotated[ImportTag, Tag("import")],
    Discriminator(
        _kind,
        custom_error_type="tag_kind",
        custom_error_message="a tag has exactly one of the keys " + ", ".join(KINDS),
    ),
]


def kind_of(tag: TagSpec) -> str:
    """The kind of a tag as the catalog shows it."""
    kind = _kind(tag)
    assert kind is not None  # noqa: S101 - every tag class has its key
    return kind


class CategorySpec(Spec):
    """The second level: a group of tags within a dimension."""

    label: TextField


class DimensionSpec(Spec):
    """The first level: a side of the customer, with its categories."""

    label: TextField
    description: TextField = Text("", "")
    order: int = 100
    categories: dict[NameField, CategorySpec] = Field(default_factory=dict)
