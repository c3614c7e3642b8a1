"""The latent personas of the simulated shop. Everything people do follows from their row here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from huaxiang.core.text import Text
from huaxiang.simulate.columns import Array, cumulative

CATEGORIES = (
    "手机数码", "服饰鞋包", "美妆护肤", "母婴", "食品生鲜", "家居日用", "运动户外", "图书文娱", "家用电器", "健康保健",
)  # fmt: skip
BABY = CATEGORIES.index("母婴")
CHANNELS = ("store", "app", "mini", "web")
STORE, APP, MINI, WEB = range(4)
UPLIFT = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")


@dataclass(frozen=True)
class Persona:
    """One kind of customer.

    `ages` are lowest, most frequent and highest; `tiers` weigh first-tier, new first-tier, second-tier, third-tier and
    smaller cities; `orders` and `visits` are per year; `qualities` weigh budget, middle and premium brands; `hours` are
    (hour, spread, weight) of the peaks of a day; `channels` weigh store, app, mini-program and web; `categories` weigh
    `CATEGORIES`; `uplift` weighs `UPLIFT`.
    """

    name: str
    label: Text
    share: float
    female: float
    ages: tuple[int, int, int]
    tiers: tuple[int, int, int, int, int]
    orders: float
    visits: float
    basket: float
    sensitivity: float
    qualities: tuple[int, int, int]
    hours: tuple[tuple[float, float, float], ...]
    channels: tuple[int, int, int, int]
    categories: tuple[int, ...]
    churn: float
    ios: float
    night: float
    loyal: float
    uplift: tuple[int, int, int, int]
    occupations: tuple[str, ...]
    income: int
    """The most frequent of the five income bands, from 0."""


PERSONAS = (
    Persona(
        "new_parent", Text("New parents", "新手爸妈"), 0.12, 0.72, (23, 30, 40), (20, 25, 25, 20, 10),
        3.6, 4.0, 2.2, 0.45, (25, 50, 25), ((5.5, 1.0, 1), (13, 1.2, 2), (22.5, 1.3, 3)), (15, 40, 40, 5),
        (3, 8, 8, 45, 14, 12, 2, 4, 3, 4), 0.14, 0.45, 0.10, 0.35, (30, 35, 30, 5),
        ("公司职员", "教师", "护士", "全职妈妈", "公务员"), 2,
    ),
    Persona(
        "trend_follower", Text("Young trend followers", "潮流青年"), 0.14, 0.68, (19, 25, 32), (30, 30, 20, 15, 5),
        2.8, 4.4, 1.6, 0.40, (20, 50, 30), ((12.5, 1.2, 1), (18, 1.5, 1), (22, 1.8, 3)), (10, 55, 30, 5),
        (10, 38, 34, 1, 5, 4, 3, 3, 1, 1), 0.24, 0.60, 0.35, 0.20, (40, 25, 30, 5),
        ("设计师", "主播", "运营专员", "自由职业", "销售"), 1,
    ),
    Persona(
        "bargain_hunter", Text("Bargain hunters", "精打细算族"), 0.18, 0.62, (25, 42, 60), (5, 10, 20, 30, 35),
        2.6, 4.2, 2.0, 0.88, (78, 20, 2), ((10, 1.2, 2), (20, 1.5, 3)), (20, 35, 40, 5),
        (4, 14, 6, 2, 32, 32, 2, 1, 5, 2), 0.25, 0.15, 0.05, 0.08, (55, 15, 25, 5),
        ("工人", "个体户", "司机", "家庭主妇", "店员"), 0,
    ),
    Persona(
        "premium_professional", Text("Premium professionals", "品质精英"), 0.11, 0.45, (28, 37, 52), (50, 30, 15, 4, 1),
        3.4, 2.6, 1.7, 0.10, (4, 26, 70), ((12.3, 0.8, 2), (21.5, 1.2, 3)), (25, 45, 10, 20),
        (30, 15, 14, 2, 8, 8, 6, 5, 8, 4), 0.10, 0.82, 0.12, 0.55, (10, 55, 25, 10),
        ("企业高管", "律师", "医生", "工程师", "金融从业者"), 4,
    ),
    Persona(
        "silver", Text("Silver-haired", "银发族"), 0.12, 0.55, (58, 65, 82), (15, 15, 20, 25, 25),
        2.0, 1.6, 1.7, 0.55, (40, 50, 10), ((7.5, 1.2, 3), (10, 1.2, 2), (15.5, 1.3, 1)), (68, 4, 26, 2),
        (3, 6, 1, 1, 28, 14, 2, 2, 8, 35), 0.13, 0.12, 0.0, 0.50, (20, 30, 40, 10),
        ("退休", "退休", "退休", "个体户"), 1,
    ),
    Persona(
        "student", Text("Students", "学生党"), 0.12, 0.52, (18, 20, 24), (25, 35, 25, 12, 3),
        1.7, 4.0, 1.3, 0.70, (55, 40, 5), ((12, 1.0, 1), (17.5, 1.2, 1), (23, 1.5, 4)), (4, 58, 30, 8),
        (26, 16, 12, 0, 16, 2, 5, 22, 1, 0), 0.24, 0.42, 0.50, 0.12, (45, 15, 35, 5),
        ("学生",), 0,
    ),
    Persona(
        "sports_enthusiast", Text("Sports enthusiasts", "运动达人"), 0.10, 0.34, (20, 31, 48), (25, 30, 25, 15, 5),
        2.6, 2.8, 1.5, 0.30, (15, 55, 30), ((6.3, 0.8, 3), (12, 1.0, 1), (19.5, 1.3, 2)), (25, 50, 10, 15),
        (9, 12, 2, 1, 8, 3, 50, 4, 1, 10), 0.18, 0.52, 0.03, 0.40, (25, 40, 30, 5),
        ("健身教练", "工程师", "公司职员", "教师", "销售"), 2,
    ),
    Persona(
        "homemaker", Text("Home keepers", "居家生活家"), 0.11, 0.70, (33, 44, 58), (10, 20, 30, 25, 15),
        3.6, 2.4, 3.0, 0.50, (25, 60, 15), ((9.3, 1.1, 3), (14.5, 1.2, 2)), (35, 15, 45, 5),
        (2, 8, 4, 2, 38, 26, 1, 2, 14, 3), 0.10, 0.28, 0.02, 0.45, (25, 45, 25, 5),
        ("全职太太", "会计", "公司职员", "公务员", "个体户"), 2,
    ),
)  # fmt: skip
"""The rows. Shares add up to 1."""


def hours_of(peaks: tuple[tuple[float, float, float], ...]) -> Array:
    """The weight of each hour of a day that has these peaks; a little is left for every hour."""
    hours = np.arange(24) + 0.5
    distance = [np.minimum(np.abs(hours - at), 24 - np.abs(hours - at)) for at, _, _ in peaks]
    bells = [w / s * np.exp(-0.5 * (d / s) ** 2) for d, (_, s, w) in zip(distance, peaks, strict=True)]
    weight = np.sum(bells, axis=0)
    return weight / weight.sum() + 0.002


NIGHT_HOURS = len(PERSONAS)
STORE_HOURS = NIGHT_HOURS + 1
HOURS = cumulative(
    [
        *(hours_of(persona.hours) for persona in PERSONAS),
        hours_of(((23.5, 1.0, 2), (1.5, 1.2, 3))),
        hours_of(((11, 1.5, 2), (16, 2.0, 2), (19.5, 1.2, 2))) * ((np.arange(24) >= 9) & (np.arange(24) < 22)),
    ]
)
"""Cumulative shares of the hours: one row per persona, then the night owls', then the opening hours of stores."""

SHARES = cumulative([persona.share for persona in PERSONAS])
TIER_SHARES = cumulative([persona.tiers for persona in PERSONAS])
QUALITY_SHARES = cumulative([persona.qualities for persona in PERSONAS])
CHANNEL_SHARES = cumulative([persona.channels for persona in PERSONAS])
CATEGORY_SHARES = cumulative([persona.categories for persona in PERSONAS])
UPLIFT_SHARES = cumulative([persona.uplift for persona in PERSONAS])
INCOME_SHARES = cumulative([np.exp(-0.5 * (np.arange(5) - p.income) ** 2) for p in PERSONAS])


def column(name: str) -> Array:
    """One number of every persona, in order."""
    return np.array([getattr(persona, name) for persona in PERSONAS])
