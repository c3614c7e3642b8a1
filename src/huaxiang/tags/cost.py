"""What each tag costs in the pass over the facts, measured on a sample of customers."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.tags.aggregate import KEY, scan
from huaxiang.tags.atoms import Pass, passes
from huaxiang.tags.compiled import Tables, Tags

if TYPE_CHECKING:
    from huaxiang.tags.kernel.batch import Facts

SAMPLE = 20_000
"""Customers on whom the pass is timed: those with the lowest numbers."""


def cost_shares(engine: Engine, tags: Tags, tables: Tables, moment: Moment) -> dict[str, float]:
    """The share of each aggregate tag in the time of the pass; the shares add up to 1.

    Every aggregate is timed twice: the second time with all that it shares with others (conditions, codes, bounds of
    windows) at hand. That is its own time; what was shared is divided among all aggregates of the table. Tags that need
    the same aggregate divide its time. Reading the rows is left out: it is the same for all tags over a table.
    """
    seconds: dict[str, float] = defaultdict(float)
    below = _sampled_below(engine)
    for run in passes(tags.built):
        own = _atom_seconds(run, _sample(engine, run, tables, moment, below), moment)
        users: dict[str, list[str]] = defaultdict(list)
        for (tag, _), atom in run.atom_of.items():
            users[atom].append(tag)
        for atom, spent in own.items():
            for tag in users[atom]:
                seconds[tag] += spent / len(users[atom])
    total = sum(seconds.values())
    return {tag: spent / total for tag, spent in seconds.items()} if total else {}


def _atom_seconds(run: Pass, facts: Facts, moment: Moment) -> dict[str, float]:
    from huaxiang.tags.kernel.evaluate import evaluate
    from huaxiang.tags.kernel.pairs import Pairs

    pairs = Pairs.at(facts, moment)

    def timed() -> dict[str, float]:
        found = {}
        for name, atom in run.atoms.items():
            begun = time.perf_counter()
            evaluate({name: atom}, facts, pairs)
            found[name] = time.perf_counter() - begun
        return found

    first, own = timed(), timed()
    shared = max(0.0, sum(first.values()) - sum(own.values())) / max(1, len(own))
    return {name: spent + shared for name, spent in own.items()}


def _sampled_below(engine: Engine) -> int:
    """The number below which SAMPLE customers lie, or all of them: numbers of former customers are not given again."""
    customers = engine.table("customers")
    first = customers.select(KEY).order_by(KEY).limit(SAMPLE)
    last = engine.rows(first.aggregate(last=first[KEY].max()), step="customers of the sample")[0]["last"]
    return 0 if last is None else int(last) + 1


def _sample(engine: Engine, run: Pass, tables: Tables, moment: Moment, below: int) -> Any:
    import numpy as np

    from huaxiang.tags.kernel.batch import facts_from_arrow

    facts, at = engine.table(f"fact_{run.table}"), tables[run.table].time
    assert at is not None  # noqa: S101 - only fact tables have passes
    rows = engine.arrow(scan(run, facts.filter(facts[KEY] < below), at, moment), step=f"sample {run.table}")
    customers = np.unique(rows[KEY].to_numpy())
    return facts_from_arrow(rows, run.types, customers)
