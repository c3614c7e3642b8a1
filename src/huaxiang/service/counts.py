"""How many customers rules hold, rule after rule, over one opened build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.small_groups import Guard
from huaxiang.segments.algebra import HELD, Rules
from huaxiang.segments.done import KEY
from huaxiang.store.around import QueryAround
from huaxiang.store.engine import DuckEngine

if TYPE_CHECKING:
    import ibis


class Counts:
    """Counts customers. What is asked of every rule is compiled once: of a new one only the rule itself is."""

    def __init__(self, engine: DuckEngine, rules: Rules, guard: Guard) -> None:
        def counted(rows: ibis.Table) -> ibis.Table:
            keys = rows.filter(rows[HELD]).select(key=guard.key(rows[KEY]))
            return keys.aggregate(size=keys.count(), keys=keys["key"].sum())

        self._rules = rules
        self._around = QueryAround(engine, counted, {KEY: "int64", HELD: "boolean"}, step="count customers")

    def count(self, rule: str) -> tuple[int, int]:
        """The number of customers of whom `rule` holds, and the sum of their keys: `Guard.size` tells it.

        Raises:
            ProjectError: it holds a mistake.
        """
        (row,) = self._around.rows(self._rules.held(rule))
        return int(row["size"]), int(row["keys"] or 0)
