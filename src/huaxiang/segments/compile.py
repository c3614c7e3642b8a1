"""From the definition of a segment to a checked one: its rule, what its members did, whom they are like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, Location, unknown
from huaxiang.core.tables import Table
from huaxiang.core.types import Type
from huaxiang.expressions import Expression, Scope, compile_expression
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.expressions.facts import Facts, compile_facts
from huaxiang.expressions.nodes import Call, walk
from huaxiang.segments.done import Did, Steps
from huaxiang.segments.spec import SegmentSpec

FLAG = "segment:"
"""How an expression names the membership of a segment among its columns."""

_CONDITION = frozenset({Type.BOOLEAN})

COMPARABLE = frozenset({Type.BOOLEAN, Type.TEXT, Type.INTEGER, Type.NUMBER, Type.MONEY, Type.DATE, Type.MOMENT})
"""The types of tags by which lookalikes are found."""


@dataclass(frozen=True)
class CompiledSegment:
    """A checked segment: its `rule` over tags and segments (None: it has none), and what its members did."""

    spec: SegmentSpec
    rule: Expression | None = None
    did: tuple[Did, ...] = ()
    sequences: tuple[Steps, ...] = ()

    @property
    def uses(self) -> tuple[str, ...]:
        """The segments that it speaks of."""
        return tuple(dict.fromkeys((*used_segments(self.rule), *self.spec.rests_on)))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that its rule reads."""
        return used_tags(self.rule)

    @property
    def tags_named(self) -> tuple[str, ...]:
        """The tags that its rule reads, and those that its lookalike compares by."""
        return (*self.tags, *(() if self.spec.lookalike is None else self.spec.lookalike.tags))

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The columns of facts, each with its table, by which it tells what its members did."""
        facts = [*(did.facts for did in self.did), *(step for steps in self.sequences for step in steps.steps)]
        return tuple((each.table, name) for each in facts if each.where is not None for name in each.where.columns)

    @property
    def given(self) -> bool:
        """Whether somebody else says who the members are: a list does, or whoever made a segment without any part."""
        made = self.rule is not None or self.did or self.sequences or self.spec.lookalike is not None
        return self.spec.file is not None or not made

    @property
    def alone(self) -> bool:
        """Whether the tags of one customer say if it is a member: no facts, lists or comparisons with others."""
        others = self.did or self.sequences or self.given or self.spec.lookalike is not None
        return self.rule is not None and not others and not compares(self.rule)


def compile_segment(
    name: str,
    spec: SegmentSpec,
    tag_types: Mapping[str, Type],
    segments: Iterable[str],
    tables: Mapping[str, Table],
) -> CompiledSegment:
    """A segment, checked.

    Raises:
        ProjectError: with a finding for each mistake.
    """
    compiler = _Compiler(name, spec, tag_types, frozenset(segments), tables)
    found = CompiledSegment(spec, compiler.rule(), tuple(compiler.did()), tuple(compiler.sequences()))
    compiler.look_at_lookalike()
    if compiler.findings:
        raise ProjectError(compiler.findings)
    return found


def used_segments(rule: Expression | None) -> tuple[str, ...]:
    """The segments that a rule speaks of."""
    names = rule.columns if rule is not None else ()
    return tuple(name.removeprefix(FLAG) for name in names if name.startswith(FLAG))


def used_tags(rule: Expression | None) -> tuple[str, ...]:
    """The tags that a rule reads."""
    names = rule.columns if rule is not None else ()
    return tuple(name for name in names if not name.startswith(FLAG) and name != CUSTOMER_ID)


def compares(rule: Expression) -> bool:
    """Whether a rule compares customers with each other."""
    return any(isinstance(node, Call) and node.function.compares for node in walk(rule.node))


class _Compiler:
    """Compiles the parts of one segment and collects what is wrong with them."""

    def __init__(
        self,
        name: str,
        spec: SegmentSpec,
        tag_types: Mapping[str, Type],
        segments: frozenset[str],
        tables: Mapping[str, Table],
    ) -> None:
        self.spec, self.tag_types, self.segments, self.tables = spec, tag_types, segments, tables
        self.owner = f"segment '{name}'"
        self.findings: list[Finding] = []

    def rule(self) -> Expression | None:
        if self.spec.where is None:
            return None
        scope = Scope(self.tag_types, self.owner, "tag", segments=self.segments)
        try:
            return compile_expression(self.spec.where, scope, self.spec.place("where"), wanted=_CONDITION)
        except ProjectError as error:
            self.findings += error.findings
            return None

    def did(self) -> Iterator[Did]:
        for i, spec in enumerate(self.spec.did):
            at = self.spec.place("did", i, "what")
            found = self._facts(spec.what, f"{self.owner}, did", at)
            if found is None:
                continue
            if not found.happens and (spec.at_least is not None or spec.at_most is not None):
                message = f"{self.owner}, did: what never happened is not counted."
                remedy = "Leave 'at_least' and 'at_most' out, or the 'no'."
                self.findings.append(Finding("did_never_counted", message, at, remedy))
            yield Did(spec, found)

    def sequences(self) -> Iterator[Steps]:
        for i, spec in enumerate(self.spec.sequence):
            owner, at = f"{self.owner}, sequence", self.spec.place("sequence", i, "then")
            places = [self.spec.place("sequence", i, "first"), *(at for _ in spec.then)]
            found = [self._facts(text, owner, place) for text, place in zip(spec.steps, places, strict=True)]
            steps = tuple(step for step in found if step is not None)
            if any(not step.happens for step in steps[:-1]):
                remedy = "Write what must not have happened as a 'did' of its own, or put it last."
                message = f"{owner}: only the last step can be one that did not happen."
                self.findings.append(Finding("sequence_no_step", message, at, remedy))
            yield Steps(spec, steps)

    def look_at_lookalike(self) -> None:
        spec = self.spec.lookalike
        if spec is None:
            return
        owner = f"{self.owner}, lookalike"
        if spec.seed not in self.segments:
            at = self.spec.place("lookalike", "seed")
            self.findings.append(unknown("segment", spec.seed, self.segments, owner=owner, at=at))
        for name in spec.tags:
            at = self.spec.place("lookalike", "tags")
            if name not in self.tag_types:
                self.findings.append(unknown("tag", name, self.tag_types, owner=owner, at=at))
            elif self.tag_types[name] not in COMPARABLE:
                message = f"{owner}: customers can't be compared by '{name}', a {self.tag_types[name]}."
                self.findings.append(Finding("lookalike_tag", message, at, "Name numbers, texts, days or yes-or-nos."))

    def _facts(self, text: str, owner: str, at: Location) -> Facts | None:
        try:
            return compile_facts(text, self.tables, owner=owner, at=at, code="segment_facts")
        except ProjectError as error:
            self.findings += error.findings
            return None
