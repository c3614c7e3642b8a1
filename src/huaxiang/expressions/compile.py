"""The one way from the text of a definition to something that can be computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import NOWHERE, Location
from huaxiang.core.types import Type
from huaxiang.expressions.check import Checker, Scope
from huaxiang.expressions.ibis_form import Resolve, to_ibis
from huaxiang.expressions.nodes import Aggregate, Node, aggregates, column_names
from huaxiang.expressions.parse import parse

if TYPE_CHECKING:
    from huaxiang.core.moments import Moment
    from huaxiang.expressions.moment import RowMoment


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, its tree and its type."""

    text: str
    node: Node

    @property
    def type(self) -> Type:
        """The type of its value."""
        return self.node.type

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names it reads, each once."""
        return column_names(self.node)

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates it holds, each once."""
        return aggregates(self.node)

    def ibis(
        self, columns: Mapping[str, Any] | Any, moment: Moment | RowMoment, aggregate: Resolve | None = None
    ) -> Any:
        """Its Ibis value over `columns`: an Ibis table, or a mapping of names to Ibis values."""
        return to_ibis(self.node, columns, moment, aggregate)


def compile_expression(
    text: str, scope: Scope, at: Location = NOWHERE, *, wanted: frozenset[Type] | None = None
) -> Expression:
    """Read and check one expression.

    `wanted` are the types that its value may have (None: any).

    Raises:
        ProjectError: with a finding for each mistake.
    """
    tree = parse(text, owner=scope.owner, at=at)
    checker = Checker(scope, at)
    node = checker.node(tree)
    if not checker.findings and wanted is not None and node.type not in wanted | {Type.NULL}:
        checker.mistype(text, node, wanted)
    if checker.findings:
        raise ProjectError(checker.findings)
    return Expression(text, node)
