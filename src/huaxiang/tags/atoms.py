"""From compiled tags to what one pass over a fact table has to compute: row columns and atoms, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from huaxiang.core.moments import ALL_TIME
from huaxiang.core.types import Type
from huaxiang.expressions.nodes import Aggregate, Call, Node
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.kernel.atom import Atom
from huaxiang.tags.spec import AggregateTag


@dataclass
class Pass:
    """One pass over one fact table.

    `rows` maps the name of each row column to the expression that it holds. `atoms` maps names to atoms; `atom_of` says
    which atom stands for an aggregate of a tag.
    """

    table: str
    rows: dict[str, Node] = field(default_factory=dict)
    atoms: dict[str, Atom] = field(default_factory=dict)
    atom_of: dict[tuple[str, Aggregate], str] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, Type]:
        """The type of each row column."""
        return {name: node.type for name, node in self.rows.items()}

    def add(self, tag: CompiledTag) -> None:
        """Take in the aggregates of an aggregate tag."""
        assert isinstance(tag.spec, AggregateTag)  # noqa: S101 - the caller sorts tags by table
        assert tag.value is not None  # noqa: S101
        for aggregate in dict.fromkeys((*tag.value.aggregates, *tag.newest)):
            conditions = [*_conjuncts(tag.where.node if tag.where else None), *_conjuncts(aggregate.where)]
            atom = Atom(
                self.table,
                aggregate.function,
                aggregate.type,
                tuple(self._row(node) for node in aggregate.arguments),
                aggregate.parameters,
                self._row(aggregate.weight) if aggregate.weight is not None else None,
                tuple(sorted({self._row(node) for node in conditions})),
                aggregate.window or tag.spec.window or ALL_TIME,
            )
            self.atom_of[tag.name, aggregate] = self._name(atom)

    def _row(self, node: Node) -> str:
        for name, known in self.rows.items():
            if known == node:
                return name
        name = f"r{len(self.rows)}"
        self.rows[name] = node
        return name

    def _name(self, atom: Atom) -> str:
        for name, known in self.atoms.items():
            if known == atom:
                return name
        name = f"{self.table}_{len(self.atoms)}"
        self.atoms[name] = atom
        return name


def passes(tags: Iterable[CompiledTag]) -> tuple[Pass, ...]:
    """One pass per fact table that the aggregate tags among `tags` read, tables in order of their names."""
    by_table: dict[str, Pass] = {}
    for tag in tags:
        if isinstance(tag.spec, AggregateTag):
            by_table.setdefault(tag.spec.table, Pass(tag.spec.table)).add(tag)
    return tuple(by_table[table] for table in sorted(by_table))


def _conjuncts(node: Node | None) -> list[Node]:
    """The conditions that `and` joins: shared between tags, each is computed once."""
    if node is None:
        return []
    if isinstance(node, Call) and node.function.name == "and":
        return [part for side in node.arguments for part in _conjuncts(side)]
    return [node]
