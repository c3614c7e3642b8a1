"""What a report says of identity: frozen values, beside those of `model`. Customers are named by masked ids."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.core.text import Text
from huaxiang.service.figures.model import GroupFigures


@dataclass(frozen=True)
class HealthFigures:
    """One measure with its traffic light; `unit` is count, number or share, None of the limits: it informs only."""

    name: str
    label: Text
    unit: str
    value: float | None
    before: float | None
    level: str
    amber: float | None
    red: float | None
    reason: Text
    remedy: Text

    @property
    def is_judged(self) -> bool:
        """Whether it has a traffic light."""
        return self.amber is not None or self.red is not None


@dataclass(frozen=True)
class ClusterFigures:
    """One of the customers with most records; `names`, `birthdays`: how many different ones, None: not mapped."""

    masked_id: str
    records: int
    identifiers: int
    names: int | None
    birthdays: int | None


@dataclass(frozen=True)
class BridgeFigures:
    """One link that holds two groups of a customer's records together."""

    masked_id: str
    kind: str
    what: Text
    records: int
    one: int
    other: int


@dataclass(frozen=True)
class IssueFigures:
    """Values of one type that link nobody, or less than they might, for one reason. `examples` are masked."""

    kind: str
    type_label: Text
    values: int
    records: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class DisagreementFigures:
    """How often the records of a customer disagree about an attribute."""

    attribute: str
    label: Text
    customers: int
    differing: int | None
    share: float | None
    hidden: bool = False


@dataclass(frozen=True)
class IdentityFigures:
    """The health of the identity graph, and what stands behind it."""

    measures: tuple[HealthFigures, ...]
    sizes: tuple[GroupFigures, ...]
    """Customers by their number of records; small groups are withheld."""
    clusters: tuple[ClusterFigures, ...]
    bridges: tuple[BridgeFigures, ...]
    issues: tuple[IssueFigures, ...]
    disagreements: tuple[DisagreementFigures, ...]
    fates: tuple[tuple[str, int], ...]
    """What became of former customers: kind and how many."""
    matches: tuple[tuple[str, int], ...]
    """Pairs of fuzzy matching by status."""
    groups: tuple[tuple[str, int, int], ...]
    """Households and accounts: kind, how many, and customers in them."""

    @property
    def judged(self) -> tuple[HealthFigures, ...]:
        """The measures with a traffic light, the worst first; those that are not known last."""
        order = ("red", "amber", "green")
        lights = (measure for measure in self.measures if measure.is_judged)
        return tuple(sorted(lights, key=lambda measure: (measure.value is None, order.index(measure.level))))

    @property
    def known(self) -> tuple[HealthFigures, ...]:
        """The measures with a traffic light that are known."""
        return tuple(measure for measure in self.judged if measure.value is not None)

    def measure(self, name: str) -> HealthFigures | None:
        """The measure of this name, None where the snapshot lacks it."""
        return next((measure for measure in self.measures if measure.name == name), None)
