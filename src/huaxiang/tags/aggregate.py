"""The pass over the facts: bucket after bucket is read, made into row columns, and put through the tag kernel."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from huaxiang.core.buckets import BUCKET, BucketReader, buckets
from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.ibis_form import to_ibis
from huaxiang.tags.atoms import Pass
from huaxiang.tags.rows import RowColumns

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa

KEY = "customer_no"
SLICE = 1 << 27
"""Bytes of row columns that are looked at together: more customers than make up so many are taken in turns."""

_BY_VALUE = frozenset({"min", "max", "top", "top_list"})
"""The steps whose result depends on the order of texts: the smallest, or the smaller of equals."""

Progress = Callable[[float], None]


def scan(run: Pass, facts: ibis.Table, time: str, moment: Moment) -> ibis.Table:
    """The rows of a fact table as the kernel reads them: keys, time, day and the row columns of the pass."""
    columns = {name: to_ibis(node, facts, moment).cast(ibis_type(node.type)) for name, node in run.rows.items()}
    return facts.select(KEY, "_day", "_seq", _at=facts[time], **columns)


def aggregate_table(
    engine: Engine,
    run: Pass,
    *,
    facts: BucketReader,
    time: str,
    moment: Moment,
    customers: int,
    threads: int = 1,
    bucket: int = BUCKET,
    progress: Progress | None = None,
) -> Iterator[pa.Table]:
    """The values of all atoms of a pass, a table per bucket of customers in order.

    `customers` is their number: customers are numbered from 0 on, and each has a row in the result. `facts` are read
    once, by as many `threads` as compute; memory is that of a bucket per thread.
    """
    rows = RowColumns.of(run, engine, time=time, moment=moment)

    def work(numbers: range) -> pa.Table:
        return evaluate_bucket(run, rows.make(facts.read(numbers, rows.stored)), numbers, moment)

    waiting: deque[Future[pa.Table]] = deque()
    todo = buckets(customers, bucket)
    done = 0
    with ThreadPoolExecutor(threads) as pool:
        for numbers in [*todo, None]:
            if numbers is not None:
                waiting.append(pool.submit(work, numbers))
            # Threads never work far ahead of who takes the results: memory stays that of a few buckets.
            while len(waiting) > threads or (waiting and numbers is None):
                yield waiting.popleft().result()
                done += 1
                if progress:
                    progress(done / len(todo))


def evaluate_bucket(run: Pass, rows: pa.Table, customers: range, moment: Moment) -> pa.Table:
    """The values of all atoms of a pass for the customers of one bucket, whose facts are `rows`."""
    import numpy as np
    import pyarrow as pa

    numbers = np.arange(customers.start, customers.stop, dtype=np.int64)
    parts = [_evaluate(run, part, own, moment) for part, own in _slices(rows.combine_chunks(), numbers, len(run.rows))]
    return pa.concat_tables(parts) if len(parts) > 1 else parts[0]


def _evaluate(run: Pass, rows: pa.Table, numbers: np.ndarray, moment: Moment) -> pa.Table:
    import pyarrow as pa

    from huaxiang.tags.kernel.batch import facts_from_arrow
    from huaxiang.tags.kernel.evaluate import Pairs, evaluate

    facts = facts_from_arrow(rows, run.types, numbers, unordered=_unordered(run))
    pairs = Pairs.at(facts, moment)
    columns = {KEY: pa.array(numbers)}
    columns |= {name: evaluate(atom, facts, pairs) for name, atom in run.atoms.items()}
    return pa.table(columns)


def _slices(rows: pa.Table, numbers: np.ndarray, width: int) -> Iterator[tuple[pa.Table, np.ndarray]]:
    """The rows and their customers, cut between customers so that each part stays below `SLICE`."""
    import numpy as np

    most = max(1, SLICE // (8 * (width + 4)))
    if rows.num_rows <= most:
        yield rows, numbers
        return
    ends = np.append(np.searchsorted(rows[KEY].to_numpy(), numbers), rows.num_rows)
    first = 0
    while first < len(numbers):
        # At least one customer, however many facts there are of that one.
        after = max(first + 1, int(np.searchsorted(ends, ends[first] + most, side="right")) - 1)
        yield rows.slice(ends[first], ends[after] - ends[first]), numbers[first:after]
        first = after


def _unordered(run: Pass) -> frozenset[str]:
    """The row columns of which no atom asks which text comes first."""
    ordered = {name for atom in run.atoms.values() if atom.function.step in _BY_VALUE for name in atom.values}
    return frozenset(run.rows) - ordered


def atom_types(run: Pass) -> dict[str, Type]:
    """The type of each atom of a pass."""
    return {name: atom.type for name, atom in run.atoms.items()}
