"""When the members are active: facts by day of the week and hour, in civil time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from huaxiang.core.text import Text
from huaxiang.personas.aspects.deeds import Deeds, Facts
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.measure import rounded
from huaxiang.personas.portrait import Counted, ShareRow, hidden_rows, share_rows

if TYPE_CHECKING:
    import ibis


SOURCES = ("events", "orders")
"""The facts that say when somebody is active; the first that the build has with hours in it."""

HOURS = 24
CELLS = 7 * HOURS

WIDTHS = (1, 3)
"""Hours in a cell: single ones where the members are enough, else blocks."""

MOST_HIDDEN = 0.25
"""More cells than this share hidden make a map of blocks."""


ACTIVE_TIME = "active_time"
"""The facet of preferences that tells the part of the day, or of the week, in which members are active."""


@dataclass(frozen=True)
class Part:
    """A part of the day or of the week, with the `cells` (single hours of the week) that it is made of."""

    name: str
    label: Text
    cells: frozenset[int]


def _daily(name: str, begin: int, end: int, english: str, chinese: str) -> Part:
    cells = frozenset(day * HOURS + hour for day in range(7) for hour in range(begin, end))
    label = Text(f"{english} ({begin}:00–{end}:00)", f"{chinese}（{begin} 点至 {end} 点）")
    return Part(name, label, cells)


PARTS = (
    _daily("night", 0, 6, "at night", "凌晨"),
    _daily("early_morning", 6, 9, "early in the morning", "清晨"),
    _daily("morning", 9, 12, "in the morning", "上午"),
    _daily("noon", 12, 14, "around noon", "午间"),
    _daily("afternoon", 14, 18, "in the afternoon", "下午"),
    _daily("evening", 18, 22, "in the evening", "晚间"),
    _daily("late_evening", 22, 24, "late in the evening", "深夜"),
    Part("weekend", Text("at the weekend", "周末"), frozenset(range(5 * HOURS, CELLS))),
)


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
    """The facts of a table by cell of the week, for each of some crowds.

    `wider` counts the same by wider cells, which not everybody asks for; None where there are none.
    """

    source: str
    width: int
    cells: tuple[int, ...]
    deeds: Sequence[Deeds]
    wider: Callable[[], Activity] | None = None


def read_activity(facts: Facts, crowds: Sequence[Crowd]) -> Activity | None:
    """When the crowds were active in the last 365 days, by single hours. None without facts that have hours."""
    for source in SOURCES:
        if facts.of(source) is None:
            continue
        found = _counted(facts, source, crowds, WIDTHS)
        # Days without a time of day all lie at midnight.
        if any(cell % HOURS for cell in found.cells):
            return found
    return None


def _counted(facts: Facts, source: str, crowds: Sequence[Crowd], widths: Sequence[int]) -> Activity:
    """The facts by cells of the first of `widths`, and by the next one when asked."""
    width, *wider = widths
    parts = [part.cells for part in PARTS] if width == 1 else []
    step = f"personas: hours of {source} by {width}"
    keys, deeds = facts.count(source, partial(_cell, width=width), crowds, step=step, parts=parts)
    more = cache(lambda: _counted(facts, source, crowds, wider)) if wider else None
    return Activity(source, width, tuple(keys), deeds, more)


def _cell(facts: ibis.Table, width: int) -> Any:
    """The cell of the week, so many hours wide, that a fact falls into."""
    hour = facts.occurred_at.day_of_week.index() * HOURS + facts.occurred_at.hour()
    return (hour // width).cast("int64")


def hour_rows(persona: str, activity: Activity, inside: int, base: int, threshold: int) -> list[HourRow]:
    """All cells of the week, by the hour or in blocks. `inside` and `base` are places of crowds; none without facts."""
    rows = _rows(persona, activity, activity.deeds[inside], activity.deeds[base], threshold)
    if activity.wider is None or sum(row.hidden for row in rows) <= MOST_HIDDEN * len(rows):
        return rows
    return hour_rows(persona, activity.wider(), inside, base, threshold)


def part_rows(
    activity: Activity, inside: Deeds, base: Deeds, both: Deeds, threshold: int
) -> list[tuple[ShareRow, float | None, float | None]]:
    """Who is active in each of `PARTS`, among those who are active at all, with the parts of the facts.

    `activity` is by single hours, which is what the counts are made of.
    """
    groups = [
        Counted(inside.parts, inside.doers),
        Counted(base.parts, base.doers),
        Counted([one - other for one, other in zip(base.parts, both.parts, strict=True)], base.doers - both.doers),
    ]
    values = [(part.name, part.label) for part in PARTS]
    rows = share_rows(ACTIVE_TIME, values, groups, threshold, parts=False)
    volumes = {part.name: (_volume(activity, inside, part), _volume(activity, base, part)) for part in PARTS}
    return [(row, *((None, None) if row.hidden else volumes[row.value])) for row in rows]


def _volume(activity: Activity, deeds: Deeds, part: Part) -> float | None:
    """The share of a crowd's facts that lie in a part."""
    total = int(deeds.facts.sum())
    within = sum(int(count) for cell, count in zip(activity.cells, deeds.facts, strict=True) if cell in part.cells)
    return rounded(within / total) if total else None


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
