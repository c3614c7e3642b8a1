"""The report of a build."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.text import Language, Text
from huaxiang.personas.comparison.model import Comparison
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import make_plan
from huaxiang.project.spec import ProjectSpec
from huaxiang.service.audits import identifier_labels
from huaxiang.service.backtests import kept_backtests, reliability
from huaxiang.service.figures.areas import read_areas
from huaxiang.service.figures.model import PersonaFigures, Reliability
from huaxiang.service.portraits import stored_persona
from huaxiang.service.rewrites import kept
from huaxiang.service.studies.model import Study


def write(
    engine: Engine, project: LoadedProject, summary: dict[str, Any], home: Path, path: Path, language: Language
) -> Path:
    """Gather the figures of a build and write them as one HTML file; `home` is the folder that keeps backtests
    and rewritten texts.

    Raises:
        StoreError: the place can't be written to.
        SourceError: the project's map can't be read.
    """
    from huaxiang.report.write import write as write_report
    from huaxiang.service.figures import gather

    spec = project.spec
    figures = gather(
        engine,
        build=summary,
        title=spec.label or Text(spec.name, spec.name),
        name=spec.name,
        currency=spec.currency,
        threshold=spec.minimum_group,
        source_labels={name: source.label for name, source in project.sources.items() if source.label},
        table_labels={name: table.label for name, table in project.tables.items()},
        identifier_labels=identifier_labels(project),
        measured=_measured(project, summary, home),
    )
    areas = None if spec.map is None else read_areas(project.folder / spec.map)
    personas = tuple(_with_rewrite(engine, home, persona) for persona in figures.personas)
    return write_report(replace(figures, areas=areas, personas=personas), path, language)


def _with_rewrite(engine: Engine, home: Path, persona: PersonaFigures) -> PersonaFigures:
    """A persona with the text that a language model gave it, where that was told today's figures."""
    stored = None if persona.hidden else stored_persona(engine, persona.name)
    found = None if stored is None else kept(home, stored)
    return persona if found is None else replace(persona, rewritten=found.text, rewritten_by=found.model)


def _measured(project: LoadedProject, summary: dict[str, Any], home: Path) -> dict[str, Reliability]:
    """What backtests found, by tag; results that rest on few cases are not shown."""
    moment = Moment.parse(summary["moment"], project.spec.time_zone)
    kept = kept_backtests(home, make_plan(project, moment).tags)
    names = [field.name for field in fields(Reliability)]
    short = {tag: reliability(row) for tag, row in kept.items() if not row["warnings"]}
    return {tag: Reliability(**{name: row[name] for name in names if name in row}) for tag, row in short.items()}


def write_comparison(
    found: Comparison, spec: ProjectSpec, snapshot: str, path: Path, language: Language | None
) -> Path:
    """Write a comparison of groups as one HTML file; it opens in `language` (default: the project's first).

    Raises:
        StoreError: the place can't be written to.
    """
    from huaxiang.report.comparison import write as write_page

    title = spec.label or Text(spec.name, spec.name)
    opens_in = language or spec.languages[0]
    return write_page(found, path, opens_in, title=title, currency=spec.currency, snapshot=snapshot)


def write_study(study: Study, path: Path, language: Language) -> Path:
    """Write a study as .html, .pdf, .pptx or .xlsx.

    Raises:
        UsageError: another suffix.
        StoreError: the place can't be written to, or a font is missing.
    """
    from huaxiang.report.study import write as write_document

    return write_document(study, path, language)
