"""Campaigns of the simulated shop: who was touched at random, how they answered, what it really changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from huaxiang.simulate.columns import Array, labelled, moment_text, pick, utc, where
from huaxiang.simulate.people import People
from huaxiang.simulate.personas import UPLIFT
from huaxiang.simulate.world import DAY, END, Block, seconds_of


class Campaign(NamedTuple):
    """A campaign: its code and name, the day of its touches, its channel, what it offers, yuan per touch."""

    code: str
    name: str
    day: date
    channel: str
    offer: str
    cost: float


CAMPAIGNS = (
    Campaign("C2505-520", "520 心动礼", date(2025, 5, 18), "wechat", "满199减30", 0.00),
    Campaign("C2506-618", "618 年中大促", date(2025, 6, 10), "sms", "满300减50", 0.05),
    Campaign("C2507-SUM", "清凉一夏", date(2025, 7, 12), "push", "满99减15", 0.01),
    Campaign("C2508-SCH", "开学季", date(2025, 8, 23), "push", "满199减30", 0.01),
    Campaign("C2509-MID", "中秋团圆礼", date(2025, 9, 20), "wechat", "满299减40", 0.00),
    Campaign("C2511-D11", "双11 狂欢", date(2025, 11, 5), "sms", "满300减60", 0.05),
    Campaign("C2512-D12", "双12 返场", date(2025, 12, 9), "email", "满199减30", 0.02),
    Campaign("C2601-CNY", "年货节", date(2026, 1, 22), "sms", "满399减60", 0.05),
    Campaign("C2603-WOM", "女神节", date(2026, 3, 4), "wechat", "满199减40", 0.00),
    Campaign("C2604-SPR", "春日焕新", date(2026, 4, 11), "email", "满299减30", 0.02),
    Campaign("C2605-MOM", "感恩母亲", date(2026, 5, 6), "push", "满199减30", 0.01),
    Campaign("C2606-618", "618 年中大促", date(2026, 6, 8), "sms", "满300减60", 0.05),
)
CHANNELS = ("sms", "push", "wechat", "email")
SENT, DELIVERED, OPENED, CLICKED, CONVERTED, UNSUBSCRIBED = range(6)
ACTIONS = ("sent", "delivered", "opened", "clicked", "converted", "unsubscribed")

_AT = np.array([seconds_of(campaign.day) for campaign in CAMPAIGNS])
_CHANNEL = np.array([CHANNELS.index(campaign.channel) for campaign in CAMPAIGNS])

# Uplift class → chance of an order in the week after, without and with the touch.
RESPONSE = np.array([(0.03, 0.32), (0.30, 0.30), (0.02, 0.02), (0.22, 0.04)])
_TREATED_SHARE = 0.8


@dataclass(frozen=True)
class Assignments:
    """Who was drawn for which campaign, one entry per person and campaign.

    `treated` is drawn at random; the others were held out. `ordered` says whether an order followed within a week that
    is due to the person's answer to the campaign (or would have come anyway), at `ordered_at`.
    """

    person: Array
    campaign: Array
    treated: Array
    at: Array
    delivered: Array
    opened: Array
    clicked: Array
    unsubscribed: Array
    ordered: Array
    ordered_at: Array

    @property
    def converted(self) -> Array:
        """Touches that the shop counts as a success: an order after a click."""
        return self.treated & self.ordered & self.clicked


def assign(block: Block, people: People) -> Assignments:
    """Draw the people of each campaign, who of them is held out, and what each does."""
    random = block.random("marketing")
    n, m = len(people), len(CAMPAIGNS)
    reachable = np.column_stack((np.ones(n, bool), people.app, people.mini, people.crm))[:, _CHANNEL]
    drawn = (random.random((n, m)) < 0.24) & reachable & (people.joined[:, None] < _AT[None, :])
    treated = random.random((n, m)) < _TREATED_SHARE
    delivered = treated & (random.random((n, m)) < 0.96)
    outcome = np.where(treated, RESPONSE[people.uplift][:, 1:], RESPONSE[people.uplift][:, :1])
    at = _AT[None, :] + 9 * 3600 + (random.random((n, m)) * 4 * 3600).astype(np.int64)
    ordered_at = at + 3600 + (random.random((n, m)) ** 2 * 6.5 * DAY).astype(np.int64)
    active = (at < people.churn[:, None]) & (ordered_at < np.minimum(people.churn, END)[:, None])
    ordered = (random.random((n, m)) < outcome) & active
    eager = 0.12 + 0.38 * (people.uplift == 0) + 0.2 * (people.uplift == 1)
    eager = np.where(active, eager[:, None], 0.05)
    opened = delivered & ((random.random((n, m)) < eager) | (ordered & (random.random((n, m)) < 0.9)))
    clicked = opened & ((random.random((n, m)) < 0.3) | (ordered & (random.random((n, m)) < 0.85)))
    annoyed = np.where(people.uplift == 3, 0.06, 0.008)[:, None] * delivered
    left = drawn & delivered & ~ordered & (random.random((n, m)) < annoyed)
    drawn &= np.cumsum(left, axis=1) - left == 0
    person, campaign = np.nonzero(drawn)
    chosen = (person, campaign)
    return Assignments(
        person=person, campaign=campaign, treated=treated[chosen], at=at[chosen], delivered=delivered[chosen],
        opened=opened[chosen], clicked=clicked[chosen], unsubscribed=left[chosen], ordered=ordered[chosen],
        ordered_at=ordered_at[chosen],
    )  # fmt: skip


def touches_table(block: Block, people: People, assigned: Assignments) -> pa.Table:
    """One row per action of a touch, as the campaign system keeps it."""
    random = block.random("touches")
    n = len(assigned.person)
    opened_at = assigned.at + 60 + (random.random(n) ** 3 * 0.9 * 3600).astype(np.int64)
    delays = {
        SENT: (assigned.treated, assigned.at),
        DELIVERED: (assigned.delivered, assigned.at + 3),
        OPENED: (assigned.opened, opened_at),
        CLICKED: (assigned.clicked, opened_at + 20),
        CONVERTED: (assigned.converted, assigned.ordered_at),
        UNSUBSCRIBED: (assigned.unsubscribed, opened_at + 45),
    }
    rows = np.concatenate([np.flatnonzero(happened) for happened, _ in delays.values()])
    action = np.concatenate([np.full(int(happened.sum()), key) for key, (happened, _) in delays.items()])
    at = np.concatenate([moments[happened] for happened, moments in delays.values()])
    order = np.lexsort((action, rows, at))
    rows, action, at = rows[order], action[order], at[order]
    person, campaign = assigned.person[rows], assigned.campaign[rows]
    numbers = block.first * 100 + np.arange(len(rows))
    return pa.table(
        {
            "touch_id": pa.array(numbers),
            "campaign": pick([c.code for c in CAMPAIGNS], campaign),
            "channel": pick(CHANNELS, _CHANNEL[campaign]),
            "recipient": recipients(people, person, _CHANNEL[campaign]),
            "action": pick(ACTIONS, action),
            "offer": pick([c.offer for c in CAMPAIGNS], campaign),
            "variant": pick(["A", "B"], (person + campaign) % 2),
            "touched_at": moment_text(at),
        }
    )


def holdouts_table(people: People, assigned: Assignments) -> pa.Table:
    """The control groups, as the campaign system keeps them: people drawn for a campaign and then left alone."""
    held = np.flatnonzero(~assigned.treated)
    person, campaign = assigned.person[held], assigned.campaign[held]
    return pa.table(
        {
            "campaign": pick([c.code for c in CAMPAIGNS], campaign),
            "channel": pick(CHANNELS, _CHANNEL[campaign]),
            "recipient": recipients(people, person, _CHANNEL[campaign]),
            "held_out_at": moment_text(assigned.at[held]),
        }
    )


def recipients(people: People, person: Array, channel: Array) -> pa.Array:
    """Where a touch goes: the phone, device, openid or email that its channel needs."""
    rows = pa.array(person)
    return where(
        channel == 0,
        people.given_phone.take(rows),
        where(
            channel == 1,
            people.device_id().take(rows),
            where(channel == 2, people.openid.take(rows), people.email.take(rows)),
        ),
    )


def campaigns_table() -> pa.Table:
    """The campaigns."""
    return pa.table(
        {
            "campaign": [c.code for c in CAMPAIGNS],
            "title": [c.name for c in CAMPAIGNS],
            "channel": [c.channel for c in CAMPAIGNS],
            "offer": [c.offer for c in CAMPAIGNS],
            "starts_on": [c.day.isoformat() for c in CAMPAIGNS],
        }
    )


def spend_table(sent: Array, clicked: Array, seed: int) -> pa.Table:
    """What each campaign cost on each of its seven days: its touches on the first, advertising on all of them."""
    random = np.random.default_rng([seed, 20_260_701])
    campaign = np.repeat(np.arange(len(CAMPAIGNS)), 7)
    day = np.tile(np.arange(7), len(CAMPAIGNS))
    reach = sent[campaign] + 50
    advertising = reach * (0.4 + 0.8 * random.random(len(campaign))) / (day + 1)
    amount = advertising + np.where(day == 0, sent[campaign] * np.array([c.cost for c in CAMPAIGNS])[campaign], 0)
    return pa.table(
        {
            "spent_on": pa.array((_AT[campaign] // DAY + day).astype("datetime64[D]")).cast(pa.string()),
            "campaign": pick([c.code for c in CAMPAIGNS], campaign),
            "channel": pick(CHANNELS, _CHANNEL[campaign]),
            "amount": pa.array(np.round(amount, 2)),
            "impressions": pa.array((reach * (4 + 4 * random.random(len(campaign))) / (day + 1)).astype(np.int64)),
            "clicks": pa.array((clicked[campaign] / (day + 1) / 2.6).astype(np.int64)),
        }
    )


def response_truth(people: People, assigned: Assignments) -> pa.Table:
    """The truth about promotion: who was drawn, who was treated, whether an order followed."""
    return pa.table(
        {
            "person_id": people.person_id.take(pa.array(assigned.person)),
            "campaign": labelled([c.code for c in CAMPAIGNS], assigned.campaign),
            "treated": assigned.treated,
            "ordered": assigned.ordered,
            "uplift_class": labelled(UPLIFT, people.uplift[assigned.person]),
            "assigned_at": utc(assigned.at),
        }
    )
