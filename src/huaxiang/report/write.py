"""Write the report to a file, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from huaxiang.core.errors import StoreError
from huaxiang.core.text import Language
from huaxiang.report.page import render
from huaxiang.service.figures import Figures


def write(figures: Figures, path: Path, default_language: Language = "zh") -> Path:
    """Write the report of `figures` to `path` and return it. Folders are made; a former file is replaced at once.

    The file opens in `default_language`; a reader can switch, and the choice is remembered by the browser.

    Raises:
        StoreError: the place can't be written to, or the package that ships ECharts is missing.
    """
    html = render(figures, default_language)
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            part = Path(file.name)
            file.write(html)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise StoreError(f"the report can't be written to {path}: {error.strerror or error}") from error
    return path
