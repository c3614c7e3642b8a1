"""What can be wrong with a project's validations before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huaxiang.core.findings import Finding, unknown
from huaxiang.core.spec import EVERYONE, Spec
from huaxiang.personas.validation.margins import check_cells, read_cells
from huaxiang.personas.validation.spec import ShareTableSpec, SurveySpec, TruthSpec, ValidationSpec

Rows = Sequence[Mapping[str, Any]]

SENSITIVE = "L4"


@dataclass(frozen=True)
class Known:
    """What a project defines: names, the privacy class of tags, and the values that tags declare.

    `files` are the rows of the files that could be read, by validation.
    """

    personas: Collection[str]
    segments: Collection[str]
    tags: Mapping[str, str]
    values: Mapping[str, Sequence[str]]
    identifiers: Collection[str]
    fed: Collection[str]
    files: Mapping[str, Rows] = field(default_factory=dict)


def check_validations(specs: Mapping[str, ValidationSpec], known: Known) -> Iterator[Finding]:
    """Yield a finding for each name that is not defined, and for each file whose rows make no sense."""
    for name, spec in specs.items():
        owner = f"validation '{name}'"
        rows = known.files.get(name)
        if spec.benchmark is not None:
            yield from _tables(owner, spec.benchmark, rows, known)
            yield from _named(owner, "segment", spec.benchmark, "of", {*known.segments, EVERYONE})
        elif spec.market is not None:
            yield from _tables(owner, spec.market, rows, known)
            yield from _named(owner, "persona", spec.market, "persona", known.personas)
        elif spec.truth is not None:
            yield from _truth(owner, spec.truth, rows, known)
        elif spec.survey is not None:
            yield from _survey(owner, spec.survey, rows, known)


def _named(owner: str, kind: str, spec: Spec, key: str, known: Collection[str]) -> Iterator[Finding]:
    name = getattr(spec, key)
    if name is not None and name not in known:
        yield unknown(kind, name, known, owner=owner, at=spec.place(key))


def _tables(owner: str, spec: ShareTableSpec, rows: Rows | None, known: Known) -> Iterator[Finding]:
    for dimension, tag in spec.tags.items():
        at = spec.place("tags", dimension)
        if tag not in known.tags:
            yield unknown("tag", tag, known.tags, owner=owner, at=at)
        elif known.tags[tag] == SENSITIVE:
            message = f"{owner}: tag '{tag}' is sensitive personal data, which portraits and validations don't show."
            yield Finding("sensitive_tag", message, at, "Leave the dimension out.")
    for dimension in spec.values:
        if dimension not in spec.tags:
            yield unknown("dimension", dimension, spec.tags, owner=owner, at=spec.place("values", dimension))
    if rows is not None:
        cells, findings = read_cells(owner, spec, rows)
        yield from findings
        if not findings:
            yield from check_cells(owner, spec, cells, known.values)


def _truth(owner: str, spec: TruthSpec, rows: Rows | None, known: Known) -> Iterator[Finding]:
    yield from _named(owner, "identifier type", spec, "identifier", known.identifiers)
    for persona in spec.labels:
        if persona not in known.personas:
            yield unknown("persona", persona, known.personas, owner=owner, at=spec.place("labels", persona))
    yield from _columns(owner, spec.file, spec, ("key", "label"), rows)


def _survey(owner: str, spec: SurveySpec, rows: Rows | None, known: Known) -> Iterator[Finding]:
    yield from _named(owner, "identifier type", spec, "identifier", known.identifiers)
    if spec.file is None and "answers" not in known.fed:
        message = f"{owner}: no source feeds table answers, so survey '{spec.survey}' has no answers."
        yield Finding("no_answers", message, spec.place("survey"), "Feed the table, or name a 'file' of answers.")
    for statement in spec.statements:
        yield from _named(owner, "persona", statement, "persona", known.personas)
        yield from _named(owner, "tag", statement, "tag", known.tags)
    if spec.file is not None:
        scored = ("score",) if any(statement.least is not None for statement in spec.statements) else ()
        worded = ("answer",) if any(statement.answers for statement in spec.statements) else ()
        yield from _columns(owner, spec.file, spec, ("question", "key", "asked", *worded, *scored), rows)


def _columns(owner: str, file: str, spec: Spec, keys: Sequence[str], rows: Rows | None) -> Iterator[Finding]:
    """What is wrong with the columns that `keys` of a definition name in its file."""
    if not rows:
        return
    there = [name for name in rows[0] if not name.startswith("_")]
    for key in keys:
        column = getattr(spec, key)
        if column is not None and column not in there:
            yield unknown("column", column, there, owner=f"{owner}, {file}", at=spec.place(key))
