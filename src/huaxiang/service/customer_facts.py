"""The stored facts of one customer after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from huaxiang.facts.files import FactFiles
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery
from huaxiang.store.snapshots import FACTS

KEY = "customer_no"


def customer_facts(engine: DuckEngine, table: str, columns: Sequence[str]) -> PointQuery:
    """Asks for `columns` of the facts of a customer, in order of time; `engine` is that of a snapshot.

    Where they are not in memory they are read from their files: a query would look through all row groups first.
    """
    files = FactFiles(Path(engine.path).parent / FACTS / table)
    return PointQuery(engine, f"fact_{table}", [KEY], columns, within="_seq", find=partial(files.of, columns=columns))
