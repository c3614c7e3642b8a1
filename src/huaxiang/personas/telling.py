"""Which figure of a tag tells the most, how large the difference is, and how sure. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.measure import rounded
from huaxiang.personas.portrait import Figures, NumberRow, ShareRow
from huaxiang.personas.scales import OTHER, Scale
from huaxiang.personas.statistics import cohens_h
from huaxiang.personas.tags import UNKNOWN

LAST_RESORT = frozenset({UNKNOWN, OTHER, "none"})
"""Values that are told where there is nothing else: they say what somebody is not."""

Sureness = Literal["sure", "likely", "weak"]

SURENESS: dict[Sureness, Text] = {
    "sure": Text("a clear difference", "差异显著"),
    "likely": Text("likely a difference, though its size is uncertain", "很可能有差异，但大小尚不确定"),
    "weak": Text("no more than chance may bring", "差异不显著"),
}
"""How sure a statement is, in the words of its sentence."""


@dataclass(frozen=True)
class Evidence:
    """What a tag's statement rests on: its effect size (Cohen's h or d), and how sure it is. None where untested."""

    effect: float | None
    sureness: Sureness | None


def evidence(figures: Figures, scales: Mapping[str, Scale]) -> dict[str, Evidence]:
    """The evidence of each tag of a portrait."""
    shares = by_tag(figures)
    numbers = {row.tag: row for row in figures.numbers}
    return {row.tag: _evidence(scales[row.tag], shares.get(row.tag, []), numbers.get(row.tag)) for row in figures.tags}


def sureness(row: ShareRow | NumberRow) -> Sureness | None:
    """How sure a difference is.

    `weak`: not significant once all tests of the portrait are corrected for. `sure`: significant, and even the end of
    its 95 % interval that lies nearest to nothing is at least half of it. `likely`: in between. None where untested.
    """
    if row.p_value is None or row.difference is None or row.low is None or row.high is None:
        return None
    if not row.significant:
        return "weak"
    return "sure" if is_clear(row.difference, row.low, row.high) else "likely"


def is_clear(difference: float | None, low: float | None, high: float | None) -> bool:
    """Whether even the end of a difference's interval that lies nearest to nothing is at least half of it."""
    if not difference or low is None or high is None:
        return False
    nearest = low if difference > 0 else -high
    return nearest >= abs(difference) / 2


def by_tag(figures: Figures) -> dict[str, list[ShareRow]]:
    """The rows of each tag."""
    found: dict[str, list[ShareRow]] = {}
    for row in figures.shares:
        found.setdefault(row.tag, []).append(row)
    return found


def strongest(scale: Scale, shares: list[ShareRow]) -> ShareRow | None:
    """The row that tells the most: the largest effect; without others, the most frequent one.

    What members have tells more than what they lack, unless that effect is twice as large.
    """
    shown = [row for row in shares if not row.hidden and row.share is not None]
    if is_yes_no(scale):
        shown = [row for row in shown if row.value == "true"] or shown
    shown = [row for row in shown if row.value not in LAST_RESORT] or shown
    if not shown:
        return None
    # Asked of every tag of every portrait: each effect is looked up once.
    found = [(effect(row), row) for row in shown]
    most = max(abs(size) for size, _ in found)
    found = [(size, row) for size, row in found if size >= most / 2 > 0] or found
    return max(found, key=lambda one: (round(abs(one[0]), 6), one[0], one[1].share or 0, -one[1].position))[1]


def effect(row: ShareRow) -> float:
    """Cohen's h of a share against the rest."""
    if row.share is None or row.rest_share is None:
        return 0.0
    return cohens_h(row.share, row.rest_share)


def is_averaged(scale: Scale) -> bool:
    """Whether a number is told by its mean. Counts are, even if they have few values; grades from 1 on are not."""
    return scale.tag.is_quantity and (scale.kind == "ranges" or "0" in scale.values)


def is_yes_no(scale: Scale) -> bool:
    """Whether a tag is told by its yes alone."""
    return scale.tag.type is Type.BOOLEAN


def _evidence(scale: Scale, shares: list[ShareRow], number: NumberRow | None) -> Evidence:
    if number is not None and is_averaged(scale) and number.mean is not None:
        return Evidence(number.effect, sureness(number))
    row = strongest(scale, shares)
    if row is None or row.difference is None:
        return Evidence(None, None)
    return Evidence(rounded(effect(row)), sureness(row))
