"""The oracle of tags from the survey, and of tags over other tags."""

from __future__ import annotations

from typing import Any

import numpy as np
from grocery_oracle import Column, Grocery, named, oracle

# -- the survey ---------------------------------------------------------------------------------------------------

for tag, question in {
    "age_group": "age",
    "income_band": "income",
    "home_ownership": "home_ownership",
    "household_composition": "household_comp",
}.items():
    named(tag)(lambda g, q=question: g.survey[q])


@oracle
def marital_status(g: Grocery) -> Column:
    return g.survey["marital_status"].str.lower()


@oracle
def household_size(g: Grocery) -> Column:
    return g.survey["household_size"].str.rstrip("+").astype(int)


@oracle
def children(g: Grocery) -> Column:
    return g.survey["kids_count"].str.rstrip("+").astype(int)


@oracle
def has_children(g: Grocery) -> Column:
    return g.per_household(lambda number: None if number is None else number > 0, "children")


@oracle
def household_type(g: Grocery) -> Column:
    def rule(size: Any, kids: Any) -> str | None:
        if size is None:
            return None
        if kids > 0:
            return "large_family" if size >= 5 else "single_parent" if size == kids + 1 else "family"
        return {1: "living_alone", 2: "couple"}.get(int(size), "adults")

    return g.per_household(rule, "household_size", "children")


@oracle
def income_group(g: Grocery) -> Column:
    def rule(band: Any) -> str | None:
        if band is None:
            return None
        lower = 0 if band.startswith("Under") else int(band.split("-")[0].rstrip("K+"))
        return "low" if lower < 35 else "middle" if lower < 100 else "high"

    return g.per_household(rule, "income_band")


# -- value and lifecycle ------------------------------------------------------------------------------------------


@oracle
def rfm_code(g: Grocery) -> Column:
    code = g["recency_score"] * 100 + g["frequency_score"] * 10 + g["monetary_score"]
    return code.map(lambda digits: str(int(digits)), na_action="ignore")


RFM = {
    "111": "champions",
    "101": "high_value_developing",
    "011": "high_value_at_risk",
    "001": "high_value_lapsed",
    "110": "regulars",
    "100": "newcomers",
    "010": "fading",
    "000": "hibernating",
}


@oracle
def rfm_group(g: Grocery) -> Column:
    def rule(*scores: Any) -> str | None:
        return None if None in scores else RFM["".join("1" if score >= 4 else "0" for score in scores)]

    return g.per_household(rule, "recency_score", "frequency_score", "monetary_score")


@oracle
def value_tier(g: Grocery) -> Column:
    def rule(r: Any, f: Any, m: Any, now: float, before: float) -> str:
        if None in (r, f, m):
            return "basic"
        if m == 5 and f >= 4 and r >= 3:
            return "strategic"
        if m >= 4:
            return "high"
        return "growth" if r >= 4 and now > before else "basic"

    scores = ("recency_score", "frequency_score", "monetary_score")
    return g.per_household(rule, *scores, "spend_90d", "spend_previous_90d")


@oracle
def lifecycle_stage(g: Grocery) -> Column:
    def rule(orders: int, since_first: Any, since_last: Any, lately: int, before: int) -> str:
        if orders == 0:
            return "potential"
        if since_last > 90:
            return "lost" if since_last > 180 else "at_risk"
        if since_first <= 30:
            return "new"
        return "won_back" if lately and not before and since_first > 270 else "active"

    days = ("days_since_first_order", "days_since_last_order")
    return g.per_household(rule, "order_count", *days, "order_count_90d", "orders_90d_to_270d_ago")


@oracle
def one_time_buyer(g: Grocery) -> Column:
    return g["order_count"] == 1


@oracle
def repeat_buyer(g: Grocery) -> Column:
    return g["order_count"] > 1


@oracle
def repurchased_within_90d(g: Grocery) -> Column:
    def rule(second: Any, since_first: Any) -> bool | None:
        if second is not None and second <= 90:
            return True
        return False if since_first is not None and since_first >= 90 else None

    return g.per_household(rule, "days_to_second_order", "days_since_first_order")


@oracle
def overdue_ratio(g: Grocery) -> Column:
    return g["days_since_last_order"] / g["purchase_interval"]


@oracle
def days_to_expected_order(g: Grocery) -> Column:
    return g["purchase_interval"] - g["days_since_last_order"]


@oracle
def churn_warning(g: Grocery) -> Column:
    def rule(orders: int, overdue: Any) -> str:
        if orders < 3 or overdue is None:
            return "unknown"
        return "high" if overdue > 3 else "medium" if overdue > 2 else "low"

    return g.per_household(rule, "order_count", "overdue_ratio")


@oracle
def new_parent(g: Grocery) -> Column:
    def rule(orders: int, since: Any) -> bool:
        return orders >= 2 and since is not None and since <= 730

    return g.per_household(rule, "baby_orders_180d", "days_since_first_baby_purchase")


@oracle
def pet_owner(g: Grocery) -> Column:
    return g["pet_orders_365d"] >= 2


# -- loyalty and style --------------------------------------------------------------------------------------------


@oracle
def loyalty_stage(g: Grocery) -> Column:
    def rule(orders: int) -> str:
        names = ["none", "once", *["repeat"] * 3, *["loyal"] * 7]
        return names[orders] if orders < 12 else "devoted"

    return g.per_household(rule, "order_count_365d")


@oracle
def loyalty_index(g: Grocery) -> Column:
    streak = np.minimum(g["longest_order_streak_weeks"], 12) / 12
    return (g["recency_score"] / 5 + g["frequency_score"] / 5 + streak) / 3 * 100


@oracle
def brand_loyalty(g: Grocery) -> Column:
    def rule(lines: int, share: Any) -> str | None:
        if lines < 5:
            return "unknown"
        return None if share is None else "high" if share >= 0.5 else "medium" if share >= 0.25 else "low"

    return g.per_household(rule, "branded_line_count_365d", "top_brand_share_365d")


@oracle
def price_sensitivity(g: Grocery) -> Column:
    def rule(discount: Any, price: Any) -> str:
        if discount is None or price is None:
            return "unknown"
        return "high" if discount - price >= 2 else "low" if price - discount >= 2 else "medium"

    return g.per_household(rule, "discount_rate_score", "unit_price_score")


@oracle
def promotion_dependence(g: Grocery) -> Column:
    def rule(orders: int, share: Any) -> str:
        if orders < 3 or share is None:
            return "unknown"
        return "high" if share >= 0.7 else "medium" if share >= 0.4 else "low"

    return g.per_household(rule, "order_count_365d", "discounted_spend_share")


@oracle
def full_price_loyalist(g: Grocery) -> Column:
    return (g["order_count"] >= 5) & (g["discounted_order_share"] <= 0.1)


@oracle
def private_label_attitude(g: Grocery) -> Column:
    def rule(share: Any) -> str | None:
        return None if share is None else "avoids" if share < 0.15 else "mixes" if share < 0.35 else "prefers"

    return g.per_household(rule, "private_label_share")


@oracle
def variety_seeking(g: Grocery) -> Column:
    def rule(products: int, again: Any) -> str:
        if products < 10 or again is None:
            return "unknown"
        return "high" if again <= 0.2 else "medium" if again < 0.5 else "low"

    return g.per_household(rule, "product_count_365d", "repurchase_share")


@oracle
def planning_style(g: Grocery) -> Column:
    def rule(variation: Any) -> str:
        if variation is None:
            return "unknown"
        return "planned" if variation < 0.6 else "spontaneous" if variation > 1.2 else "mixed"

    return g.per_household(rule, "purchase_interval_variation")


@oracle
def basket_style(g: Grocery) -> Column:
    def rule(share: Any) -> str | None:
        return None if share is None else "stock_up" if share >= 0.5 else "mixed" if share >= 0.1 else "top_up"

    return g.per_household(rule, "big_basket_share")


@oracle
def shopping_rhythm(g: Grocery) -> Column:
    def rule(orders: int, weekend: Any, part: Any) -> str:
        if orders < 5:
            return "unknown"
        if weekend >= 0.5:
            return "weekend"
        return "weekday_evening" if part in ("evening", "night") else "weekday_daytime"

    return g.per_household(rule, "order_count", "order_weekend_share", "preferred_order_daypart")


@oracle
def kitchen_style(g: Grocery) -> Column:
    def rule(fresh: Any, convenient: Any) -> str | None:
        if fresh is None:
            return None
        return "cooks_fresh" if fresh > 2 * convenient else "convenience" if convenient > 2 * fresh else "balanced"

    return g.per_household(rule, "fresh_food_share", "convenience_food_share")


# -- response -----------------------------------------------------------------------------------------------------


@oracle
def marketing_response(g: Grocery) -> Column:
    def rule(rate: Any, campaigns: int) -> str:
        if rate is not None and rate > 0:
            return "responsive" if rate >= 0.2 else "occasional"
        return "silent" if campaigns >= 3 else "unknown"

    return g.per_household(rule, "campaign_response_rate", "campaign_count_365d")


@oracle
def message_fatigue(g: Grocery) -> Column:
    def rule(mailings: int, since: Any) -> bool:
        return mailings >= 6 and (since is None or since > 90)

    return g.per_household(rule, "touch_count_30d", "days_since_last_response")
