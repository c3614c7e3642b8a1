"""Personas and comparisons of a build, ready for JSON and for print."""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.personas.compare import compare as compare_segments
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


def compare(engine: Engine, project: LoadedProject, moment: Moment, a: str, b: str) -> dict[str, Any]:
    """Two segments side by side, differences ranked by size.

    Raises:
        NotFoundError: there is no such segment.
    """
    spec = project.spec
    found = compare_segments(engine, a, b, moment=moment, threshold=spec.minimum_group, currency=spec.currency)
    return _plain(found)


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


def _plain(value: Any) -> Any:
    """Dataclasses and texts as mappings, tuples as lists."""
    match value:
        case Text():
            return value.as_dict()
        case tuple() | list():
            return [_plain(part) for part in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {key: _plain(getattr(value, key)) for key in value.__dataclass_fields__}
        case _:
            return value
