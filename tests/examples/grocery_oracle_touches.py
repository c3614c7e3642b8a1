"""The oracle of tags over mailings and coupon redemptions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from grocery_oracle import TODAY, Column, Grocery, days_ago, most, named, oracle


def _since(rows: pd.DataFrame, days: int) -> pd.DataFrame:
    return rows[rows["day"] >= TODAY - pd.Timedelta(days=days)]


def _counted(g: Grocery, rows: pd.DataFrame) -> Column:
    return g.filled(rows.groupby("household").size(), 0)


@oracle
def touch_count_30d(g: Grocery) -> Column:
    return _counted(g, _since(g.mailings, 30))


@oracle
def touch_count_90d(g: Grocery) -> Column:
    return _counted(g, _since(g.mailings, 90))


@oracle
def touch_count_365d(g: Grocery) -> Column:
    return _counted(g, _since(g.mailings, 365))


@oracle
def campaign_count_365d(g: Grocery) -> Column:
    return g.filled(_since(g.mailings, 365).groupby("household")["campaign"].nunique(), 0)


@oracle
def days_since_last_touch(g: Grocery) -> Column:
    return days_ago(g.mailings.groupby("household")["day"].max())


@oracle
def last_campaign(g: Grocery) -> Column:
    return g.mailings.groupby("household")["campaign"].last()


@oracle
def touch_channel_count(g: Grocery) -> Column:
    """All mailings are mail."""
    return g["days_since_last_touch"].notna().astype(int)


@oracle
def conversion_count_365d(g: Grocery) -> Column:
    return _counted(g, _since(g.redemptions, 365))


@oracle
def converted_campaign_count(g: Grocery) -> Column:
    return g.filled(g.redemptions.groupby("household")["campaign"].nunique(), 0)


@oracle
def campaign_response_rate(g: Grocery) -> Column:
    received = g.mailings.groupby("household")["campaign"].nunique()
    return g["converted_campaign_count"] / received


@oracle
def days_since_last_response(g: Grocery) -> Column:
    return days_ago(g.redemptions.groupby("household")["day"].max())


@oracle
def converting_offer(g: Grocery) -> Column:
    return most(g.redemptions, "coupon")


@oracle
def preferred_touch_channel(g: Grocery) -> Column:
    return g["days_since_last_response"].map(lambda days: None if np.isnan(days) else "mail")


@named("open_count_90d", "click_count_90d")
def paper_is_not_tracked(g: Grocery) -> Column:
    return g.always(0)


@named("open_rate", "click_rate")
def nothing_of_what_was_sent(g: Grocery) -> Column:
    return g["days_since_last_touch"] * 0.0


@named("sms_click_rate", "push_click_rate", "email_click_rate", "wechat_click_rate", "preferred_response_hour")
def no_such_channel(g: Grocery) -> Column:
    return g.nothing()


@oracle
def unsubscribed(g: Grocery) -> Column:
    return g.always(False)
