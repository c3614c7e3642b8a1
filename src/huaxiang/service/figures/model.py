"""What a report is made of: frozen values, already protected, without a table or an engine behind them.

Shares run from 0 to 1. Money is in the project's currency. A figure that is None is either unknown or withheld;
`hidden` tells the two apart: it is True where a group is smaller than the snapshot's privacy threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from huaxiang.core.text import Text
from huaxiang.service.figures.aspects_model import AspectFigures, WarningFigures
from huaxiang.service.figures.clusters_model import ClustersFigures
from huaxiang.service.figures.trust_model import OutcomeFigures, TrustFigures

if TYPE_CHECKING:
    from huaxiang.service.figures.identity_model import IdentityFigures
    from huaxiang.service.figures.quality_model import QualityFigures

NOTHING = Text("", "")


@dataclass(frozen=True)
class BuildFigures:
    """Where the figures come from: the snapshot, its moment, and what it took to make."""

    snapshot: str
    as_of: str
    time_zone: str
    customers: int
    records: int
    facts: tuple[tuple[Text, int], ...]
    seconds: float | None
    peak_memory_mib: float | None
    steps: tuple[tuple[str, float], ...]
    version: str

    @property
    def fact_count(self) -> int:
        """Facts in all tables together."""
        return sum(count for _, count in self.facts)


@dataclass(frozen=True)
class ColumnFigures:
    """One mapped column: where it comes from, what was done to it, how well it is filled."""

    source_column: str
    column: str
    label: Text
    cleaning: str
    rows: int
    filled: float | None
    invalid: int


@dataclass(frozen=True)
class FeedFigures:
    """One source feeding one table, with what became of every row that was read."""

    source: str
    source_label: Text
    target: str
    target_label: Text
    read: int
    used: int
    quarantined: int
    deduplicated: int
    set_aside: int
    columns: tuple[ColumnFigures, ...]

    @property
    def completeness(self) -> float | None:
        """The mean fill of the mapped columns."""
        known = [column.filled for column in self.columns if column.filled is not None]
        return sum(known) / len(known) if known else None

    @property
    def validity(self) -> float | None:
        """The share of the filled values that made sense."""
        filled = sum((column.filled or 0) * column.rows for column in self.columns)
        invalid = sum(column.invalid for column in self.columns)
        return filled / (filled + invalid) if filled + invalid else None


@dataclass(frozen=True)
class MetricFigures:
    """One measurement of the audit. `column` empty: of the source as a whole."""

    source: str
    column: str
    metric: str
    value: float | None
    detail: str


@dataclass(frozen=True)
class ReasonFigures:
    """Why rows of a source were rejected, and how many of them."""

    source: str
    source_label: Text
    target_label: Text
    reason: Text
    rows: int


@dataclass(frozen=True)
class Reliability:
    """How true a tag was in its backtest: precision, recall and lift of a rule, the AUC with its interval of a number.

    `stale`: the definition has changed since.
    """

    cases: int
    stale: bool
    precision: float | None = None
    recall: float | None = None
    lift: float | None = None
    auc: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class TagFigures:
    """One tag of the catalog."""

    name: str
    label: Text
    description: Text
    kind: str
    type: str
    unit: str
    privacy: str
    coverage: float | None
    distinct: int | None
    definition: str
    origin: str
    reliability: Reliability | None = None


@dataclass(frozen=True)
class CategoryFigures:
    """The second level of the tag tree."""

    name: str
    label: Text
    tags: tuple[TagFigures, ...]


@dataclass(frozen=True)
class DimensionFigures:
    """The first level of the tag tree."""

    name: str
    label: Text
    categories: tuple[CategoryFigures, ...]

    @property
    def tags(self) -> tuple[TagFigures, ...]:
        """All tags of the dimension."""
        return tuple(tag for category in self.categories for tag in category.tags)

    @property
    def coverage(self) -> float | None:
        """The mean coverage of the dimension's tags."""
        known = [tag.coverage for tag in self.tags if tag.coverage is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class LeftOut:
    """A definition that was not built, and why."""

    kind: str
    name: str
    reason: Text


@dataclass(frozen=True)
class GroupFigures:
    """Some customers who have one thing in common, as a part of everyone."""

    name: str
    label: Text
    count: int | None
    share: float | None
    revenue: float | None = None
    revenue_share: float | None = None
    action: Text = NOTHING
    hidden: bool = False

    def withheld(self) -> Self:
        """The group without its figures."""
        return replace(self, count=None, share=None, revenue=None, revenue_share=None, hidden=True)


@dataclass(frozen=True)
class MonthFigures:
    """What one civil month (`YYYY-MM`) brought."""

    month: str
    revenue: float | None
    orders: int | None
    buyers: int | None
    hidden: bool = False


@dataclass(frozen=True)
class CellFigures:
    """One cell of the RFM map: customers with the same recency and frequency score."""

    recency: int
    frequency: int
    count: int | None
    share: float | None
    spend: float | None
    hidden: bool = False

    def withheld(self) -> Self:
        """The cell without its figures."""
        return replace(self, count=None, share=None, spend=None, hidden=True)


@dataclass(frozen=True)
class SegmentFigures:
    """One segment of the catalog. `stands_for`: the tag and value that its rule asks for, where it asks for no more."""

    name: str
    label: Text
    description: Text
    action: Text
    rule: str
    group: str
    size: int | None
    share: float | None
    revenue_share: float | None
    hidden: bool = False
    stands_for: tuple[str, str] | None = None
    warnings: tuple[WarningFigures, ...] = ()


@dataclass(frozen=True)
class OverlapFigures:
    """How many members of segment `first` are in `second` too. `share` is of the members of `first`."""

    first: str
    second: str
    count: int | None
    share: float | None
    hidden: bool = False


@dataclass(frozen=True)
class ValueFigures:
    """One value of one tag among a persona's members, against the base and against the rest of the base."""

    label: Text
    count: int | None
    share: float | None
    base_share: float | None
    tgi: float | None
    difference: float | None
    low: float | None
    high: float | None
    q_value: float | None
    significant: bool
    hidden: bool


@dataclass(frozen=True)
class NumberFigures:
    """A numeric tag among a persona's members, against the base."""

    mean: float | None
    base_mean: float | None
    median: float | None
    base_median: float | None
    difference: float | None
    low: float | None
    high: float | None
    effect: float | None
    q_value: float | None
    significant: bool


@dataclass(frozen=True)
class PersonaTagFigures:
    """One tag in a portrait. `rank` 1 tells most; `defining`: the segment's own rule speaks of it.

    `sureness`: how sure its statement is (sure, likely, weak; empty where nothing was tested).
    """

    name: str
    label: Text
    dimension: Text
    category: str
    unit: str
    type: str
    rank: int
    gain: float | None
    known: float | None
    statement: Text
    values: tuple[ValueFigures, ...]
    numbers: NumberFigures | None
    defining: bool = False
    sureness: str = ""


@dataclass(frozen=True)
class MemberFigures:
    """A typical member, with the identifier and the name masked. `masked_name` is empty where nobody knows it."""

    masked_id: str
    masked_name: str
    tags: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True)
class PersonaFigures:
    """The portrait of one segment. `hidden`: it has too few members, and nothing but its name is kept.

    `rewritten` is what the language model `rewritten_by` made of the text; empty where none did, or of other figures.
    """

    name: str
    label: Text
    segment: str
    base: str
    base_label: Text
    action: Text
    size: int | None
    base_size: int | None
    share: float | None
    revenue_share: float | None
    question: Text
    text: Text
    tags: tuple[PersonaTagFigures, ...]
    typical: tuple[MemberFigures, ...]
    hidden: bool = False
    aspects: AspectFigures = field(default_factory=AspectFigures)
    trust: TrustFigures = field(default_factory=TrustFigures)
    rewritten: Text = NOTHING
    rewritten_by: str = ""

    def is_front(self, tag: PersonaTagFigures) -> bool:
        """Whether a tag belongs on the first page: all do where nothing says which dimensions matter."""
        return not self.aspects.front or tag.category.partition(".")[0] in self.aspects.front


@dataclass(frozen=True)
class Figures:
    """Everything the report shows of one snapshot."""

    name: str
    title: Text
    currency: str
    threshold: int
    build: BuildFigures
    revenue: float | None
    orders: int | None
    buyers: int | None
    feeds: tuple[FeedFigures, ...]
    metrics: tuple[MetricFigures, ...]
    reasons: tuple[ReasonFigures, ...]
    quality: QualityFigures | None
    """None where the snapshot is older than its scores."""
    identity: IdentityFigures | None
    """None where the snapshot is older than its health."""
    dimensions: tuple[DimensionFigures, ...]
    left_out: tuple[LeftOut, ...]
    concentration: tuple[tuple[float, float], ...]
    """Shares of customers and of revenue, best customers first, from (0, 0) to (1, 1). Empty without revenue."""
    months: tuple[MonthFigures, ...]
    rfm_cells: tuple[CellFigures, ...]
    rfm_groups: tuple[GroupFigures, ...]
    value_tiers: tuple[GroupFigures, ...]
    lifecycle: tuple[GroupFigures, ...]
    segments: tuple[SegmentFigures, ...]
    overlaps: tuple[OverlapFigures, ...]
    personas: tuple[PersonaFigures, ...]
    areas: Mapping[str, Any] | None = None
    """A GeoJSON of provinces; None: tiles."""
    validations: tuple[OutcomeFigures, ...] = ()
    """What validations say of the customers as a whole."""
    clusters: tuple[ClustersFigures, ...] = ()
    """The groups that the build was asked to find."""

    @property
    def tags(self) -> tuple[TagFigures, ...]:
        """All tags of the catalog."""
        return tuple(tag for dimension in self.dimensions for tag in dimension.tags)

    @property
    def read(self) -> int:
        """Rows read from all sources."""
        return sum(feed.read for feed in self.feeds)

    @property
    def quarantined(self) -> int:
        """Rows that were rejected, of all sources."""
        return sum(feed.quarantined for feed in self.feeds)
