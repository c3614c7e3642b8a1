"""A project as it was read: frozen definitions, and what was found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.findings import Finding, Location
from huaxiang.core.tables import STANDARD, Table
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.personas.validation.spec import ValidationSpec
from huaxiang.project.spec import ProjectSpec
from huaxiang.segments.clusters.spec import ClustersSpec, ClusterTemplateSpec, cluster_segments
from huaxiang.segments.core.spec import CoreSpec
from huaxiang.segments.spec import SegmentSpec
from huaxiang.sources.spec import SourceSpec
from huaxiang.tags.spec import DimensionSpec, TagSpec

if TYPE_CHECKING:
    from huaxiang.tags.compile import Compiled


@dataclass(frozen=True)
class LoadedProject:
    """All definitions of a project, its own and those of the libraries it uses.

    `tables` are the standard tables with the project's columns and tables. `findings` is what reading the
    files has shown. `broken` names definitions that are there but could not be read, as (section, name), so
    that nobody is told that they are missing. `library` names those that come from a library, in the same way.
    `table_places` says where each table was written that is the project's own.
    """

    folder: Path
    spec: ProjectSpec
    identity: IdentitySpec = field(default_factory=IdentitySpec)
    sources: Mapping[str, SourceSpec] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=lambda: dict(STANDARD))
    dimensions: Mapping[str, DimensionSpec] = field(default_factory=dict)
    tags: Mapping[str, TagSpec] = field(default_factory=dict)
    segments: Mapping[str, SegmentSpec] = field(default_factory=dict)
    clusters: Mapping[str, ClustersSpec] = field(default_factory=dict)
    cluster_templates: Mapping[str, ClusterTemplateSpec] = field(default_factory=dict)
    core_customers: Mapping[str, CoreSpec] = field(default_factory=dict)
    personas: Mapping[str, PersonaSpec] = field(default_factory=dict)
    validations: Mapping[str, ValidationSpec] = field(default_factory=dict)
    studies: Mapping[str, StudySpec] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    broken: frozenset[tuple[str, str]] = frozenset()
    library: frozenset[tuple[str, str]] = frozenset()
    table_places: Mapping[str, Location] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the project from being built."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @cached_property
    def compiled(self) -> Compiled:
        """What became of the definitions of tags: compiled once, for all who check, plan and build."""
        from huaxiang.tags.compile import compile_all

        return compile_all(self.tags, self.tables)

    @property
    def possible_segments(self) -> Mapping[str, SegmentSpec]:
        """The segments, with those that clusters may turn out to be; how many these are only a build finds out."""
        found = (cluster_segments(name, spec) for name, spec in self.clusters.items())
        return {name: segment for each in found for name, segment in each.items()} | dict(self.segments)

    @property
    def identifier_names(self) -> frozenset[str]:
        """The types of identifiers that the sources map."""
        return frozenset(name for source in self.sources.values() for feed in source.feeds for name in feed.identifiers)

    @cached_property
    def identifiers(self) -> Mapping[str, IdentifierSpec]:
        """The types of identifiers that the sources map or `identity.yml` names, with the built-in defaults."""
        return identifier_types(self.identity, self.identifier_names)

    def of_library(self, section: str) -> frozenset[str]:
        """The names in `section` ("tags") whose definition is a library's."""
        return frozenset(name for where, name in self.library if where == section)
