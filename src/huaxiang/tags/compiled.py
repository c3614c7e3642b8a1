"""A tag as the steps of a build see it: names resolved, expressions checked, type known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.core.tables import Table
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions import Expression
from huaxiang.expressions.nodes import Aggregate
from huaxiang.tags.calibration import Calibration
from huaxiang.tags.spec import TagSpec, kind_of


@dataclass(frozen=True)
class CompiledTag:
    """A checked tag.

    `tags` are the tags it reads, `columns` the table columns (`orders.amount`). `value` is the expression of an
    aggregate or formula; `where` that of an aggregate or of bins; `cases` those of a rule. `newest` are the aggregates
    that give the moment of the newest fact behind each aggregate of a tag with a time to live. `calibration` corrects a
    probability.
    """

    spec: TagSpec
    type: Type
    tags: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    value: Expression | None = None
    where: Expression | None = None
    cases: tuple[Expression, ...] = ()
    newest: tuple[Aggregate, ...] = ()
    calibration: Calibration | None = None

    @property
    def name(self) -> str:
        """The name of the tag."""
        return self.spec.name

    @property
    def kind(self) -> str:
        """The kind of the tag as the catalog shows it."""
        return kind_of(self.spec)


@dataclass(frozen=True)
class LeftOut:
    """A tag that is not built, and why."""

    name: str
    reason: Text


@dataclass(frozen=True)
class Tags:
    """All tags of a project that can be built, each after those it reads, and those that can't."""

    built: tuple[CompiledTag, ...]
    left_out: tuple[LeftOut, ...] = ()

    def __getitem__(self, name: str) -> CompiledTag:
        for tag in self.built:
            if tag.name == name:
                return tag
        raise KeyError(name)

    @property
    def types(self) -> dict[str, Type]:
        """The type of each built tag."""
        return {tag.name: tag.type for tag in self.built}


Tables = Mapping[str, Table]
Fed = Mapping[str, frozenset[str]]
"""Which columns of which tables the project's sources fill."""
