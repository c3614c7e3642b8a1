"""What can be wrong with clusters before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from huaxiang.core.findings import Finding, unknown
from huaxiang.core.spec import EVERYONE
from huaxiang.segments.clusters.spec import (
    AUTO,
    COUNTED,
    ClusterSegment,
    ClustersSpec,
    ClusterTemplateSpec,
    segment_name,
)
from huaxiang.segments.spec import SegmentSpec


def check_clusters(
    specs: Mapping[str, ClustersSpec],
    templates: Mapping[str, ClusterTemplateSpec],
    segments: Mapping[str, SegmentSpec],
    tags: Collection[str],
    dimensions: Collection[str],
    *,
    library: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield a finding for each unknown name, each name that is taken, and each number that a method can't be told.

    `segments` are all, with those that clusters may turn out to be. Templates named in `library` may speak of tags that
    this project does not have.
    """
    for name, template in templates.items():
        if name not in library:
            yield from _tags(f"cluster template '{name}'", template, tags)
    for name, spec in specs.items():
        owner = f"clusters '{name}'"
        yield from _tags(owner, spec, tags)
        if spec.template is not None and spec.template not in templates:
            yield unknown("cluster template", spec.template, templates, owner=owner, at=spec.place("template"))
        for dimension in spec.dimensions:
            if dimension not in dimensions:
                yield unknown("dimension", dimension, dimensions, owner=owner, at=spec.place("dimensions"))
        if spec.among != EVERYONE and spec.among not in segments:
            yield unknown("segment", spec.among, [*segments, EVERYONE], owner=owner, at=spec.place("from"))
        yield from _taken(owner, name, spec, segments)
        if spec.method is not None and spec.method not in COUNTED and spec.clusters != AUTO:
            message = f"{owner}: {spec.method} finds out by itself how many clusters there are."
            remedy = f"Remove 'clusters', or use one of {', '.join(sorted(COUNTED))}."
            yield Finding("cluster_number", message, spec.place("clusters"), remedy)


def _tags(owner: str, spec: ClustersSpec | ClusterTemplateSpec, tags: Collection[str]) -> Iterator[Finding]:
    for key, named in (("tags", spec.tags), ("rule_tags", spec.rule_tags)):
        for position, tag in enumerate(named):
            if tag not in tags:
                yield unknown("tag", tag, tags, owner=owner, at=spec.place(key, position))


def _taken(owner: str, name: str, spec: ClustersSpec, segments: Mapping[str, SegmentSpec]) -> Iterator[Finding]:
    for number in range(1, spec.most + 1):
        segment = segments.get(segment_name(name, number))
        if segment is not None and not (isinstance(segment, ClusterSegment) and segment.group == name):
            message = f"{owner}: its cluster {number} would be called '{segment.name}', as a segment is ({segment.at})."
            yield Finding("cluster_name_taken", message, spec.at, "Rename the segment or the clusters.")
