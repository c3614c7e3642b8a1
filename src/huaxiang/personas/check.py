"""What can be wrong with a project's personas before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from huaxiang.core.findings import Finding, unknown
from huaxiang.core.spec import EVERYONE
from huaxiang.personas.spec import PersonaSpec


def check_personas(
    specs: Mapping[str, PersonaSpec],
    segments: Collection[str],
    tags: Collection[str],
    dimensions: Collection[str],
    *,
    library: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield a finding for each name – segment, base, tag, outcome, dimension – that is not defined.

    And one for a persona against itself.

    A persona without `segment` portrays the segment of its own name. Personas named in `library` may name what this
    project does not have.
    """
    for name, spec in specs.items():
        if name in library:
            continue
        owner = f"persona '{name}'"
        segment = spec.segment or name
        if segment not in segments:
            yield unknown("segment", segment, segments, owner=owner, at=spec.place("segment"))
        if spec.base not in {EVERYONE, *segments}:
            yield unknown("segment", spec.base, {EVERYONE, *segments}, owner=owner, at=spec.place("base"))
        if spec.base == segment:
            yield Finding(
                "persona_base",
                f"{owner}: '{segment}' is compared with itself.",
                spec.place("base"),
                f"Leave 'base' out to compare with {EVERYONE}.",
            )
        for tag in spec.tags:
            if tag not in tags:
                yield unknown("tag", tag, tags, owner=owner, at=spec.place("tags"))
        if spec.outcome is not None and spec.outcome not in tags:
            yield unknown("tag", spec.outcome, tags, owner=owner, at=spec.place("outcome"))
        for dimension in spec.dimensions:
            if dimension not in dimensions:
                yield unknown("dimension", dimension, dimensions, owner=owner, at=spec.place("dimensions"))
