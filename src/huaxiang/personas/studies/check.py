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
        if spec.by not in tags:
            yield unknown("tag", spec.by, tags, owner=owner, at=spec.place("by"))
        elif tags[spec.by] is not None and tags[spec.by] not in GROUPING:
            yield Finding(
                "no_groups",
                f"{owner}: the values of '{spec.by}' make no groups: it is a tag of type {tags[spec.by]}.",
                spec.place("by"),
                "Name a tag with a few values, such as one with 'bins'.",
            )
        for place, tag in ((("by",), spec.by), *((("tags", n), tag) for n, tag in enumerate(spec.tags))):
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
