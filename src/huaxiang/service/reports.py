"""The report of a build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Language, Text
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.audits import identifier_labels


def write(engine: Engine, project: LoadedProject, summary: dict[str, Any], path: Path, language: Language) -> Path:
    """Gather the figures of a build and write them as one HTML file.

    Raises:
        StoreError: the place can't be written to.
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
    )
    return write_report(figures, path, language)
