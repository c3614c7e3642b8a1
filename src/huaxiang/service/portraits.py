"""Personas of a build, ready for JSON and for print."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.personas.aspects.run import OF_PERSONAS, aspects, woven
from huaxiang.personas.run import Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.tables import COLUMNS, portrait_rows
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.shelves import shelf_there
from huaxiang.service.validations import with_grades
from huaxiang.store.snapshots import Snapshot

_Rows = list[dict[str, Any]]

ASPECTS = {
    "portrait_scores": "scores",
    "portrait_dimensions": "dimensions",
    "portrait_preferences": "preferences",
    "portrait_hours": "hours",
    "portrait_siblings": "sibling",
    "portrait_borders": "borders",
    "persona_history": "history",
    "persona_warnings": "warnings",
}
"""What the rows of each table of aspects are called in a persona."""

_ORDER = {
    "dimensions": ("rank",),
    "preferences": ("facet", "position"),
    "hours": ("weekday", "hour"),
    "sibling": ("position",),
    "borders": ("position",),
    "history": ("built_at",),
}


def portrayer(
    engine: Engine, project: LoadedProject, snapshot: Snapshot, moment: Moment, former: Portrayer | None
) -> Portrayer:
    """What portrays the segments of a build that stays open: from its shelf, or from its tables where there is none.

    The `former` one stays, unless there is a shelf by now and it has none.
    """
    if former is not None and former.shelved:
        return former
    shelf = shelf_there(snapshot)
    if former is not None and shelf is None:
        return former
    spec = project.spec
    made = partial(Portrayer, engine, moment=moment, threshold=spec.minimum_group, currency=spec.currency)
    try:
        return made(shelf=shelf)
    except OSError:
        # Somebody took it away in this moment: what it tells stands in the tables, too.
        return former or made()


def persona(portrayer: Portrayer, project: LoadedProject, name: str) -> dict[str, Any]:
    """A stored persona, or the portrait of a segment that has none: it has no siblings and no history.

    Raises:
        NotFoundError: there is neither.
    """
    found = _stored(portrayer.engine, name) or _portrayed(portrayer, project, name)
    return _shown(portrayer.engine, found)


def stored_persona(engine: Engine, name: str) -> dict[str, Any] | None:
    """A stored persona; None where there is none of this name."""
    found = _stored(engine, name)
    return None if found is None else _shown(engine, found)


def warnings(engine: Engine) -> dict[str, _Rows]:
    """All warnings of a build: about `personas` and about `segments`. None in snapshots older than they are."""
    tables = {"personas": "persona_warnings", "segments": "segment_warnings"}
    return {
        key: engine.rows(engine.table(table), step="warnings") if engine.has(table) else []
        for key, table in tables.items()
    }


def _shown(engine: Engine, stored: dict[str, _Rows]) -> dict[str, Any]:
    (head,) = with_grades(engine, stored["persona_catalog"])
    return {
        **head,
        "typical": json.loads(head["typical"]),
        "tags": sorted(stored["portrait_tags"], key=lambda row: (row["rank"] is None, row["rank"])),
        "values": stored["portraits"],
        "numbers": stored["portrait_numbers"],
        **{key: _ordered(key, stored.get(table, [])) for table, key in ASPECTS.items()},
    }


def _ordered(key: str, rows: _Rows) -> _Rows:
    return sorted(rows, key=lambda row: tuple(row[name] for name in _ORDER.get(key, ())))


def _portrayed(portrayer: Portrayer, project: LoadedProject, segment: str) -> dict[str, _Rows]:
    portrait = portrayer.portray(segment)
    asked = PersonaSpec(name=segment, segment=segment)
    found = aspects(portrayer, [asked], [portrait], limits=project.spec.limits)
    (portrait,) = woven(portrayer, [asked], [portrait], found)
    portrayer.population.release()
    rows = {kind.table: [row.plain() for row in found[kind]] for kind in OF_PERSONAS}
    return portrait_rows(portrait) | rows


def _stored(engine: Engine, name: str) -> dict[str, _Rows] | None:
    catalog = engine.table("persona_catalog")
    head = engine.rows(catalog.filter(catalog.name == name), step="persona")
    if not head:
        return None
    rows = {"persona_catalog": head}
    for table in (*COLUMNS, *ASPECTS):
        if table != "persona_catalog" and engine.has(table):
            content = engine.table(table)
            rows[table] = engine.rows(content.filter(content.persona == name), step="persona")
    return rows
