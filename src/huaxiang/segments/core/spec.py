"""What a user may write about core customers.

core_customers:
  baby_autumn:
    relevance: [{when: "favourite_category = '母婴'", weight: 2}, {when: has_children}]
    reachability: [{channel: sms, when: "not unsubscribed", reach: 0.6}]
    profitability: {value: spend_365d * 0.3, cost: order_count_365d * 6}
"""

from __future__ import annotations

from pydantic import Field, model_validator

from huaxiang.core.spec import NameField, Spec, TextField
from huaxiang.core.text import Text

SCORES = ("relevance", "reachability", "profitability")


class FitSpec(Spec):
    """A condition that speaks for a customer, and how much it weighs among the others."""

    when: str
    weight: float = Field(default=1.0, gt=0)
    label: TextField = Text("", "")


class ChannelSpec(Spec):
    """A channel, of whom it may and does reach, and how likely one message through it arrives."""

    channel: str
    when: str
    reach: float = Field(default=1.0, gt=0, le=1)


class ProfitSpec(Spec):
    """What a customer brings and what serving it costs, as expressions over tags; no value counts as 0."""

    value: str
    cost: str = "0"


class WeightsSpec(Spec):
    """How much each score weighs in the whole."""

    relevance: float = Field(default=1.0, ge=0)
    reachability: float = Field(default=1.0, ge=0)
    profitability: float = Field(default=1.0, ge=0)

    @model_validator(mode="after")
    def _not_all_nothing(self) -> WeightsSpec:
        if not any(self.shares.values()):
            raise ValueError("at least one weight is more than 0")
        return self

    @property
    def shares(self) -> dict[str, float]:
        """The weight of each score, all together 1 (or 0)."""
        weights = {name: float(getattr(self, name)) for name in SCORES}
        total = sum(weights.values())
        return {name: weight / total if total else 0.0 for name, weight in weights.items()}


class CoreSpec(Spec):
    """Whom to go for with an offer: what makes somebody relevant, reachable and profitable.

    `segments` are those that are ranked; without it, all.
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    relevance: tuple[FitSpec, ...] = Field(min_length=1)
    reachability: tuple[ChannelSpec, ...] = Field(min_length=1)
    profitability: ProfitSpec
    weights: WeightsSpec = WeightsSpec()
    segments: tuple[NameField, ...] = ()
