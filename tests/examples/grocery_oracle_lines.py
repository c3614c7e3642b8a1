"""The oracle of tags over the products in baskets: what is bought, of which brand, at which price."""

from __future__ import annotations

import numpy as np
import pandas as pd
from grocery_oracle import Column, Grocery, bits, days_ago, leading_share, most, named, oracle, quantile_bin, ranking

BABY = "baby|infant|diaper|maternity"
FRESH = [
    *["BEEF", "PORK", "CHICKEN", "TURKEY", "LAMB", "SEAFOOD-FRESH", "FLUID MILK PRODUCTS", "EGGS"],
    *["APPLES", "BERRIES", "CITRUS", "GRAPES", "MELONS", "TROPICAL FRUIT"],
    *["TOMATOES", "POTATOES", "ONIONS", "CARROTS", "SALAD MIX", "MUSHROOMS"],
]
CONVENIENT = [
    *["FRZN MEAT/MEAT DINNERS", "FROZEN PIZZA", "PREPARED FOOD", "PREPARED/PKGD FOODS", "DINNER MXS:DRY"],
    *["HEAT/SERVE", "CONVENIENT BRKFST/WHLSM SNACKS"],
]

# -- favourites ---------------------------------------------------------------------------------------------------


@oracle
def top_category_365d(g: Grocery) -> Column:
    return most(g.lines_of(365), "category", "amount")


@oracle
def top_category_90d(g: Grocery) -> Column:
    return most(g.lines_of(90), "category", "amount")


@oracle
def most_frequent_category_365d(g: Grocery) -> Column:
    return most(g.lines_of(365), "category")


@oracle
def top_subcategory_365d(g: Grocery) -> Column:
    return most(g.lines_of(365), "subcategory", "amount")


@oracle
def top_brand_365d(g: Grocery) -> Column:
    return most(g.lines_of(365), "brand", "amount")


@oracle
def top_product_365d(g: Grocery) -> Column:
    return most(g.lines_of(365), "product")


@oracle
def top_categories_365d(g: Grocery) -> Column:
    return ranking(g.lines_of(365), "category", "amount").groupby("household")["category"].agg(lambda x: [*x][:3])


@oracle
def top_brands_365d(g: Grocery) -> Column:
    return ranking(g.lines_of(365), "brand", "amount").groupby("household")["brand"].agg(lambda x: [*x][:3])


@oracle
def first_category(g: Grocery) -> Column:
    return g.lines.groupby("household")["category"].first()


@oracle
def last_category(g: Grocery) -> Column:
    return g.lines.groupby("household")["category"].last()


@oracle
def last_brand(g: Grocery) -> Column:
    return g.lines.groupby("household")["brand"].last()


# -- breadth ------------------------------------------------------------------------------------------------------

for tag, column, days in (
    ("category_count_365d", "category", 365),
    ("category_count_90d", "category", 90),
    ("subcategory_count_365d", "subcategory", 365),
    ("brand_count_365d", "brand", 365),
    ("product_count_365d", "product", 365),
):
    named(tag)(lambda g, c=column, d=days: g.filled(g.lines_of(d).groupby("household")[c].nunique(), 0))


@oracle
def category_diversity(g: Grocery) -> Column:
    return bits(g.lines_of(365), "category")


@oracle
def brand_diversity(g: Grocery) -> Column:
    return bits(g.lines_of(365), "brand")


@oracle
def category_concentration(g: Grocery) -> Column:
    return leading_share(g.lines_of(365), "category", "amount")


@oracle
def top_brand_share_365d(g: Grocery) -> Column:
    return leading_share(g.lines_of(365), "brand", "amount")


@oracle
def branded_line_count_365d(g: Grocery) -> Column:
    return g.filled(g.lines_of(365).groupby("household")["brand"].count(), 0)


@oracle
def repurchase_share(g: Grocery) -> Column:
    products = g.lines_of(365).groupby("household")["product"]
    return 1 - products.nunique() / products.count()


# -- prices -------------------------------------------------------------------------------------------------------


def _with_pieces(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[lines["pieces"] > 0]


@oracle
def average_unit_price(g: Grocery) -> Column:
    sums = _with_pieces(g.lines_of(365)).groupby("household")[["amount", "pieces"]].sum()
    return sums["amount"] / 100 / sums["pieces"]


@oracle
def unit_price_score(g: Grocery) -> Column:
    return quantile_bin(g["average_unit_price"], 5)


@oracle
def line_value_max(g: Grocery) -> Column:
    return g.lines.groupby("household")["amount"].max() / 100


@oracle
def price_index(g: Grocery) -> Column:
    lines = _with_pieces(g.lines)
    products = lines.groupby("product")[["amount", "pieces"]].sum()
    usual = lines["pieces"] * lines["product"].map(products["amount"] / 100 / products["pieces"])
    paid = lines.groupby("household")["amount"].sum() / 100
    return (paid / usual.groupby(lines["household"]).sum().replace(0, np.nan)).round(6)


@oracle
def promotion_line_share(g: Grocery) -> Column:
    return g.lines["promotion"].groupby(g.lines["household"]).mean()


def _deep(lines: pd.DataFrame) -> Column:
    """Lines whose discount is 30 % of the list price or more."""
    return lines["discount"].gt(0) & (lines["discount"] * 10 >= (lines["amount"] + lines["discount"]) * 3)


@oracle
def deep_discount_line_share(g: Grocery) -> Column:
    return _deep(g.lines).groupby(g.lines["household"]).mean()


@oracle
def impulse_index(g: Grocery) -> Column:
    lines = g.lines_of(365)
    night = ~lines["at"].dt.hour.between(5, 21)
    return (night | _deep(lines)).groupby(lines["household"]).mean()


# -- shares of spend ----------------------------------------------------------------------------------------------


def _spend_share(lines: pd.DataFrame, chosen: Column) -> Column:
    spend = lines.groupby("household")["amount"].sum()
    part = lines[chosen].groupby("household")["amount"].sum().reindex(spend.index).fillna(0)
    return (part / 100) / (spend / 100).replace(0, np.nan)


def _named(lines: pd.DataFrame, words: str) -> Column:
    """Lines whose category's name holds one of the words."""
    categories = lines["category"].drop_duplicates().dropna()
    return lines["category"].isin(categories[categories.str.contains(words, case=False)])


@oracle
def discounted_spend_share(g: Grocery) -> Column:
    lines = g.lines_of(365)
    return _spend_share(lines, lines["discount"] > 0)


@oracle
def private_label_share(g: Grocery) -> Column:
    return _spend_share(g.lines, g.lines["brand"] == "Private label")


@oracle
def health_interest_share(g: Grocery) -> Column:
    lines = g.lines_of(365)
    return _spend_share(lines, _named(lines, "vitamin|organic|fitness|health"))


@oracle
def fresh_food_share(g: Grocery) -> Column:
    lines = g.lines_of(365)
    return _spend_share(lines, lines["category"].isin(FRESH))


@oracle
def convenience_food_share(g: Grocery) -> Column:
    lines = g.lines_of(365)
    return _spend_share(lines, lines["category"].isin(CONVENIENT))


@oracle
def gift_order_share(g: Grocery) -> Column:
    lines = g.lines_of(365)
    return _named(lines, "gift|greeting card|floral|flower").groupby(lines["household"]).mean()


@oracle
def fuel_spend_365d(g: Grocery) -> Column:
    lines = g.lines_of(365)
    return g.filled(lines[lines["category"] == "FUEL"].groupby("household")["amount"].sum(), 0) / 100


@oracle
def home_renovation_spend_365d(g: Grocery) -> Column:
    lines = g.lines_of(365)
    chosen = lines[_named(lines, "furniture|hardware|garden|home furnishing")]
    return g.filled(chosen.groupby("household")["amount"].sum(), 0) / 100


# -- needs --------------------------------------------------------------------------------------------------------


def _baskets_with(g: Grocery, days: int, words: str) -> Column:
    lines = g.lines_of(days)
    return g.filled(lines[_named(lines, words)].groupby("household")["basket"].nunique(), 0)


@oracle
def baby_orders_180d(g: Grocery) -> Column:
    return _baskets_with(g, 180, BABY)


@oracle
def days_since_first_baby_purchase(g: Grocery) -> Column:
    return days_ago(g.lines[_named(g.lines, BABY)].groupby("household")["day"].min())


@oracle
def school_supplies_orders_365d(g: Grocery) -> Column:
    return _baskets_with(g, 365, "school|stationery")


@oracle
def pet_orders_365d(g: Grocery) -> Column:
    return _baskets_with(g, 365, "^pet |^cat |^dog ")
