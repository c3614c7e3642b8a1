"""Write the report to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from huaxiang.core.errors import StoreError
from huaxiang.core.files import whole_file
from huaxiang.core.text import Language
from huaxiang.report.page import render
from huaxiang.service.figures import Figures


def write(figures: Figures, path: Path, default_language: Language = "zh") -> Path:
    """Write the report of `figures` to `path` and return it. Folders are made; a former file is replaced at once.

    The file opens in `default_language`; a reader can switch, and the choice is remembered by the browser.

    Raises:
        StoreError: the place can't be written to, or the package that ships ECharts is missing.
    """
    return write_page(render(figures, default_language), path)


def write_page(html: str, path: Path) -> Path:
    """Write a page to `path` and return it.

    Raises:
        StoreError: the place can't be written to.
    """
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            partial.write_text(html, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the report can't be written to {path}: {error.strerror or error}") from error
    return path
