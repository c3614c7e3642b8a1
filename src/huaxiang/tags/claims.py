"""What tags claim about the future: the text of a definition → an event in a fact table, checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.moments import Duration
from huaxiang.core.types import Type
from huaxiang.expressions import Expression, Scope, compile_expression
from huaxiang.expressions.facts import compile_facts
from huaxiang.tags.catalog import definition_of
from huaxiang.tags.compiled import CompiledTag, Tables
from huaxiang.tags.spec import ClaimSpec, ImportTag, RuleTag, Scalar, TagSpec

_BOOLEAN = frozenset({Type.BOOLEAN})
_CLAIMABLE = frozenset({Type.BOOLEAN, Type.TEXT, Type.INTEGER, Type.NUMBER, Type.MONEY})

PROBABILITY = "probability"
"""The unit of a tag whose value is the chance that the event happens; other numbers only rank customers."""


@dataclass(frozen=True)
class Claim:
    """A checked claim: a fact of `table` that meets `where` comes within `within`, or none does (`happens` False).

    `among` is a condition over tags. `says` are the values that say so; empty for numbers.
    """

    table: str
    happens: bool
    where: Expression | None
    within: Duration
    among: Expression | None
    says: tuple[Scalar, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that say of whom it speaks."""
        return self.among.columns if self.among else ()


def compile_claim(tag: TagSpec, type_: Type, tables: Tables, types: Mapping[str, Type]) -> Claim:
    """The claim of a tag of `type_`; `types` are those of all tags.

    Raises:
        ProjectError: with every mistake in it.
    """
    compiler = _Compiler(tag, type_, tables, types)
    claim = compiler.compile()
    if compiler.findings or claim is None:
        raise ProjectError(compiler.findings)
    return claim


def check_claims(specs: Mapping[str, TagSpec], types: Mapping[str, Type], tables: Tables) -> Iterator[Finding]:
    """Yield a finding for each mistake in what tags claim. Never raises."""
    for name, spec in specs.items():
        if spec.claims is not None:
            try:
                compile_claim(spec, types[name], tables, types)
            except ProjectError as error:
                yield from error.findings


def definition_hash(tags: Iterable[CompiledTag], name: str) -> str:
    """What a tag, all that it reads and its claim are defined as, in 16 digits: another one is another tag."""
    known = {tag.name: tag for tag in tags}
    found: dict[str, Any] = {}
    left = [name]
    while left:
        tag = known[left.pop()]
        if tag.name not in found:
            found[tag.name] = {"type": str(tag.type), "definition": definition_of(tag)}
            left += tag.tags
    claims = known[name].spec.claims
    found["claims"] = claims.model_dump(mode="json") if claims else None
    text = json.dumps(found, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Compiler:
    def __init__(self, tag: TagSpec, type_: Type, tables: Tables, types: Mapping[str, Type]) -> None:
        assert tag.claims is not None  # noqa: S101 - the caller has looked
        self.tag = tag
        self.spec: ClaimSpec = tag.claims
        self.type = type_
        self.tables = tables
        self.types = types
        self.owner = f"tag '{tag.name}', claims"
        self.findings: list[Finding] = []

    def compile(self) -> Claim | None:
        self._claimable()
        among = self._among()
        says = self._says()
        at = self.tag.place("claims", "event")
        try:
            facts = compile_facts(self.spec.event, self.tables, owner=self.owner, at=at, code="claim_event")
        except ProjectError as error:
            self.findings += error.findings
            return None
        return Claim(facts.table, facts.happens, facts.where, self.spec.within, among, says)

    def _claimable(self) -> None:
        if isinstance(self.tag, ImportTag):
            message = f"{self.owner}: values from a file have no moment, so nobody can look what they said before."
            self._find("claim_timeless", message, "event", "Let a table with times say it.")
        elif self.type not in _CLAIMABLE | {Type.NULL}:
            message = f"{self.owner}: a {self.type} says nothing about an event."
            self._find("claim_type", message, "event", "Claim by a yes-or-no, a text or a number.")

    def _says(self) -> tuple[Scalar, ...]:
        """The values that say that it will happen."""
        if self.type is Type.BOOLEAN:
            return self.spec.says or (True,)
        if self.type is not Type.TEXT:
            if self.spec.says:
                self._find(
                    "claim_says", f"{self.owner}: a number says it by how large it is.", "says", "Remove 'says'."
                )
            return ()
        known = _values(self.tag)
        for value in self.spec.says:
            if known and value not in known:
                at = self.tag.place("claims", "says")
                self.findings.append(unknown("value", str(value), map(str, known), owner=self.owner, at=at))
        return self.spec.says

    def _among(self) -> Expression | None:
        if self.spec.among is None:
            return None
        try:
            at = self.tag.place("claims", "among")
            return compile_expression(self.spec.among, Scope(self.types, self.owner, "tag"), at, wanted=_BOOLEAN)
        except ProjectError as error:
            self.findings += error.findings
            return None

    def _find(self, code: str, message: str, key: str, remedy: str) -> None:
        self.findings.append(Finding(code, message, self.tag.place("claims", key), remedy))


def _values(tag: TagSpec) -> set[Scalar]:
    """The values that a rule can have; empty where the definition does not list them."""
    if not isinstance(tag, RuleTag):
        return set()
    return {case.then for case in tag.cases} | ({tag.otherwise} if tag.otherwise is not None else set())
