"""A study as one HTML file: no script, no request, light and dark."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from huaxiang.core.text import Language
from huaxiang.report.study.shown import shown
from huaxiang.service.studies import Study


def write_site(study: Study, path: Path, language: Language) -> None:
    """Write the page."""
    environment = Environment(
        loader=PackageLoader("huaxiang.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("study.html").render(shown(study, language))
    path.write_text(page, encoding="utf-8")
