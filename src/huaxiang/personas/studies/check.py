"""What can be wrong with a study before it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from huaxiang.core.findings import Finding, unknown
from huaxiang.core.spec import EVERYONE
from huaxiang.core.types import Type
from huaxiang.personas.studies.spec import StudySpec

GROUPING = frozenset({Type.TEXT, Type.BOOLEAN})
"""Types of tags whose values can be groups."""


def check_studies(
    studies: Mapping[str, StudySpec],
    segments: Collection[str],
    tags: Mapping[str, Type | None],
    sensitive: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield a finding for each name that is not defined, for groups that no tag can make, and for sensitive tags.

    `tags` are the types of all tags by name; None where a tag's own definition is wrong. `sensitive` are those of
    privacy class L4, which are in no document.
    """
    for name, spec in studies.items():
        owner = f"study '{name}'"
        if spec.segment not in {EVERYONE, *segments}:
            yield unknown("segment", spec.segment, {EVERYONE, *segments}, owner=owner, at=spec.place("segment"))
        for place, tag in _by(spec):
            if tag not in tags:
                yield unknown("tag", tag, tags, owner=owner, at=spec.place(*place))
            elif tags[tag] is not None and tags[tag] not in GROUPING:
                yield Finding(
                    "no_groups",
                    f"{owner}: the values of '{tag}' make no groups: it is a tag of type {tags[tag]}.",
                    spec.place(*place),
                    "Name a tag with a few values, such as one with 'bins'.",
                )
        for place, tag in (*_by(spec), *((("tags", n), tag) for n, tag in enumerate(spec.tags))):
            if tag in sensitive:
                yield Finding(
                    "sensitive_study",
                    f"{owner}: '{tag}' is sensitive (L4): it is shown in no document.",
                    spec.place(*place),
                    "Leave it out.",
                )
        for position, tag in enumerate(spec.tags):
            if tag not in tags:
                yield unknown("tag", tag, tags, owner=owner, at=spec.place("tags", position))


def _by(spec: StudySpec) -> list[tuple[tuple[str | int, ...], str]]:
    """The tags that make the groups, each with its place; one alone is no list."""
    several = len(spec.by) > 1
    return [(("by", n) if several else ("by",), tag) for n, tag in enumerate(spec.by)]
