"""What is said of a segment of core customers: why it stands where it stands, and what to do first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huaxiang.core.text import Text
from huaxiang.segments.core.spec import SCORES

NAMES = {
    "relevance": Text("relevance", "相关度"),
    "reachability": Text("reachability", "可触达度"),
    "profitability": Text("profitability", "盈利度"),
}

ADVICE = {
    (True, True, True): Text(
        "Go for them first.",
        "优先投入。",
    ),
    (True, False, True): Text(
        "Win a way to reach them first: consent, a working number, the app.",
        "先打通触达：征得同意、补全联系方式、引导入会。",
    ),
    (True, True, False): Text(
        "Offer it through cheap channels, without discounts.",
        "用低成本渠道触达，不用折扣。",
    ),
    (True, False, False): Text(
        "Let them come by themselves: no spending on reaching them.",
        "等其自然到来，不投入触达成本。",
    ),
    (False, True, True): Text(
        "Keep them for other offers: they pay, but this is not for them.",
        "留给更合适的产品：有价值，但与本次不匹配。",
    ),
    (False, False, True): Text(
        "Look after them in person; this offer is not the occasion.",
        "由专人维护，本次不作为切入点。",
    ),
    (False, True, False): Text(
        "Only as part of a mass mailing.",
        "仅随大规模群发触达。",
    ),
    (False, False, False): Text(
        "Leave them out.",
        "不纳入本次投放。",
    ),
}
"""Whether relevance, reachability and profitability reach those of everyone → what to do."""


def advice(row: Mapping[str, Any], base: Mapping[str, Any]) -> Text:
    """What to do about a segment whose mean scores are `row`, where everyone's are `base`."""
    relevance, reachability, profitability = (row[name] >= base[name] for name in SCORES)
    return ADVICE[relevance, reachability, profitability]


def why(row: Mapping[str, Any], base: Mapping[str, Any]) -> Text:
    """The scores beside those of everyone, the one that lifts it most first."""
    ordered = sorted(SCORES, key=lambda name: (base[name] - row[name], SCORES.index(name)))
    english = [f"{NAMES[name].en} {row[name]:.0f} (everyone {base[name]:.0f})" for name in ordered]
    chinese = [f"{NAMES[name].zh} {row[name]:.0f}（全体 {base[name]:.0f}）" for name in ordered]
    text = ", ".join(english)
    return Text(f"{text[:1].upper()}{text[1:]}.", f"{'，'.join(chinese)}。")
