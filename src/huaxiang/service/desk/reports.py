"""Documents: the report of the build, studies and comparisons, made once per build and kept until it goes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

from huaxiang.core.errors import UsageError
from huaxiang.core.text import LANGUAGES, Language
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, must_be
from huaxiang.service.desk.sides import compared

StudyFormat = Literal["html", "pdf", "pptx", "xlsx"]
ComparisonFormat = Literal["html", "csv"]

FOLDER = "documents"
"""Where documents are kept, below `.huaxiang/`: a folder per build."""

_making = threading.Lock()
"""Documents are made one after the other: each takes seconds of a whole core."""


@allowed("reports.read")
def report(desk: Desk, language: Language | None = None) -> Path:
    """The report of the build that serves, as one HTML file that opens in `language`; made where it is missing.

    Raises:
        NotFoundError: nothing was built yet.
        UsageError: there is no such language.
        StoreError: the place can't be written to.
    """
    opens_in = _language(desk, language)

    def make(path: Path) -> None:
        with desk.build() as build:
            build.report(path, opens_in)

    return _kept(desk, f"report-{opens_in}.html", make)


@allowed("reports.read")
def studies(desk: Desk) -> list[Row]:
    """The studies that the project defines: `name`, `label`, `description`, `segment`, `by`, `formats`."""
    return [
        {
            "name": name,
            "label": spec.label.as_dict(),
            "segment": spec.segment,
            "by": list(spec.by),
            "formats": list(get_args(StudyFormat)),
        }
        for name, spec in desk.workspace.project.loaded.studies.items()
    ]


@allowed("reports.read")
def study(desk: Desk, name: str, form: StudyFormat = "html", language: Language | None = None) -> Path:
    """A study as a document; made where it is missing.

    Raises:
        NotFoundError: there is no such study.
        UsageError: there is no such format or language.
        StoreError: the place can't be written to, or a font is missing.
    """
    from huaxiang.service.reports import write_study
    from huaxiang.service.studies import gather

    known = desk.workspace.project.loaded.studies
    must_be(name, known, "study")
    spec, suffix, opens_in = known[name], _form(form, get_args(StudyFormat)), _language(desk, language)

    def make(path: Path) -> None:
        with desk.build() as build:
            # The study as it is defined now: what the build was made with may be older.
            found = gather(build.engine, spec, build.project.spec, build.moment, build.snapshot.id, build.tags_at)
            write_study(found, path, opens_in)

    return _kept(desk, f"study-{name}-{_digest(repr(spec))}-{opens_in}.{suffix}", make)


@allowed("reports.read")
def comparison(
    desk: Desk,
    sides: Sequence[str],
    form: ComparisonFormat = "html",
    language: Language | None = None,
    *,
    before: str | None = None,
    at: str | None = None,
    tags: Sequence[str] = (),
) -> Path:
    """A comparison (`personas.compare`) as a page, or as CSV with a row per difference.

    Raises:
        As `personas.compare`; UsageError: there is no such format or language.
    """
    suffix, opens_in = _form(form, get_args(ComparisonFormat)), _language(desk, language)
    found = compared(desk, sides, before=before, at=at, tags=tags)

    def make(path: Path) -> None:
        if suffix == "csv":
            found.csv(path)
        else:
            found.html(path, opens_in)

    asked = "\0".join([*sides, "", *tags, before or "", at or ""])
    # What is told hangs on who asks: exact counts are for few.
    asked += str(desk.actor.may("segments.count_exactly"))
    return _kept(desk, f"comparison-{_digest(asked)}-{opens_in}.{suffix}", make)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kept(desk: Desk, name: str, make: Callable[[Path], None]) -> Path:
    """The document `name` of the build that serves; documents of builds that are gone go."""
    with desk.build() as build:
        snapshot = build.snapshot
    home = snapshot.folder.parents[1] / FOLDER
    path = home / snapshot.id / name
    with _making:
        if not path.is_file():
            _sweep(home, {each.id for each in desk.workspace.project.snapshots()})
            path.parent.mkdir(parents=True, exist_ok=True)
            make(path)
    return path


def _sweep(home: Path, kept: set[str]) -> None:
    import shutil

    if home.is_dir():
        for folder in home.iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _language(desk: Desk, language: str | None) -> Language:
    if language is None:
        return desk.workspace.project.loaded.spec.languages[0]
    for known in LANGUAGES:
        if known == language:
            return known
    raise UsageError(f"There is no language '{language[:20]}'. Languages: {', '.join(LANGUAGES)}.")


def _form(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise UsageError(f"There is no format '{name[:20]}'. Formats: {', '.join(known)}.")
    return name
