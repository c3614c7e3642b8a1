"""When the members are active: facts by day of the week and hour, in civil time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from huaxiang.core.moments import Moment
from huaxiang.personas.aspects.deeds import Deeds, count_deeds, facts_of
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.crowds import Crowd, Population
from huaxiang.personas.measure import rounded
from huaxiang.personas.portrait import hidden_rows

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine

SOURCES = ("events", "orders")
"""The facts that say when somebody is active; the first that the build has with hours in it."""

CELLS = 7 * 24


@dataclass(frozen=True)
class HourRow(AspectRow):
    """One hour of the week of one persona: its `share` of the members' facts, that of the base, and their TGI.

    `weekday` runs from 1, Monday; `customers` are the members who were active in it.
    """

    table: ClassVar[str] = "portrait_hours"

    persona: str
    source: str
    weekday: int
    hour: int
    customers: int | None
    share: float | None
    base_share: float | None
    tgi: float | None
    hidden: bool


@dataclass(frozen=True)
class Activity:
    """The facts of a table by hour of the week, for each of some crowds."""

    source: str
    hours: tuple[int, ...]
    deeds: Sequence[Deeds]


def read_activity(engine: Engine, population: Population, crowds: Sequence[Crowd], moment: Moment) -> Activity | None:
    """When the crowds were active in the last 365 days; None where no facts have a time of day."""
    for source in SOURCES:
        facts = facts_of(engine, source, moment)
        if facts is None:
            continue
        hour = (facts.occurred_at.day_of_week.index() * 24 + facts.occurred_at.hour()).cast("int64")
        keys, deeds = count_deeds(engine, facts, hour, population, crowds, step=f"personas: hours of {source}")
        if any(key % 24 for key in keys):
            return Activity(source, tuple(keys), deeds)
    return None


def hour_rows(persona: str, activity: Activity, inside: Deeds, base: Deeds, threshold: int) -> list[HourRow]:
    """All 168 hours of the week. None where the members did nothing."""
    mine, theirs = int(inside.facts.sum()), int(base.facts.sum())
    if mine == 0:
        return []
    places = {hour: i for i, hour in enumerate(activity.hours)}
    groups = [
        tuple(int(deeds.customers[places[cell]]) if cell in places else 0 for deeds in (inside, base))
        for cell in range(CELLS)
    ]
    hidden = hidden_rows(groups, threshold, parts=True)
    rows = []
    for cell in range(CELLS):
        place = (persona, activity.source, cell // 24 + 1, cell % 24)
        if cell in hidden:
            rows.append(HourRow(*place, None, None, None, None, hidden=True))
            continue
        at = places.get(cell)
        share = int(inside.facts[at]) / mine if at is not None else 0.0
        base_share = int(base.facts[at]) / theirs if at is not None and theirs else 0.0
        tgi = rounded(share / base_share * 100) if base_share else None
        rows.append(HourRow(*place, groups[cell][0], rounded(share), rounded(base_share), tgi, hidden=False))
    return rows
