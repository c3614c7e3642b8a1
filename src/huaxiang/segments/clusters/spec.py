"""What a user may write about clusters: by which tags customers are grouped, how, and how sure the groups must be.

clusters:
  shoppers: {template: need}
  rhythm: {tags: [visit_days_90d, order_count_365d], from: buyers, method: kmeans, clusters: auto, range: [2, 6]}
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from huaxiang.core.moments import Duration
from huaxiang.core.spec import EVERYONE, DurationField, NameField, Spec, TextField
from huaxiang.core.text import Text
from huaxiang.segments.spec import SegmentSpec

AUTO = "auto"
"""As many clusters as other samples show again."""

Way = Literal["mixture", "kmeans", "hdbscan"]

COUNTED = frozenset({"mixture", "kmeans"})
"""The methods that are told how many clusters to find; for others the data decide."""

MOST = 30
"""More clusters than anybody can keep apart."""


def _number_of_clusters(value: Any) -> Any:
    if value == AUTO or (isinstance(value, int) and not isinstance(value, bool) and 2 <= value <= MOST):
        return value
    raise ValueError(f"'{value}' is no number of clusters: write {AUTO}, or a number from 2 to {MOST}")


def _range(value: Any) -> Any:
    whole = isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(each, int) for each in value)
    if whole and 2 <= value[0] <= value[1] <= MOST:
        return tuple(value)
    raise ValueError(f"a range is two numbers from 2 to {MOST}, the smaller first: [2, 10]")


class ClusterTemplateSpec(Spec):
    """A ready choice of tags, under a name that `template` may speak of. Tags that a build lacks are left out of it.

    `rule_tags` are further tags that rules may speak of, such as the first of a list that the language can't look into.
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    tags: tuple[NameField, ...] = Field(min_length=1)
    rule_tags: tuple[NameField, ...] = ()
    method: Way = "mixture"


class ClustersSpec(Spec):
    """Groups that a build finds among the customers of the segment `from`, by `tags`, `dimensions` or a `template`.

    `stability` is the adjusted Rand index that fits on other samples must reach on average. `smallest` is the share of
    the sample below which a group is none. `certainty` is what a customer's probability must reach at least, where the
    method has one. A build goes on with the fit of the former one until that is older than `refit`, or a tag has
    drifted by more than `drift` (population stability index).
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    template: NameField | None = None
    tags: tuple[NameField, ...] = ()
    dimensions: tuple[NameField, ...] = ()
    rule_tags: tuple[NameField, ...] = ()
    among: NameField = Field(default=EVERYONE, alias="from")
    method: Way | None = None
    clusters: Annotated[int | Literal["auto"], BeforeValidator(_number_of_clusters)] = "auto"
    range: Annotated[tuple[int, int], BeforeValidator(_range), PlainSerializer(list)] = (2, 10)
    seed: int = 1
    sample: int = Field(default=50_000, ge=100, le=500_000)
    stability: float = Field(default=0.6, ge=0, le=1)
    smallest: float = Field(default=0.01, gt=0, lt=0.5)
    certainty: float = Field(default=0.7, ge=0, lt=1)
    refit: DurationField = Duration(90 * 24)
    drift: float = Field(default=0.25, gt=0)

    @model_validator(mode="after")
    def _by_something(self) -> ClustersSpec:
        if not (self.template or self.tags or self.dimensions):
            raise ValueError("clusters need 'tags', 'dimensions' or a 'template' to be found by")
        return self

    @property
    def most(self) -> int:
        """The largest number of clusters that a build may find."""
        return self.range[1] if self.clusters == AUTO else int(self.clusters)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of clusters that are tried."""
        if self.clusters == AUTO:
            return tuple(range(self.range[0], self.range[1] + 1))
        return (int(self.clusters),)


class ClusterSegment(SegmentSpec):
    """The segment that one cluster is: `number` of those named by `group`. A build makes it; nobody writes it.

    `among` is the segment that the clusters are found in.
    """

    number: int
    among: NameField = EVERYONE

    @model_validator(mode="after")
    def _rule_or_list(self) -> ClusterSegment:
        return self

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The segment that the clusters are found in."""
        return () if self.among == EVERYONE else (self.among,)

    @property
    def rule(self) -> str:
        """The cluster in one line, as catalogs show it."""
        return f"cluster {self.number} of {self.group}"


def segment_name(clusters: str, number: int) -> str:
    """The segment of a cluster: `shoppers_1`."""
    return f"{clusters}_{number}"


def cluster_segments(name: str, spec: ClustersSpec) -> dict[str, ClusterSegment]:
    """The segments that the clusters `name` may turn out to be, by name."""
    numbers = range(1, spec.most + 1)
    names = {segment_name(name, number): number for number in numbers}
    return {
        segment: ClusterSegment(name=segment, group=name, number=number, among=spec.among, at=spec.at)
        for segment, number in names.items()
    }
