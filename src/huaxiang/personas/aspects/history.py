"""How stable a persona was over the last builds: its size, who stayed in it, and how its top tags moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from huaxiang.core.engine import Engine
from huaxiang.core.stability import stability_index
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.measure import rounded
from huaxiang.personas.portrait import ShareRow, TagRow, too_small

if TYPE_CHECKING:
    import ibis

HISTORY = "persona_history"

BUILDS = 24
"""Builds that are remembered."""

TOP = 10
"""The most telling tags whose movement is told."""


@dataclass(frozen=True)
class Mark:
    """A build: its snapshot, the moment that it evaluated at, and when it ran."""

    build: str
    as_of: datetime
    built_at: datetime


@dataclass(frozen=True)
class HistoryRow(AspectRow):
    """One persona in one build, against the build before it.

    `jaccard`: those in both ÷ those in either. `psi`: the largest population stability index among the ten most telling
    tags, whose name is `psi_tag`, less what chance gives (`core.stability`); tags whose ranges were cut anew are not
    compared. None in the first build of a persona, and where it is too small to show.
    """

    table: ClassVar[str] = HISTORY

    persona: str
    build: str
    as_of: str
    built_at: str
    size: int
    jaccard: float | None
    psi: float | None
    psi_tag: str | None


@dataclass(frozen=True)
class Stable:
    """What is known of one persona now, to be compared with the former build."""

    persona: str
    segment: str
    size: int
    tags: Sequence[TagRow]
    shares: Sequence[ShareRow]


def history_rows(
    engine: Engine, now: Sequence[Stable], mark: Mark, former: Mapping[str, ibis.Table], threshold: int
) -> list[HistoryRow]:
    """The former rows of the personas that there are, and one more of each. `former`: the tables of the last build."""
    kept = _former_rows(engine, former, [one.persona for one in now])
    common = _common(engine, former, {one.segment for one in now})
    before = _former_counts(engine, former, [one.persona for one in now])
    for one in now:
        past = common.get(one.segment)
        jaccard = None
        if past is not None and not any(too_small(size, threshold) for size in (one.size, past[0])):
            either = one.size + past[0] - past[1]
            jaccard = rounded(past[1] / either, 3) if either else None
        psi, tag = _moved(one, before.get(one.persona, {}))
        stamps = mark.as_of.isoformat(), mark.built_at.isoformat()
        kept.append(HistoryRow(one.persona, mark.build, *stamps, one.size, jaccard, psi, tag))
    return kept


def _moved(one: Stable, before: Mapping[str, Mapping[str, int]]) -> tuple[float | None, str | None]:
    top = [row.tag for row in one.tags if row.rank is not None and row.is_fresh][:TOP]
    after: dict[str, dict[str, int]] = {}
    for row in one.shares:
        if row.tag in top and row.count is not None:
            after.setdefault(row.tag, {})[row.value] = row.count
    # Ranges are cut by the base: where it has moved their names differ, and the two can't be compared value by value.
    found = [
        (_index(before[tag], after[tag]), tag)
        for tag in top
        if tag in before and tag in after and _comparable(before[tag], after[tag])
    ]
    if not found:
        return None, None
    most, tag = max(found)
    return rounded(most, 6), tag


def _index(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    values = sorted({*before, *after})
    return stability_index([before.get(value, 0) for value in values], [after.get(value, 0) for value in values])


def _comparable(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether what is in one distribution only is little in it: at most a fifth of the people."""
    people = sum(before.values()), sum(after.values())
    gone = sum(count for value, count in before.items() if value not in after)
    new = sum(count for value, count in after.items() if value not in before)
    return all(people) and max(gone / people[0], new / people[1]) <= 0.2


def _former_rows(engine: Engine, former: Mapping[str, ibis.Table], personas: Iterable[str]) -> list[HistoryRow]:
    table, names = former.get(HISTORY), set(personas)
    if table is None:
        return []
    rows = engine.rows(table.order_by("built_at", "persona"), step="personas: former builds")
    wanted = [field.name for field in fields(HistoryRow)]
    builds = sorted({(row["built_at"], row["build"]) for row in rows})[-(BUILDS - 1) :]
    kept = {build for _, build in builds}
    return [
        HistoryRow(**{name: row[name] for name in wanted})
        for row in rows
        if row["build"] in kept and row["persona"] in names
    ]


def _common(engine: Engine, former: Mapping[str, ibis.Table], segments: Iterable[str]) -> dict[str, tuple[int, int]]:
    """How many each segment had in the former build, and how many of them it still has. Who merged counts as gone."""
    import ibis

    table, names = former.get("segments"), sorted(segments)
    if table is None or not names:
        return {}
    was = table.filter(table.segment.isin(names)).select("segment", "customer_id")
    now = engine.table("segments").select("segment", "customer_id").mutate(stays=ibis.literal(1))
    both = was.left_join(now, ["segment", "customer_id"])
    counted = both.group_by("segment").aggregate(size=both.count(), stays=both.stays.count())
    rows = engine.rows(counted, step="personas: former members")
    return {row["segment"]: (int(row["size"]), int(row["stays"])) for row in rows}


def _former_counts(
    engine: Engine, former: Mapping[str, ibis.Table], personas: Sequence[str]
) -> dict[str, dict[str, dict[str, int]]]:
    table = former.get("portraits")
    if table is None or not personas:
        return {}
    kept = table.filter(table.persona.isin(list(personas)), table["count"].notnull())
    found: dict[str, dict[str, dict[str, int]]] = {}
    rows: list[dict[str, Any]] = engine.rows(
        kept.select("persona", "tag", "value", "count"), step="personas: former portraits"
    )
    for row in rows:
        found.setdefault(row["persona"], {}).setdefault(row["tag"], {})[row["value"]] = int(row["count"])
    return found
