"""The pass over the facts: scan in the engine, tag kernel over bucket after bucket of customers, results as a table."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.ibis_form import to_ibis
from huaxiang.tags.atoms import Pass

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

KEY = "customer_no"
BUCKET = 65_536
"""Customers per bucket: bounds the memory of a pass whatever the number of customers."""

Progress = Callable[[float], None]


def scan(run: Pass, facts: ibis.Table, time: str, moment: Moment) -> ibis.Table:
    """The rows of a fact table as the kernel reads them: keys, time, day and the row columns of the pass."""
    columns = {name: to_ibis(node, facts, moment).cast(ibis_type(node.type)) for name, node in run.rows.items()}
    return facts.select(KEY, "_day", "_seq", _at=facts[time], **columns)


def aggregate_table(
    engine: Engine,
    run: Pass,
    *,
    time: str,
    moment: Moment,
    customers: int,
    threads: int = 1,
    bucket: int = BUCKET,
    progress: Progress | None = None,
) -> Iterator[pa.Table]:
    """The values of all atoms of a pass, a table per bucket of customers in order.

    `customers` is their number: customers are numbered from 0 on, and each has a row in the result.
    """
    rows = scan(run, engine.table(f"fact_{run.table}"), time, moment)
    buckets = [range(low, min(low + bucket, customers)) for low in range(0, customers, bucket)]
    waiting: deque[Future[pa.Table]] = deque()
    done = 0
    with ThreadPoolExecutor(threads) as pool:
        for numbers in buckets:
            part = rows.filter(rows[KEY] >= numbers.start, rows[KEY] < numbers.stop)
            batch = engine.arrow(part, step=f"scan {run.table}")
            waiting.append(pool.submit(evaluate_bucket, run, batch, numbers, moment))
            # The engine reads on while the kernel works, but never far ahead: memory stays that of a few buckets.
            while len(waiting) > threads or (waiting and numbers is buckets[-1]):
                yield waiting.popleft().result()
                done += 1
                if progress:
                    progress(done / len(buckets))


def evaluate_bucket(run: Pass, rows: pa.Table, customers: range, moment: Moment) -> pa.Table:
    """The values of all atoms of a pass for the customers of one bucket."""
    import numpy as np
    import pyarrow as pa

    from huaxiang.tags.kernel.batch import facts_from_arrow
    from huaxiang.tags.kernel.evaluate import Pairs, evaluate

    numbers = np.arange(customers.start, customers.stop, dtype=np.int64)
    facts = facts_from_arrow(rows, run.types, numbers)
    pairs = Pairs.at(facts, moment)
    columns = {KEY: pa.array(numbers)}
    columns |= {name: evaluate(atom, facts, pairs) for name, atom in run.atoms.items()}
    return pa.table(columns)


def atom_types(run: Pass) -> dict[str, Type]:
    """The type of each atom of a pass."""
    return {name: atom.type for name, atom in run.atoms.items()}
