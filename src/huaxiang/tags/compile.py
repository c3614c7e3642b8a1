"""Definitions of tags → compiled tags, in order of dependency, with all mistakes found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.tables import GIVEN
from huaxiang.core.types import STORED, Type
from huaxiang.expressions import Expression, Scope, compile_expression
from huaxiang.expressions.nodes import Column, outside_aggregates
from huaxiang.tags.compiled import CompiledTag, Tables
from huaxiang.tags.freshness import newest_facts
from huaxiang.tags.spec import (
    AggregateTag,
    AttributeTag,
    BinsTag,
    FormulaTag,
    ImportTag,
    RuleTag,
    SqlTag,
    TagSpec,
)
from huaxiang.tags.sql import check_sql

_BOOLEAN = frozenset({Type.BOOLEAN})
_STORED = frozenset(STORED)
_BINNED = frozenset({Type.INTEGER, Type.NUMBER, Type.MONEY})


@dataclass(frozen=True)
class Compiled:
    """What became of all definitions of tags: the compiled ones, each after those it reads, and every mistake.

    `types` has the type of each tag, null where its definition holds mistakes.
    """

    tags: tuple[CompiledTag, ...]
    findings: tuple[Finding, ...]
    types: Mapping[str, Type]


def compile_tags(specs: Mapping[str, TagSpec], tables: Tables) -> tuple[CompiledTag, ...]:
    """The compiled tags, each after those it reads.

    Raises:
        ProjectError: with every mistake in any definition.
    """
    return sound(compile_all(specs, tables))


def sound(compiled: Compiled) -> tuple[CompiledTag, ...]:
    """The compiled tags, where none of the definitions holds a mistake.

    Raises:
        ProjectError: with every mistake in any definition.
    """
    if compiled.findings:
        raise ProjectError(list(compiled.findings))
    return compiled.tags


def compile_all(specs: Mapping[str, TagSpec], tables: Tables) -> Compiled:
    """Compile all definitions, and find what is wrong with them. Never raises."""
    findings: list[Finding] = []
    reads = {name: _reads(spec, specs) for name, spec in specs.items()}
    order, cycle = _ordered(reads)
    if cycle:
        findings.append(_cycle(cycle, specs))
    types: dict[str, Type] = {}
    compiled = []
    for name in order:
        try:
            tag = _Compiler(specs[name], tables, types, frozenset(specs)).compile()
        except ProjectError as error:
            findings += error.findings
            # A stand-in of no type keeps one mistake from raising others in the tags that read this one.
            types[name] = Type.NULL
        else:
            types[name] = tag.type
            compiled.append(tag)
    known = dict.fromkeys(specs, Type.NULL) | {tag.name: tag.type for tag in compiled}
    return Compiled(tuple(compiled), tuple(findings), known)


def _reads(spec: TagSpec, specs: Mapping[str, TagSpec]) -> frozenset[str]:
    """The names of other tags that occur in a definition, mistaken or not: enough to find the order."""
    from sqlglot.errors import SqlglotError
    from sqlglot.tokens import Tokenizer, TokenType

    match spec:
        case FormulaTag():
            texts = [spec.expression]
        case RuleTag():
            texts = [case.when for case in spec.cases]
        case BinsTag():
            texts = [spec.bins.of, spec.bins.where or ""]
        case _:
            return frozenset()
    words: set[str] = set()
    for text in texts:
        try:
            tokens = Tokenizer().tokenize(text)
        except SqlglotError:
            continue
        # A word before a bracket is a function, also where a tag has the same name.
        calls = {i for i, following in enumerate(tokens[1:]) if following.token_type == TokenType.L_PAREN}
        words |= {token.text for i, token in enumerate(tokens) if i not in calls}
    return frozenset(words & specs.keys())


def _ordered(reads: Mapping[str, frozenset[str]]) -> tuple[list[str], list[str]]:
    """The names, each after those it reads; and the first cycle, whose members are left out."""
    remaining = dict(reads)
    first: list[str] = []
    while True:
        try:
            # Sorted, so that the order does not hang on the order of the files.
            return list(TopologicalSorter({n: sorted(remaining[n]) for n in sorted(remaining)}).static_order()), first
        except CycleError as error:
            members = list(reversed(error.args[1]))
            first = first or members
            broken = set(members)
            remaining = {name: read - broken for name, read in remaining.items() if name not in broken}


def _cycle(members: list[str], specs: Mapping[str, TagSpec]) -> Finding:
    return Finding(
        "tag_cycle",
        f"tags read each other in a circle: {' → '.join(members)}.",
        specs[members[0]].at,
        "Break the circle: let one of them be computed from facts or attributes.",
    )


class _Compiler:
    """Compiles one definition; collects what is wrong with it, then raises it together."""

    def __init__(self, spec: TagSpec, tables: Tables, types: Mapping[str, Type], names: frozenset[str]) -> None:
        self.spec = spec
        self.tables = tables
        self.types = types
        self.names = names
        self.owner = f"tag '{spec.name}'"
        self.findings: list[Finding] = []

    def compile(self) -> CompiledTag:
        match self.spec:
            case AttributeTag():
                tag = self._attribute(self.spec)
            case AggregateTag():
                tag = self._aggregate(self.spec)
            case FormulaTag():
                tag = self._formula(self.spec)
            case RuleTag():
                tag = self._rule(self.spec)
            case BinsTag():
                tag = self._bins(self.spec)
            case SqlTag():
                self.findings += check_sql(self.spec, self.tables)
                tag = CompiledTag(self.spec, Type(self.spec.type))
            case ImportTag():
                tag = CompiledTag(self.spec, Type(self.spec.type))
            case _:
                raise TypeError(type(self.spec).__name__)
        if self.spec.ttl is not None and not isinstance(self.spec, AggregateTag):
            self.findings.append(
                Finding(
                    "ttl_without_facts",
                    f"{self.owner}: 'ttl' asks how old the newest fact is, and this tag reads no facts.",
                    self.spec.place("ttl"),
                    "Write it on the tags over facts that this one reads.",
                )
            )
        if self.findings:
            raise ProjectError(self.findings)
        return tag

    def _attribute(self, spec: AttributeTag) -> CompiledTag:
        # A column that a project gives its records comes before one that identity gives to everybody.
        tables = [self.tables["records"], *GIVEN.values()]
        for table in tables:
            if spec.attribute in table.names:
                columns = (f"{table.name}.{spec.attribute}",)
                return CompiledTag(spec, table[spec.attribute].type, columns=columns)
        known = [name for table in tables for name in table.names]
        at = spec.place("attribute")
        self.findings.append(unknown("attribute", spec.attribute, known, owner=self.owner, at=at))
        return CompiledTag(spec, Type.NULL)

    def _aggregate(self, spec: AggregateTag) -> CompiledTag:
        table = self.tables.get(spec.table)
        if table is None or not table.is_fact:
            facts = [name for name, known in self.tables.items() if known.is_fact]
            self.findings.append(unknown("table", spec.table, facts, owner=self.owner, at=spec.place("table")))
            return CompiledTag(spec, Type.NULL)
        value = self._expression(spec.value, "value", table.types, "column", _STORED, aggregates=True)
        where = self._expression(spec.where, "where", table.types, "column", _BOOLEAN)
        if value and not value.aggregates:
            self.findings.append(
                Finding(
                    "aggregate_missing",
                    f"{self.owner}: '{spec.value}' holds no aggregate, so it has no single value per customer.",
                    spec.place("value"),
                    "Say which row counts: last(…), first(…), top(…), sum(…), count() …",
                )
            )
        if value and any(isinstance(part, Column) for part in outside_aggregates(value.node)):
            self.findings.append(
                Finding(
                    "column_outside_aggregate",
                    f"{self.owner}: '{spec.value}' uses a column outside of an aggregate.",
                    spec.place("value"),
                    "Put the column into an aggregate such as last(…).",
                )
            )
        names = {name for expression in (value, where) if expression for name in expression.columns}
        columns = tuple(sorted(f"{spec.table}.{name}" for name in names))
        newest = newest_facts(value, table) if value and spec.ttl else ()
        return CompiledTag(
            spec, value.type if value else Type.NULL, columns=columns, value=value, where=where, newest=newest
        )

    def _formula(self, spec: FormulaTag) -> CompiledTag:
        value = self._over_tags(spec.expression, "expression", _STORED)
        return CompiledTag(spec, value.type if value else Type.NULL, _tags(value), value=value)

    def _rule(self, spec: RuleTag) -> CompiledTag:
        cases = [self._over_tags(case.when, f"cases.{i}.when", _BOOLEAN) for i, case in enumerate(spec.cases)]
        results = [case.then for case in spec.cases]
        results += [spec.otherwise] if spec.otherwise is not None else []
        kinds = {_type_of(result) for result in results}
        if len(kinds) > 1 and not kinds <= {Type.INTEGER, Type.NUMBER}:
            kind_names = " and ".join(sorted(kinds))
            self.findings.append(
                Finding("mixed_types", f"{self.owner}: its cases are of different types: {kind_names}.", spec.at)
            )
        type_ = Type.NUMBER if len(kinds) > 1 else kinds.pop()
        return CompiledTag(spec, type_, _tags(*cases), cases=tuple(case for case in cases if case))

    def _bins(self, spec: BinsTag) -> CompiledTag:
        bins = spec.bins
        if bins.of not in self.types:
            self.findings.append(self._unknown_tag(bins.of, "bins.of"))
            return CompiledTag(spec, Type.NULL)
        where = self._over_tags(bins.where, "bins.where", _BOOLEAN)
        source = self.types[bins.of]
        if bins.top is None and source not in _BINNED | {Type.NULL}:
            self.findings.append(
                Finding(
                    "expression_type",
                    f"{self.owner}: breaks and quantiles need a number, but '{bins.of}' is {source}.",
                    spec.place("bins", "of"),
                    "Use `top: N` for texts.",
                )
            )
        type_ = Type.INTEGER if bins.quantiles and not bins.labels else Type.TEXT
        return CompiledTag(spec, type_, tuple(dict.fromkeys((bins.of, *_tags(where)))), where=where)

    # -- expressions ----------------------------------------------------------------------------------------

    def _over_tags(self, text: str | None, key: str, wanted: frozenset[Type]) -> Expression | None:
        return self._expression(text, key, self.types, "tag", wanted)

    def _expression(
        self,
        text: str | None,
        key: str,
        columns: Mapping[str, Type],
        kind: str,
        wanted: frozenset[Type],
        *,
        aggregates: bool = False,
    ) -> Expression | None:
        if text is None:
            return None
        scope = Scope(columns, self.owner, kind, aggregates)
        try:
            return compile_expression(text, scope, self.spec.place(*key.split(".")), wanted=wanted)
        except ProjectError as error:
            self.findings += (self._known_as(finding, key) for finding in error.findings if not self._circular(finding))
            return None

    def _circular(self, finding: Finding) -> bool:
        """Whether a tag is called unknown that is defined, only not compiled: the circle it is in is the finding."""
        return finding.code == "unknown_tag" and finding.context["name"] in self.names

    def _known_as(self, finding: Finding, key: str) -> Finding:
        """The finding; for an unknown tag with all tags to choose from, not only those compiled before this one."""
        return self._unknown_tag(finding.context["name"], key) if finding.code == "unknown_tag" else finding

    def _unknown_tag(self, name: str, key: str) -> Finding:
        return unknown("tag", name, self.names, owner=self.owner, at=self.spec.place(*key.split(".")))


def _tags(*expressions: Expression | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in expressions if each for name in each.columns))


def _type_of(value: object) -> Type:
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, int):
        return Type.INTEGER
    return Type.NUMBER if isinstance(value, float) else Type.TEXT
