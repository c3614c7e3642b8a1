"""How far personas can be trusted: their grades, and what every validation found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.personas.validation.grade import NO_GRADE
from huaxiang.personas.validation.past import Former
from huaxiang.personas.validation.run import validate
from huaxiang.personas.validation.tables import COLUMNS
from huaxiang.project.evidence import read_evidence
from huaxiang.project.lists import Lists
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.shelves import shelf_there
from huaxiang.store.snapshots import Snapshot

Row = dict[str, Any]

GRADE = ("grade", "reason_en", "reason_zh", "since", "reviewed", "age_days", "next_review", "drift", "kept", "flags")
"""What every persona carries of its validation, wherever it is shown."""

_GRADES, _OUTCOMES, _FIGURES = COLUMNS


def with_grades(engine: Engine, personas: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows of personas (`name`) with their grade; – where there is none, as in snapshots older than grades."""
    known = {row["persona"]: row for row in _stored(engine, _GRADES)}
    return [{**persona, **_shown(known.get(persona["name"], {}))} for persona in personas]


def stored(engine: Engine, persona: str | None = None) -> dict[str, list[Row]]:
    """What the build found: `personas` with their grades, `validations` with what each says, and `figures`.

    Raises:
        NotFoundError: there is no persona of this name.
    """
    return _told({table: _stored(engine, table) for table in COLUMNS}, persona)


def found_now(
    engine: Engine, project: LoadedProject, moment: Moment, former: Snapshot | None, persona: str | None = None
) -> dict[str, list[Row]]:
    """The same, of definitions and files as they are now, about the personas of the snapshot. Writes nothing.

    Raises:
        NotFoundError: there is no persona of this name.
        SourceError: a file can't be read.
    """
    built = {row["name"] for row in engine.rows(engine.table("persona_catalog").select("name"), step="personas")}
    lists = Lists(
        engine,
        project.folder.absolute(),
        project.folder,
        project.identifiers,
    )
    before = None
    if former is not None:
        tables = engine.attach(former.file, "former")
        before = Former(Moment(former.as_of, moment.zone), tables, shelf_there(former))
    found = validate(
        engine,
        [spec for name, spec in project.personas.items() if name in built],
        list(project.validations.values()),
        read_evidence(engine, project.validations, lists),
        moment=moment,
        threshold=project.spec.minimum_group,
        former=before,
    )
    return _told(found.rows, persona)


def _told(rows: Mapping[str, list[Row]], persona: str | None) -> dict[str, list[Row]]:
    names = [row["persona"] for row in rows[_GRADES]]
    if persona is not None and persona not in names:
        guess = near_miss(persona, names)
        hint = f" Did you mean '{guess}'?" if guess else f" Personas: {', '.join(names) or 'none'}."
        raise NotFoundError(f"There is no persona '{persona}' in this build.{hint}")
    wanted = {None, persona}

    def chosen(table: str) -> list[Row]:
        return [row for row in rows[table] if persona is None or row["persona"] in wanted]

    grades = [{"name": row["persona"], **_shown(row), "kinds": json.loads(row["kinds"])} for row in chosen(_GRADES)]
    return {"personas": grades, "validations": chosen(_OUTCOMES), "figures": chosen(_FIGURES)}


def _shown(row: Mapping[str, Any]) -> Row:
    shown = {name: row.get(name) for name in GRADE}
    return shown | {"grade": row.get("grade", NO_GRADE), "flags": json.loads(row.get("flags") or "[]")}


def _stored(engine: Engine, table: str) -> list[Row]:
    return engine.rows(engine.table(table), step=table) if engine.has(table) else []
