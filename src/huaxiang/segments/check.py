"""What can be wrong with a project's segments before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, near_miss, unknown
from huaxiang.core.spec import EVERYONE
from huaxiang.core.tables import Table
from huaxiang.core.types import Type
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.compile import compile_segment
from huaxiang.segments.done import KEY
from huaxiang.segments.spec import SegmentSpec

RESERVED = frozenset({EVERYONE, CUSTOMER_ID, KEY})
"""Names that a segment can't have: they mean something else in set algebra and in the table of flags."""


def check_segments(
    specs: Mapping[str, SegmentSpec],
    tag_types: Mapping[str, Type],
    identifier_types: Collection[str],
    *,
    library: Collection[str] = (),
    folder: Path | None = None,
    tables: Mapping[str, Table] | None = None,
) -> Iterator[Finding]:
    """Yield a finding for each unknown name, each rule that is no condition, each cycle, each list that can't be used.

    `tag_types` are all defined tags, `identifier_types` all known types of identifiers. Segments named in `library`
    may speak of tags that this project does not have: they are left out of its builds. `folder` is the project's,
    for uploaded lists. `tables` are all that are known.
    """
    needs: dict[str, tuple[str, ...]] = {}
    for name, spec in specs.items():
        if name in RESERVED:
            message = f"segment '{name}': the name means something else already."
            yield Finding("reserved_name", message, spec.at, "Give it another name.")
        if spec.file is not None:
            yield from _check_list(name, spec, identifier_types, folder)
        try:
            needs[name] = compile_segment(name, spec, tag_types, specs, tables or {}).uses
        except ProjectError as error:
            yield from (found for found in error.findings if not (name in library and found.code == "unknown_tag"))
    yield from _cycles(needs, specs)


def _check_list(
    name: str, spec: SegmentSpec, identifier_types: Collection[str], folder: Path | None
) -> Iterator[Finding]:
    owner = f"segment '{name}'"
    known = {*identifier_types, "customer_id"}
    if spec.identifier not in known:
        yield unknown("identifier type", str(spec.identifier), known, owner=owner, at=spec.place("identifier"))
    if folder is None or (folder / str(spec.file)).is_file():
        return
    there = [str(path.relative_to(folder)) for path in (folder / str(spec.file)).parent.glob("*") if path.is_file()]
    guess = near_miss(str(spec.file), there)
    yield Finding(
        "segment_file_missing",
        f"{owner}: there is no file '{spec.file}' in the project.",
        spec.place("file"),
        f"Did you mean '{guess}'?" if guess else "Put the list there, or correct the path.",
    )


def _cycles(needs: Mapping[str, tuple[str, ...]], specs: Mapping[str, SegmentSpec]) -> Iterator[Finding]:
    """Each cycle once; a cycle found is taken out before the next is looked for."""
    left = dict(needs)
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            # graphlib names each segment before those that use it; people read "a uses b".
            cycle = list(reversed(error.args[1]))
        else:
            return
        start = cycle.index(min(cycle[:-1]))
        ring = [*cycle[start:-1], *cycle[:start]]
        spec = specs[ring[0]]
        yield Finding(
            "segment_cycle",
            f"segment '{ring[0]}' is defined by itself: {' → '.join([*ring, ring[0]])}.",
            spec.place("where") if spec.where is not None else spec.place("lookalike"),
            "Take one in_segment(…) or seed of this circle out.",
        )
        left = {name: used for name, used in left.items() if name not in ring}
