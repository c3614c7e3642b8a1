"""All personas of a project into the tables of a build."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.personas.aspects.history import HistoryRow
from huaxiang.personas.aspects.limits import WarningLimits
from huaxiang.personas.aspects.run import OF_PERSONAS, Former, aspects, woven, write_all
from huaxiang.personas.aspects.warnings import SegmentWarningRow
from huaxiang.personas.run import THRESHOLD, Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.tables import COLUMNS, write_tables

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

TABLES = (*COLUMNS, *(kind.table for kind in OF_PERSONAS), HistoryRow.table, SegmentWarningRow.table)
"""The names of all tables that are written."""


def write_personas(
    engine: Engine,
    specs: Mapping[str, PersonaSpec],
    *,
    moment: Moment,
    threshold: int = THRESHOLD,
    currency: str = "CNY",
    limits: WarningLimits | None = None,
    former: Former | None = None,
    shelf: Path | None = None,
) -> dict[str, str]:
    """Write the tables of personas (`tables.COLUMNS`), of their aspects, and of warnings about all segments.

    Reads `profiles`, `segments`, `tag_catalog`, `segment_catalog` and facts; `former` is what stability is told from.
    `shelf` is the folder of the build's shelf, which is as good as the profiles and faster.
    Returns the personas that were left out, with the reason.
    """
    portrayer = Portrayer(engine, moment=moment, threshold=threshold, currency=currency, shelf=shelf)
    named = {name: _named(name, spec) for name, spec in specs.items()}
    left_out = {name: reason for name, spec in named.items() if (reason := _missing(spec, portrayer.groups))}
    built = [spec for name, spec in named.items() if name not in left_out]
    portrayer.population.learn()
    portraits = portrayer.portraits(built)
    limits = limits or WarningLimits()
    rows = aspects(portrayer, built, portraits, limits=limits)
    write_tables(engine, woven(portrayer, built, portraits, rows))
    write_all(portrayer, rows, portraits, limits=limits, former=former)
    return left_out


def _named(name: str, spec: PersonaSpec) -> PersonaSpec:
    """A persona without `segment` portrays the segment of its own name."""
    return spec.model_copy(update={"name": name, "segment": spec.segment or name})


def _missing(spec: PersonaSpec, groups: Collection[str]) -> str | None:
    for role, name in (("segment", spec.segment), ("base", spec.base)):
        if name not in groups:
            return f"its {role} '{name}' is not built"
    return None
