"""Everything that can be said about a project before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from huaxiang.core.errors import SourceError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.tables import SENSITIVE
from huaxiang.identity.check import check_identity
from huaxiang.personas.check import check_personas
from huaxiang.personas.studies.check import check_studies
from huaxiang.personas.validation.check import Known, check_validations
from huaxiang.project.engines import check_engine
from huaxiang.project.lists import CUSTOMER_ID
from huaxiang.project.loaded import LoadedProject
from huaxiang.segments.check import check_segments
from huaxiang.segments.clusters.check import check_clusters
from huaxiang.segments.core.check import check_core
from huaxiang.sources.check import check_source
from huaxiang.tags.claims import check_claims
from huaxiang.tags.spec import DimensionSpec, TagSpec

Check = Callable[[LoadedProject], Iterable[Finding]]

_SECTIONS = {
    "source": "sources",
    "table": "tables",
    "dimension": "dimensions",
    "category": "dimensions",
    "tag": "tags",
    "segment": "segments",
    "cluster template": "cluster_templates",
    "persona": "personas",
    "validation": "validations",
    "study": "studies",
}
"""What findings call a thing → the section that defines it."""


def check(project: LoadedProject) -> list[Finding]:
    """All findings about a project, by file and line: mistakes, warnings and notes. Nothing is built."""
    found = [*project.findings, *(finding for each in CHECKS for finding in each(project))]
    told = {(f.at, f.code, f.message): f for f in found if not _follows_from_broken(f, project)}
    return [told[key] for key in sorted(told)]


def _follows_from_broken(finding: Finding, project: LoadedProject) -> bool:
    """Whether a name is called unknown only because its definition, mistaken itself, could not be read."""
    section = _SECTIONS.get(str(finding.context.get("kind")))
    return section is not None and (section, finding.context.get("name")) in project.broken


def _sources(project: LoadedProject) -> Iterator[Finding]:
    from huaxiang.sources.readers.files import exists
    from huaxiang.sources.readers.header import read_columns

    cleaning = cleaning_names()
    for name, source in project.sources.items():
        there = source.path is not None and exists(source.path, project.folder)
        columns = None
        try:
            columns = read_columns(source, project.folder) if there else None
        except SourceError as error:
            remedy = "Mend the file or the definition of the source."
            yield Finding("source_unreadable", f"{error}", source.place("path"), remedy)
        yield from check_source(source, columns, project.tables, cleaning)
        if source.path is not None and not source.optional and not there:
            yield Finding(
                "file_missing",
                f"source '{name}': there is no file '{source.path}' in the project's folder.",
                source.place("path"),
                project.spec.prepare.en or "Put the file there, correct the path, or write 'optional: true'.",
            )


def _tables(project: LoadedProject) -> Iterator[Finding]:
    fed = {feed.table for source in project.sources.values() for feed in source.feeds}
    for name in sorted(project.table_places.keys() - fed):
        at = project.table_places[name]
        message = f"table '{name}' is fed by no source."
        yield Finding("unused_table", message, at, "Name it in a source's 'feeds', or remove it.", "warning")


def _identity(project: LoadedProject) -> Iterable[Finding]:
    return check_identity(
        project.identity,
        types=project.identifier_names,
        attributes=project.tables["records"].types,
        sources=project.sources.keys() | {name for section, name in project.broken if section == "sources"},
        cleaning=cleaning_names(),
    )


def _leave_out(project: LoadedProject) -> Iterator[Finding]:
    for name in project.spec.leave_out:
        if name not in project.tags:
            yield unknown("tag", name, project.tags, owner="leave_out", at=project.spec.place("leave_out"))


def _places(project: LoadedProject) -> Iterator[Finding]:
    for name, tag in project.tags.items():
        dimension = project.dimensions.get(tag.dimension)
        owner = f"tag '{name}'"
        if dimension is None:
            yield unknown("dimension", tag.dimension, project.dimensions, owner=owner, at=tag.place("dimension"))
        elif tag.category not in dimension.categories:
            yield _unknown_category(tag, dimension, owner)


def _unknown_category(tag: TagSpec, dimension: DimensionSpec, owner: str) -> Finding:
    owner = f"{owner} in dimension '{tag.dimension}'"
    return unknown("category", tag.category, dimension.categories, owner=owner, at=tag.place("category"))


def _tags(project: LoadedProject) -> Iterable[Finding]:
    return project.compiled.findings


def _claims(project: LoadedProject) -> Iterable[Finding]:
    return check_claims(project.tags, project.compiled.types, project.tables)


def _copies(project: LoadedProject) -> Iterator[Finding]:
    """Tags of the project that compute what another tag computes already."""
    words = {
        "name",
        "label",
        "description",
        "dimension",
        "category",
        "owner",
        "unit",
        "privacy",
        "values",
        "requires",
        "claims",
    }
    first: dict[str, str] = {}
    library = project.of_library("tags")
    for name, tag in sorted(project.tags.items(), key=lambda item: item[0] not in library):
        meaning = type(tag).__name__ + tag.model_dump_json(exclude=words)
        former = first.setdefault(meaning, name)
        if former != name and name not in library:
            message = f"tag '{name}' computes the same as '{former}' ({project.tags[former].at})."
            yield Finding("same_tag", message, tag.at, "Use one of them.", "warning")


def _segments(project: LoadedProject) -> Iterable[Finding]:
    return check_segments(
        project.possible_segments,
        project.compiled.types,
        project.identifier_names,
        library=project.of_library("segments"),
        folder=project.folder,
        tables=project.tables,
    )


def _core(project: LoadedProject) -> Iterable[Finding]:
    types = project.compiled.types
    return check_core(project.core_customers, types, project.possible_segments)


def _clusters(project: LoadedProject) -> Iterable[Finding]:
    return check_clusters(
        project.clusters,
        project.cluster_templates,
        project.possible_segments,
        project.tags,
        project.dimensions,
        library=project.of_library("cluster_templates"),
    )


def _personas(project: LoadedProject) -> Iterable[Finding]:
    return check_personas(
        project.personas,
        project.possible_segments,
        project.tags,
        project.dimensions,
        library=project.of_library("personas"),
    )


def check_evidence(project: LoadedProject) -> Iterator[Finding]:
    """Yield what is wrong with validations and their files."""
    from huaxiang.project.evidence import readable_files

    specs = project.validations
    missing = {name for name, spec in specs.items() if spec.file and not (project.folder / spec.file).is_file()}
    for name in sorted(missing):
        message = f"validation '{name}': there is no file '{specs[name].file}' in the project."
        remedy = project.spec.prepare.en or "Put the file there, or correct the path."
        yield Finding("validation_file_missing", message, specs[name].place(specs[name].kind, "file"), remedy)
    there = {name: spec for name, spec in specs.items() if name not in missing}
    files, failed = readable_files(there, project.folder)
    for name, error in failed.items():
        remedy = "Mend the file."
        yield Finding("validation_file", f"validation '{name}': {error}", specs[name].place(specs[name].kind), remedy)
    known = Known(
        personas=project.personas,
        segments=project.possible_segments,
        tags={name: tag.privacy for name, tag in project.tags.items()},
        values={name: tuple(tag.values) for name, tag in project.tags.items() if tag.values},
        identifiers={*project.identifier_names, CUSTOMER_ID},
        fed={feed.table for source in project.sources.values() for feed in source.feeds},
        files=files,
    )
    yield from check_validations(specs, known)


def _studies(project: LoadedProject) -> Iterable[Finding]:
    sensitive = {name for name, tag in project.tags.items() if tag.privacy == SENSITIVE}
    types = project.compiled.types
    return check_studies(project.studies, project.possible_segments, types, sensitive)


CHECKS: tuple[Check, ...] = (
    _sources,
    _tables,
    _identity,
    _places,
    _tags,
    _claims,
    _leave_out,
    _copies,
    _segments,
    _clusters,
    _core,
    _personas,
    check_evidence,
    _studies,
    check_engine,
)
"""Every check of a whole project. Each yields findings and never raises."""


def cleaning_names() -> frozenset[str]:
    """The names that `clean:` may use."""
    from huaxiang.expressions.functions.cleaning import cleaning_functions

    return frozenset(cleaning_functions())
