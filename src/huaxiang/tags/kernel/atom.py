"""What the kernel computes: one aggregate, with everything that makes its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huaxiang.core.moments import Window
from huaxiang.core.types import Type
from huaxiang.expressions.functions import AggregateFunction


@dataclass(frozen=True)
class Atom:
    """One aggregate of one fact table, as the kernel computes it.

    `values`, `weight` and `where` are names of row columns; several conditions must all hold. Tags that need the same
    atom share it.
    """

    table: str
    function: AggregateFunction
    type: Type
    values: tuple[str, ...]
    parameters: tuple[Any, ...]
    weight: str | None
    where: tuple[str, ...]
    window: Window
