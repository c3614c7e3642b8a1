"""What `simulation.yml` may say: the kinds of people, what is for sale, and what they are asked.

groups:
  cautious_savers: {share: 40, ages: [30, 42, 50], orders: 3, visits: 12, categories: {存款: 60, 基金: 20}}
categories:
  存款: {price: [5000, 200000], brands: {稳盈: 3, 安享: 1}}
questions:
  risk_appetite: {survey: opening}
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from huaxiang.core.spec import NameField, Spec, TextField
from huaxiang.core.text import Text


def _some(weights: dict[str, float]) -> dict[str, float]:
    if not sum(weights.values()) > 0:
        raise ValueError("at least one weight is above 0")
    return weights


Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], AfterValidator(_some)]
"""What may be chosen → how often, in any unit."""

_EVENING = ((12.5, 1.2, 1.0), (20.5, 1.8, 3.0))


class CustomerGroupSpec(Spec):
    """One kind of people.

    `share` is its weight among all, `female` the share of women, `ages` are lowest, most frequent and highest, `tiers`
    weigh first-tier, new first-tier, second-tier, third-tier and smaller cities. `orders` and `visits` are per year,
    `basket` is the usual number of products in an order. `price` says where in a category's range people buy, from 0
    (cheapest) to 1. `hours` are (hour, spread, weight) of the peaks of a day. `festive` is the share of orders that
    wait for sales festivals, `coupons` of those with a coupon, `leaving` of people who stop within the simulated time.
    `rating` is the usual number of stars. `channels`, `categories` and, by question, `answers` weigh what is chosen.
    """

    label: TextField = Text("", "")
    share: float = Field(gt=0)
    female: float = Field(default=0.5, ge=0, le=1)
    ages: tuple[int, int, int] = (18, 35, 70)
    tiers: tuple[float, float, float, float, float] = (20, 25, 25, 20, 10)
    orders: float = Field(gt=0)
    visits: float = Field(default=6.0, ge=0)
    basket: float = Field(default=1.5, ge=1)
    price: float = Field(default=0.5, gt=0, lt=1)
    hours: tuple[tuple[float, float, float], ...] = _EVENING
    festive: float = Field(default=0.3, ge=0, le=1)
    coupons: float = Field(default=0.1, ge=0, le=1)
    leaving: float = Field(default=0.15, ge=0, le=1)
    rating: float = Field(default=4.2, ge=1, le=5)
    occupations: tuple[str, ...] = ()
    channels: Weights = Field(default_factory=lambda: {"app": 1.0})
    categories: Weights
    answers: dict[NameField, Weights] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ages_rise(self) -> CustomerGroupSpec:
        if not 0 < self.ages[0] <= self.ages[1] <= self.ages[2]:
            raise ValueError("'ages' are the lowest, the most frequent and the highest, in this order")
        return self


class GoodsSpec(Spec):
    """What is for sale in a category: how many `products`, their lowest and highest `price`, `brands` with weights.

    `kinds` are the subcategories, which take turns.
    """

    products: int = Field(default=12, ge=1)
    price: tuple[float, float]
    brands: Weights
    kinds: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _prices_rise(self) -> GoodsSpec:
        if not 0 < self.price[0] <= self.price[1]:
            raise ValueError("'price' is the lowest and the highest price, above 0 and in this order")
        return self


class QuestionSpec(Spec):
    """A question of a `survey`, which a `share` of people answers. What they say depends on their group."""

    survey: NameField = "welcome"
    share: float = Field(default=0.6, gt=0, le=1)


class TradeSpec(Spec):
    """A trade: its customers, its goods, its questions."""

    groups: dict[NameField, CustomerGroupSpec] = Field(min_length=1)
    categories: dict[str, GoodsSpec] = Field(min_length=1)
    questions: dict[NameField, QuestionSpec] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> TradeSpec:
        for name, group in self.groups.items():
            for word, used, known in (
                ("category", group.categories, self.categories),
                ("question", group.answers, self.questions),
            ):
                missing = sorted(used.keys() - known.keys())
                if missing:
                    raise ValueError(f"group '{name}' names the {word} '{missing[0]}', which is not described")
        return self
