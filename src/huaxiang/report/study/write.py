"""Write a study in the format that the name of the file asks for, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huaxiang.core.errors import StoreError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.text import Language
from huaxiang.report.study.paper import write_paper
from huaxiang.report.study.sheet import write_sheet
from huaxiang.report.study.site import write_site
from huaxiang.report.study.slides import write_slides
from huaxiang.service.studies import Study

FORMATS: dict[str, Callable[[Study, Path, Language], None]] = {
    ".html": write_site,
    ".pdf": write_paper,
    ".pptx": write_slides,
    ".xlsx": write_sheet,
}
"""The suffix of a file → what writes it."""


def write(study: Study, path: Path, language: Language) -> Path:
    """Write `study` to `path` and return it. Folders are made; a former file is replaced at once.

    Raises:
        UsageError: the suffix is none of `FORMATS`.
        StoreError: the place can't be written to, or a font is missing.
    """
    if path.suffix not in FORMATS:
        raise UsageError(f"A study is written as {', '.join(FORMATS)}, not as '{path.suffix or path.name}'.")
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            FORMATS[path.suffix](study, partial, language)
    except OSError as error:
        raise StoreError(f"the study can't be written to {path}: {error.strerror or error}") from error
    return path
