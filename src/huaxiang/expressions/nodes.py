"""The checked tree of an expression. Every node knows its type; none knows an engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from huaxiang.core.moments import Window
from huaxiang.core.types import Type
from huaxiang.expressions.functions.base import AggregateFunction, Function


@dataclass(frozen=True)
class Literal:
    """A constant: text, number, boolean, date, duration, a tuple of constants, or None."""

    value: Any
    type: Type


@dataclass(frozen=True)
class Column:
    """A column of the table, or a tag, by name."""

    name: str
    type: Type


@dataclass(frozen=True)
class Call:
    """A scalar function applied to its arguments."""

    function: Function
    arguments: tuple[Node, ...]
    type: Type


@dataclass(frozen=True)
class Aggregate:
    """An aggregate over the facts of one customer.

    `arguments` are evaluated per row; `parameters` are the literal ones; `weight` is the row value of `by => sum(…)`;
    `where` and `window` narrow the rows further than the tag itself does.
    """

    function: AggregateFunction
    arguments: tuple[Node, ...]
    type: Type
    parameters: tuple[Any, ...] = ()
    weight: Node | None = None
    where: Node | None = None
    window: Window | None = None


Node = Literal | Column | Call | Aggregate


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    match node:
        case Call():
            return node.arguments
        case Aggregate():
            return (*node.arguments, *(part for part in (node.weight, node.where) if part is not None))
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def outside_aggregates(node: Node) -> Iterator[Node]:
    """The nodes of the expression that are evaluated once per customer: everything but the aggregates' insides."""
    yield node
    if not isinstance(node, Aggregate):
        for child in children(node):
            yield from outside_aggregates(child)


def column_names(node: Node) -> tuple[str, ...]:
    """The columns that the expression reads, each once, in order of appearance."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Column)))


def aggregates(node: Node) -> tuple[Aggregate, ...]:
    """The outermost aggregates of the expression, each once, in order of appearance."""
    if isinstance(node, Aggregate):
        return (node,)
    return tuple(dict.fromkeys(found for child in children(node) for found in aggregates(child)))
