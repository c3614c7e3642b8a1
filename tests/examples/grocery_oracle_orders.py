"""The oracle of tags over baskets: how much, how often, when and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from grocery_oracle import AS_OF, Column, Grocery, days_ago, leading_share, most, named, oracle, quantile_bin

# -- counts and sums ----------------------------------------------------------------------------------------------

for tag, window in {
    "order_count": (9999, 0),
    "order_count_30d": (30, 0),
    "order_count_90d": (90, 0),
    "order_count_365d": (365, 0),
    "orders_90d_to_270d_ago": (270, 90),
}.items():
    named(tag)(lambda g, w=window: g.filled(g.orders_of(*w).groupby("household").size(), 0))

for tag, window in {
    "spend_total": (9999, 0),
    "spend_30d": (30, 0),
    "spend_90d": (90, 0),
    "spend_previous_90d": (180, 90),
    "spend_365d": (365, 0),
}.items():
    named(tag)(lambda g, w=window: g.filled(g.orders_of(*w).groupby("household")["amount"].sum(), 0) / 100)


@oracle
def item_count(g: Grocery) -> Column:
    return g.orders.groupby("household")["pieces"].sum()


@oracle
def discount_total(g: Grocery) -> Column:
    return g.orders.groupby("household")["discount"].sum() / 100


@named("return_count", "return_count_365d", "returned_amount", "cancel_count")
def nothing_came_back(g: Grocery) -> Column:
    """The study records no returns and no cancellations."""
    return g.always(0)


@named("return_rate", "cancel_rate")
def no_share_came_back(g: Grocery) -> Column:
    return g.always(0.0)


@oracle
def serial_returner(g: Grocery) -> Column:
    return g.always(False)


@oracle
def days_since_last_return(g: Grocery) -> Column:
    return g.nothing()


@oracle
def order_trend(g: Grocery) -> Column:
    recent, whole = (g.orders_of(days).groupby("household").size() for days in (30, 90))
    return recent.reindex(whole.index).fillna(0) / 30 / (whole / 90)


@oracle
def spend_trend(g: Grocery) -> Column:
    recent, whole = (g.orders_of(days).groupby("household")["amount"].sum() for days in (30, 90))
    return recent.reindex(whole.index).fillna(0) / 30 / (whole.replace(0, np.nan) / 90)


@oracle
def spend_growth_90d(g: Grocery) -> Column:
    return g["spend_90d"] / g["spend_previous_90d"].replace(0, np.nan) - 1


@oracle
def spend_per_active_day(g: Grocery) -> Column:
    households = g.orders.groupby("household")
    return households["amount"].sum() / 100 / households["day"].nunique()


# -- order values -------------------------------------------------------------------------------------------------


@oracle
def average_order_value(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].mean() / 100


@oracle
def average_order_value_90d(g: Grocery) -> Column:
    return g.orders_of(90).groupby("household")["amount"].mean() / 100


@oracle
def median_order_value(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].median() / 100


@oracle
def order_value_p90(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].quantile(0.9) / 100


@oracle
def max_order_value(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].max() / 100


@oracle
def min_order_value(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].min() / 100


@oracle
def order_value_variation(g: Grocery) -> Column:
    amounts = g.orders.groupby("household")["amount"]
    return amounts.std(ddof=1) / amounts.mean().replace(0, np.nan)


@oracle
def first_order_value(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].first() / 100


@oracle
def last_order_value(g: Grocery) -> Column:
    return g.orders.groupby("household")["amount"].last() / 100


@oracle
def items_per_order(g: Grocery) -> Column:
    return g.orders.groupby("household")["pieces"].mean()


def _discount_rate(orders: pd.DataFrame) -> Column:
    sums = orders.groupby("household")[["amount", "discount"]].sum()
    return (sums["discount"] / 100) / ((sums["amount"] + sums["discount"]) / 100).replace(0, np.nan)


@oracle
def discount_rate(g: Grocery) -> Column:
    return _discount_rate(g.orders)


@oracle
def discount_rate_90d(g: Grocery) -> Column:
    return _discount_rate(g.orders_of(90))


@oracle
def discounted_order_share(g: Grocery) -> Column:
    return g.orders["discount"].gt(0).groupby(g.orders["household"]).mean()


@oracle
def big_basket_share(g: Grocery) -> Column:
    return g.orders["pieces"].ge(10).groupby(g.orders["household"]).mean()


# -- habits -------------------------------------------------------------------------------------------------------


@oracle
def order_night_share(g: Grocery) -> Column:
    return g.orders["hour"].isin([22, 23, 0, 1, 2, 3, 4]).groupby(g.orders["household"]).mean()


@oracle
def order_weekend_share(g: Grocery) -> Column:
    return g.orders["weekday"].isin([6, 7]).groupby(g.orders["household"]).mean()


@oracle
def month_end_order_share(g: Grocery) -> Column:
    number = g.orders["day"].dt.day
    return (~number.between(6, 25)).groupby(g.orders["household"]).mean()


@oracle
def preferred_order_hour(g: Grocery) -> Column:
    return most(g.orders, "hour")


@oracle
def preferred_order_weekday(g: Grocery) -> Column:
    return most(g.orders, "weekday")


@oracle
def preferred_order_daypart(g: Grocery) -> Column:
    names = ["night"] * 5 + ["early_morning"] * 4 + ["morning"] * 3 + ["noon"] * 2
    names += ["afternoon"] * 4 + ["evening"] * 4 + ["night"] * 2
    return most(g.orders.assign(part=g.orders["hour"].map(dict(enumerate(names)))), "part")


@oracle
def preferred_store(g: Grocery) -> Column:
    return most(g.orders, "store")


@oracle
def store_count(g: Grocery) -> Column:
    return g.orders.groupby("household")["store"].nunique()


@oracle
def store_loyalty(g: Grocery) -> Column:
    return leading_share(g.orders, "store")


# -- rhythm -------------------------------------------------------------------------------------------------------


@oracle
def first_order_at(g: Grocery) -> Column:
    return g.orders.groupby("household")["at"].min()


@oracle
def last_order_at(g: Grocery) -> Column:
    return g.orders.groupby("household")["at"].max()


@oracle
def days_since_first_order(g: Grocery) -> Column:
    return days_ago(g.orders.groupby("household")["day"].min())


@oracle
def days_since_last_order(g: Grocery) -> Column:
    return days_ago(g.orders.groupby("household")["day"].max())


@oracle
def customer_lifespan(g: Grocery) -> Column:
    return g["days_since_first_order"] - g["days_since_last_order"]


@oracle
def first_order_month(g: Grocery) -> Column:
    first = g.orders.groupby("household")["day"].min()
    return first.dt.strftime("%Y%m")


@oracle
def days_to_second_order(g: Grocery) -> Column:
    return g.orders.groupby("household")["day"].agg(
        lambda days: (days.iloc[1] - days.iloc[0]).days if len(days) > 1 else np.nan
    )


@oracle
def shopping_days_90d(g: Grocery) -> Column:
    return g.filled(g.orders_of(90).groupby("household")["day"].nunique(), 0)


@oracle
def shopping_days_365d(g: Grocery) -> Column:
    return g.filled(g.orders_of(365).groupby("household")["day"].nunique(), 0)


def _gaps(g: Grocery) -> Column:
    """Days between one shopping day and the next, by household."""
    days = g.orders[["household", "day"]].drop_duplicates().sort_values(["household", "day"])
    return days.set_index("household").groupby("household")["day"].diff().dropna().dt.days


@oracle
def purchase_interval(g: Grocery) -> Column:
    return _gaps(g).groupby("household").median()


@oracle
def purchase_interval_variation(g: Grocery) -> Column:
    gaps = _gaps(g).groupby("household")
    return gaps.std(ddof=1) / gaps.mean()


def _runs(periods: set[int]) -> list[list[int]]:
    """Runs of successive numbers."""
    runs: list[list[int]] = []
    for period in sorted(periods):
        if runs and runs[-1][-1] == period - 1:
            runs[-1].append(period)
        else:
            runs.append([period])
    return runs


@oracle
def longest_order_streak_weeks(g: Grocery) -> Column:
    mondays = g.orders["day"].dt.to_period("W-SUN").map(lambda week: week.ordinal)
    return mondays.groupby(g.orders["household"]).agg(lambda weeks: max(map(len, _runs(set(weeks)))))


@oracle
def current_order_streak_months(g: Grocery) -> Column:
    now = AS_OF.year * 12 + AS_OF.month
    months = g.orders["day"].dt.year * 12 + g.orders["day"].dt.month

    def alive(numbers: pd.Series) -> int:
        last = _runs(set(numbers))[-1]
        return len(last) if last[-1] >= now - 1 else 0

    return months.groupby(g.orders["household"]).agg(alive)


# -- scores -------------------------------------------------------------------------------------------------------


@oracle
def recency_score(g: Grocery) -> Column:
    return quantile_bin(-g["days_since_last_order"], 5)


@oracle
def frequency_score(g: Grocery) -> Column:
    return quantile_bin(g["order_count"], 5)


@oracle
def monetary_score(g: Grocery) -> Column:
    return quantile_bin(g["spend_total"], 5)


@oracle
def spend_percentile(g: Grocery) -> Column:
    return quantile_bin(g["spend_total"], 100)


@oracle
def discount_rate_score(g: Grocery) -> Column:
    return quantile_bin(g["discount_rate"], 5)
