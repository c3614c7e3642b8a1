"""Definitions written in the browser: checked against the project, then saved as YAML in its folder.

Only what can't reach beyond the project's own tables may be written here: tags with an SQL or a file of their own and
uploaded lists are for those who have the folder.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from huaxiang.core.errors import ConflictError, ForbiddenError, ProjectError, UsageError
from huaxiang.core.findings import Finding
from huaxiang.core.spec import NAME_PATTERN
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.desk.definition_files import Section, place, text_of, version, write
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row

LONGEST = 20_000
"""Characters of a definition, at most."""

REACHES_OUT: Mapping[Section, tuple[str, ...]] = {"tags": ("sql", "file"), "segments": ("file",)}
"""Keys of definitions that read more than the project's tables: nobody saves such a definition here."""

_writing = threading.Lock()


@dataclass(frozen=True)
class Draft:
    """A definition that nobody has saved, read against the project: with it, and what is said about it."""

    name: str
    data: dict[str, Any]
    project: LoadedProject
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> list[Finding]:
        """What keeps it from being built."""
        return [finding for finding in self.findings if finding.severity == "error"]


def draft(desk: Desk, section: Section, name: str, text: str) -> Draft:
    """Read `text`, the YAML of one definition without its name, as `name` of a section.

    Findings that the project has without it are not told again. Their lines are those of `text`.

    Raises:
        ForbiddenError: it reads more than the project's tables.
        UsageError: it is too long.
    """
    if len(text) > LONGEST:
        raise UsageError(f"A definition has at most {LONGEST:,} characters, not {len(text):,}.")
    return _drafted(desk.workspace.project.loaded, section, name, text)


def _drafted(loaded: LoadedProject, section: Section, name: str, text: str) -> Draft:
    from huaxiang.project.check import check
    from huaxiang.project.read import SECTIONS

    noun, _ = SECTIONS[section]
    if not NAME_PATTERN.fullmatch(name) or len(name) > 80:
        message = f"{noun} '{name[:80]}': a name has only a-z, 0-9 and _, and starts with a letter."
        return Draft(name, {}, loaded, (Finding("bad_name", message, remedy="Put the name to show into 'label'."),))
    spec, data, findings = _read(section, name, text)
    _stay_inside(section, data)
    if spec is None or any(finding.severity == "error" for finding in findings):
        return Draft(name, data, loaded, tuple(findings))
    changed: dict[str, Any] = {section: {**getattr(loaded, section), name: spec}}
    with_it = replace(loaded, **changed)
    before = _said(loaded)
    findings += [each for each in check(with_it) if (each.code, each.message) not in before]
    return Draft(name, data, with_it, tuple(findings))


def _read(section: Section, name: str, text: str) -> tuple[Any, dict[str, Any], list[Finding]]:
    """The definition that `text` holds, None where it can't be one; its plain values; what is said about it alone."""
    from huaxiang.project.define import define
    from huaxiang.project.read import SECTIONS
    from huaxiang.project.yaml import parse

    noun, kind = SECTIONS[section]
    document = parse(text, _FILE)
    data = dict(document.data)
    # Findings name keys by their place below the section and the name.
    below = {f"{section}.{name}.{key}": line for key, line in document.lines.items()}
    nested = replace(document, data={section: {name: data}}, lines={section: 1, f"{section}.{name}": 1, **below})
    spec, found = define(kind, data, nested, (section, name), f"{noun} '{name}'")
    return spec, data, [*document.findings, *found]


_said_of: list[tuple[LoadedProject, frozenset[tuple[str, str]]]] = []
"""The definitions that were checked last, and what was said: a preview follows the other."""


def _said(loaded: LoadedProject) -> frozenset[tuple[str, str]]:
    """Code and message of each finding about the definitions as they are, without the draft."""
    from huaxiang.project.check import check

    for known, said in _said_of:
        if known is loaded:
            return said
    found = frozenset((each.code, each.message) for each in check(loaded))
    _said_of[:] = [(loaded, found)]
    return found


_FILE = "draft"


def _stay_inside(section: Section, data: Mapping[str, Any]) -> None:
    for key in REACHES_OUT[section]:
        if key in data:
            raise ForbiddenError(
                f"Definitions with '{key}' are written in the project's folder, not here: they read more than its "
                "tables."
            )


def tags_of_segment(found: Draft) -> tuple[str, ...]:
    """The tags that a segment without mistakes rests on, also through other segments."""
    from huaxiang.segments.plan import plan_segments

    project = found.project
    plan = plan_segments(project.possible_segments, project.compiled.types, project.segments, project.tables)
    # One that rests on a segment with mistakes is left out of every build.
    return tuple(sorted(plan.tags_behind(found.name))) if found.name in plan.segments else ()


def save(
    desk: Desk,
    section: Section,
    name: str,
    text: str,
    file: str,
    expected: str | None,
    changes: Mapping[str, Any] | None = None,
) -> Row:
    """Write a definition into `file` below the section's folder: `file`, `etag` (of it then), `findings`, `change`.

    `expected` is the `etag` of the file that the writer has seen; None: there is no such file yet, or no such
    definition in it. Comments and all other definitions of the file stay. With `changes` (`text` is what they make of
    the definition) only the values of these keys are written. `change` is the definition `before` (None:
    there was none) and `after`, as YAML: the audit trail keeps it.

    Raises:
        ForbiddenError: it reads more than the project's tables.
        ProjectError: it holds mistakes; then nothing is written.
        ConflictError: the file was changed since, or the definition stands in another file.
        UsageError: `file` is no place for it.
    """
    with _writing:
        workspace = desk.workspace
        loaded = workspace.reload().loaded
        found = draft(desk, section, name, text)
        if found.errors:
            raise ProjectError(list(found.findings))
        path = place(loaded.folder, section, file)
        _not_elsewhere(loaded, section, name, path)
        present = version(path)
        before = text_of(path, section, name)
        if present != expected and (expected is not None or before is not None):
            raise ConflictError(f"{section}/{file} was changed since you opened it. Look again before you save.")
        write(path, section, name, text, changes)
        workspace.reload()
        return {
            "file": path.relative_to(loaded.folder).as_posix(),
            "etag": version(path),
            "findings": [finding.as_dict() for finding in found.findings],
            "change": {"before": before, "after": text},
        }


def source_of(loaded: LoadedProject, section: Section, name: str) -> Row:
    """Where a definition stands and how it is written: `file`, `etag`, `text`; of a library's `file` is None.

    `text` is the YAML of the definition without its name, with its comments.
    """
    spec = getattr(loaded, section)[name]
    if name in loaded.of_library(section):
        return {"file": None, "etag": None, "text": None}
    path = loaded.folder / spec.at.file
    # Before it is read: a change between the two is then one that was made since.
    etag = version(path)
    return {"file": spec.at.file.removeprefix(f"{section}/"), "etag": etag, "text": text_of(path, section, name)}


def as_written(loaded: LoadedProject, section: Section, name: str, text: str | None) -> Any:
    """The definition that `text` of `source_of` holds; without one, the definition as it was loaded.

    A file may have been edited since the project was loaded: what is shown beside its `etag` must be what it holds.

    Raises:
        ProjectError: it holds mistakes now.
    """
    if text is None:
        return getattr(loaded, section)[name]
    spec, _, findings = _read(section, name, text)
    if spec is None:
        raise ProjectError(findings)
    return spec


def _not_elsewhere(loaded: LoadedProject, section: Section, name: str, path: Path) -> None:
    spec = getattr(loaded, section).get(name)
    if spec is not None and name not in loaded.of_library(section) and loaded.folder / spec.at.file != path:
        raise ConflictError(f"'{name}' is defined in {spec.at.file} already. Save it there, or give it another name.")
