"""What can be wrong with definitions of core customers before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.types import NUMERIC, Type
from huaxiang.expressions import Scope, compile_expression
from huaxiang.segments.algebra import CONDITION
from huaxiang.segments.core.spec import CoreSpec


def check_core(
    specs: Mapping[str, CoreSpec], tag_types: Mapping[str, Type], segments: Collection[str]
) -> Iterator[Finding]:
    """Yield a finding for each unknown name and each expression of the wrong type. Never raises."""
    for name, spec in specs.items():
        owner = f"core customers '{name}'"
        scope = Scope(tag_types, owner, "tag", segments=frozenset(segments))
        for place, text, wanted in expressions(spec):
            try:
                compile_expression(text, scope, spec.place(*place), wanted=wanted)
            except ProjectError as error:
                yield from error.findings
        for i, segment in enumerate(spec.segments):
            if segment not in segments:
                yield unknown("segment", segment, segments, owner=owner, at=spec.place("segments", i))


def expressions(spec: CoreSpec) -> Iterator[tuple[tuple[str | int, ...], str, frozenset[Type]]]:
    """Each expression of a definition: its place, its text, and the types that it may have."""
    for i, fit in enumerate(spec.relevance):
        yield ("relevance", i, "when"), fit.when, CONDITION
    for i, channel in enumerate(spec.reachability):
        yield ("reachability", i, "when"), channel.when, CONDITION
    yield ("profitability", "value"), spec.profitability.value, NUMERIC
    yield ("profitability", "cost"), spec.profitability.cost, NUMERIC
