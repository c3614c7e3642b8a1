"""Read every file of a project folder: what could be read, and everything that was found on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, Location, unknown
from huaxiang.core.spec import NAME_PATTERN, Spec
from huaxiang.core.tables import STANDARD, Table
from huaxiang.identity.spec import IdentitySpec
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.personas.validation.spec import ValidationSpec
from huaxiang.project.define import define
from huaxiang.project.environment import substitute
from huaxiang.project.libraries import LIBRARIES
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.spec import ProjectSpec, TableDefinition
from huaxiang.project.yaml import Document
from huaxiang.project.yaml import read as read_yaml
from huaxiang.segments.clusters.spec import ClustersSpec, ClusterTemplateSpec
from huaxiang.segments.core.spec import CoreSpec
from huaxiang.segments.spec import SegmentSpec
from huaxiang.sources.spec import SourceSpec
from huaxiang.tags.spec import AnyTag, DimensionSpec

PROJECT_FILE = "huaxiang.yml"
IDENTITY_FILE = "identity.yml"
FOLDERS = ("sources", "tables", "tags", "segments", "personas", "validations", "studies")
"""The folders of definitions; any section may stand in any of them."""

SECTIONS: dict[str, tuple[str, Any]] = {
    "sources": ("source", SourceSpec),
    "tables": ("table", TableDefinition),
    "dimensions": ("dimension", DimensionSpec),
    "tags": ("tag", AnyTag),
    "segments": ("segment", SegmentSpec),
    "clusters": ("clusters", ClustersSpec),
    "cluster_templates": ("cluster template", ClusterTemplateSpec),
    "core_customers": ("core customers", CoreSpec),
    "personas": ("persona", PersonaSpec),
    "validations": ("validation", ValidationSpec),
    "studies": ("study", StudySpec),
}
"""The top-level keys of a file of definitions → the noun for messages, the type of a definition."""

_YAML_SUFFIXES = {".yml", ".yaml"}


def read(folder: Path) -> LoadedProject:
    """Read a project without judging it as a whole: mistakes become its `findings`.

    Raises:
        ProjectError: `folder` is no project.
    """
    project_file = folder / PROJECT_FILE
    if not project_file.is_file():
        raise ProjectError([_no_project(folder)])
    findings: list[Finding] = []
    spec = _read_one(project_file, PROJECT_FILE, ProjectSpec, findings) or ProjectSpec(name=folder.name)
    identity_file = folder / IDENTITY_FILE
    identity = _read_one(identity_file, IDENTITY_FILE, IdentitySpec, findings) if identity_file.is_file() else None

    own = Definitions()
    for path in _files(folder):
        own.add(read_yaml(path, path.relative_to(folder).as_posix()))
    used = [name for name in spec.uses if name in LIBRARIES]
    findings += [
        unknown("library", name, LIBRARIES, owner=PROJECT_FILE, at=spec.place("uses", index))
        for index, name in enumerate(spec.uses)
        if name not in LIBRARIES
    ]
    library = _library(tuple(used))
    merged = _merged(own, library)
    tables, table_findings = _tables(merged["tables"])
    return LoadedProject(
        folder=folder,
        spec=spec,
        identity=identity or IdentitySpec(),
        sources=merged["sources"],
        tables=tables,
        dimensions=merged["dimensions"],
        tags=merged["tags"],
        segments=merged["segments"],
        clusters=merged["clusters"],
        core_customers=merged["core_customers"],
        cluster_templates=merged["cluster_templates"],
        personas=merged["personas"],
        validations=merged["validations"],
        studies=merged["studies"],
        findings=(*findings, *library.findings, *own.findings, *_overrides(own, library), *table_findings),
        broken=frozenset(own.broken | library.broken),
        library=frozenset(library.places.keys() - own.places.keys()),
        table_places={name: spec.at for name, spec in merged["tables"].items() if name not in STANDARD},
    )


def read_spec(path: Path, kind: type[Spec]) -> Any:
    """The definition that a file holds as a whole.

    Raises:
        ProjectError: with all mistakes in it.
    """
    findings: list[Finding] = []
    spec = _read_one(path, path.name, kind, findings)
    if spec is None or any(finding.severity == "error" for finding in findings):
        raise ProjectError(findings)
    return spec


def _no_project(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(
            "no_project",
            f"There is no folder '{folder}'.",
            remedy=f"Create one with `huaxiang init {folder}`.",
        )
    return Finding(
        "no_project",
        f"'{folder}' is no project: it holds no {PROJECT_FILE}.",
        remedy="Go to the folder of a project, name one, or create one with `huaxiang init DIR`.",
    )


def _read_one(path: Path, shown: str, kind: type[Spec], findings: list[Finding]) -> Any:
    document = read_yaml(path, shown)
    findings += document.findings
    if document.findings and not document.data:
        return None
    data, found = _substituted(document)
    findings += found
    spec, found = define(kind, data, document, (), shown)
    findings += found
    if kind is ProjectSpec and spec is not None and not NAME_PATTERN.fullmatch(spec.name):
        findings.append(_bad_name("project", spec.name, spec.place("name")))
    return spec


def _substituted(document: Document) -> tuple[dict[str, Any], list[Finding]]:
    """The data of a file with the values of environment variables in the address of the operational database."""
    if "operational" not in document.data:
        return document.data, []
    within, found = substitute(document.data["operational"], document, ("operational",), "'operational'")
    return {**document.data, "operational": within}, found


def _files(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        below = folder / name
        if below.is_dir():
            yield from sorted(path for path in below.rglob("*") if path.suffix in _YAML_SUFFIXES and path.is_file())


@dataclass
class Definitions:
    """The definitions of a set of files, by section and name. `places` knows also those that are `broken`."""

    found: dict[str, dict[str, Spec]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    places: dict[tuple[str, str], Location] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)

    def add(self, document: Document) -> None:
        """Take over what a file defines, and all findings about it."""
        self.findings += document.findings
        for section, definitions in document.data.items():
            if section not in SECTIONS:
                self.findings.append(
                    unknown("section", section, SECTIONS, owner=document.file, at=document.at(section))
                )
            elif definitions is None:
                continue
            elif not isinstance(definitions, dict):
                message = f"'{section}' holds names with their definitions."
                remedy = "Write each name on a line of its own, with a colon, and its keys below it."
                self.findings.append(Finding("wrong_type", message, document.at(section), remedy))
            else:
                for name, data in definitions.items():
                    self._define(section, name, data, document)

    def _define(self, section: str, name: str, data: Any, document: Document) -> None:
        noun, kind = SECTIONS[section]
        owner, at = f"{noun} '{name}'", document.at(section, name)
        if not NAME_PATTERN.fullmatch(name):
            self.findings.append(_bad_name(noun, name, at))
            return
        if (section, name) in self.places:
            former = self.places[section, name]
            message = f"{owner} is defined twice: here and in {former}."
            self.findings.append(Finding("defined_twice", message, at, "Rename or remove one of them."))
            return
        self.places[section, name] = at
        if section == "sources":
            data, found = substitute(data, document, (section, name), owner)
            self.findings += found
        spec, found = define(kind, data, document, (section, name), owner)
        self.findings += found
        if spec is None:
            self.broken.add((section, name))
        else:
            self.found[section][name] = spec


def _bad_name(noun: str, name: str, at: Location) -> Finding:
    fixed = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_0123456789")
    remedy = (
        f"Name it '{fixed}' and put the name to show into 'label'." if fixed else "Put the name to show into 'label'."
    )
    message = f"{noun} '{name}': a name has only a-z, 0-9 and _, and starts with a letter."
    return Finding("bad_name", message, at, remedy)


@cache
def _library(names: tuple[str, ...]) -> Definitions:
    """The definitions of libraries. They don't change while the program runs, so they are read once."""
    found = Definitions()
    for name in names:
        for path, shown in LIBRARIES[name].files():
            found.add(read_yaml(path, shown))
    return found


def _merged(own: Definitions, library: Definitions) -> dict[str, dict[str, Any]]:
    """Both together: a project's own definition wins; a dimension keeps the categories of both."""
    merged: dict[str, dict[str, Any]] = {
        section: {
            **{name: spec for name, spec in library.found[section].items() if (section, name) not in own.broken},
            **own.found[section],
        }
        for section in SECTIONS
    }
    for name, dimension in merged["dimensions"].items():
        former = library.found["dimensions"].get(name)
        if isinstance(former, DimensionSpec) and former is not dimension:
            categories = {**former.categories, **dimension.categories}
            merged["dimensions"][name] = dimension.model_copy(update={"categories": categories})
    return merged


def _overrides(own: Definitions, library: Definitions) -> Iterator[Finding]:
    for section, name in sorted(own.places.keys() & library.places.keys()):
        if section != "dimensions":
            noun = SECTIONS[section][0]
            yield Finding(
                "overrides_library",
                f"{noun} '{name}' replaces the library's ({library.places[section, name]}).",
                own.places[section, name],
                severity="note",
            )


def _tables(definitions: dict[str, TableDefinition]) -> tuple[dict[str, Table], list[Finding]]:
    """The standard tables with the columns and tables that a project adds."""
    tables, findings = dict(STANDARD), []
    for name, definition in definitions.items():
        if name not in STANDARD:
            tables[name] = definition.table()
            continue
        for key in ("time", "of_customer", "label"):
            if key in definition.model_fields_set:
                message = f"table '{name}' is a standard table: its '{key}' can't be changed, only columns added."
                findings.append(Finding("standard_table", message, definition.place(key), f"Remove '{key}'."))
        for column in definition.columns.values():
            standard = STANDARD[name].types.get(column.name)
            if standard is not None and standard is not column.type:
                message = f"table '{name}': standard column '{column.name}' is {standard}, not {column.type}."
                remedy = "Give your column another name, or keep the type."
                findings.append(Finding("standard_column", message, column.at, remedy))
        tables[name] = STANDARD[name].extended(tuple(column.column() for column in definition.columns.values()))
    return tables, findings
