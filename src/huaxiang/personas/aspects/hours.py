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

HOURS = 24
CELLS = 7 * HOURS

WIDTHS = (1, 3)
"""Hours in a cell: single ones where the members are enough, else blocks."""

MOST_HIDDEN = 0.25
"""More cells than this share hidden make a map of blocks."""


@dataclass(frozen=True)
class HourRow(AspectRow):
    """One cell of the week of one persona: its `share` of the members' facts, that of the base, and their TGI.

    `weekday` runs from 1, Monday. A cell begins at `hour` and is `width` hours long: 1, or 3 where single hours would
    have too few active members. `customers` are the members who were active in it.
    """

    table: ClassVar[str] = "portrait_hours"

    persona: str
    source: str
    weekday: int
    hour: int
    width: int
    customers: int | None
    share: float | None
    base_share: float | None
    tgi: float | None
    hidden: bool


@dataclass(frozen=True)
class Activity:
    """The facts of a table by cell of the week, for each of some crowds."""

    source: str
    width: int
    cells: tuple[int, ...]
    deeds: Sequence[Deeds]


def read_activity(
    engine: Engine, population: Population, crowds: Sequence[Crowd], moment: Moment
) -> tuple[Activity, ...]:
    """When the crowds were active in the last 365 days, by each of `WIDTHS`. Empty without facts that have hours."""
    for source in SOURCES:
        facts = facts_of(engine, source, moment)
        if facts is None:
            continue
        found = []
        for width in WIDTHS:
            hour = facts.occurred_at.day_of_week.index() * HOURS + facts.occurred_at.hour()
            cell = (hour // width).cast("int64")
            keys, deeds = count_deeds(engine, facts, cell, population, crowds, step=f"personas: hours of {source}")
            found.append(Activity(source, width, tuple(keys), deeds))
        # Days without a time of day all lie at midnight.
        if any(cell % HOURS for cell in found[0].cells):
            return tuple(found)
    return ()


def hour_rows(persona: str, activities: Sequence[Activity], inside: int, base: int, threshold: int) -> list[HourRow]:
    """All cells of the week, by the hour or in blocks. `inside` and `base` are places of crowds; none without facts."""
    rows: list[HourRow] = []
    for activity in activities:
        rows = _rows(persona, activity, activity.deeds[inside], activity.deeds[base], threshold)
        if sum(row.hidden for row in rows) <= MOST_HIDDEN * len(rows):
            break
    return rows


def _rows(persona: str, activity: Activity, inside: Deeds, base: Deeds, threshold: int) -> list[HourRow]:
    mine, theirs = int(inside.facts.sum()), int(base.facts.sum())
    if mine == 0:
        return []
    width, places = activity.width, {cell: i for i, cell in enumerate(activity.cells)}
    groups = [
        tuple(int(deeds.customers[places[cell]]) if cell in places else 0 for deeds in (inside, base))
        for cell in range(CELLS // width)
    ]
    hidden = hidden_rows(groups, threshold, parts=True)
    rows = []
    for cell, (customers, _) in enumerate(groups):
        place = (persona, activity.source, cell * width // HOURS + 1, cell * width % HOURS, width)
        if cell in hidden:
            rows.append(HourRow(*place, None, None, None, None, hidden=True))
            continue
        at = places.get(cell)
        share = int(inside.facts[at]) / mine if at is not None else 0.0
        base_share = int(base.facts[at]) / theirs if at is not None and theirs else 0.0
        tgi = rounded(share / base_share * 100) if base_share else None
        rows.append(HourRow(*place, customers, rounded(share), rounded(base_share), tgi, hidden=False))
    return rows
