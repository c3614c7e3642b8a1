"""Personas of a build, ready for JSON and for print."""

from __future__ import annotations

import json
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.personas.run import portray
from huaxiang.personas.tables import COLUMNS, portrait_rows
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.validations import with_grades


def persona(engine: Engine, project: LoadedProject, moment: Moment, name: str) -> dict[str, Any]:
    """A stored persona, or the portrait of a segment that has none.

    Raises:
        NotFoundError: there is neither.
    """
    stored = _stored(engine, name)
    if stored is None:
        portrait = portray(
            engine,
            name,
            moment=moment,
            threshold=project.spec.minimum_group,
            currency=project.spec.currency,
        )
        stored = portrait_rows(portrait)
    (head,) = with_grades(engine, stored["persona_catalog"])
    return {
        **head,
        "typical": json.loads(head["typical"]),
        "tags": sorted(stored["portrait_tags"], key=lambda row: (row["rank"] is None, row["rank"])),
        "values": stored["portraits"],
        "numbers": stored["portrait_numbers"],
    }


def _stored(engine: Engine, name: str) -> dict[str, list[dict[str, Any]]] | None:
    catalog = engine.table("persona_catalog")
    head = engine.rows(catalog.filter(catalog.name == name), step="persona")
    if not head:
        return None
    rows = {"persona_catalog": head}
    for table in COLUMNS:
        if table != "persona_catalog":
            content = engine.table(table)
            rows[table] = engine.rows(content.filter(content.persona == name), step="persona")
    return rows
