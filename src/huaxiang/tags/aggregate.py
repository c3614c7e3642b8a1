"""The pass over the facts: bucket after bucket is read, made into row columns, and put through the tag kernel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.buckets import BucketReader
from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import ibis_type
from huaxiang.expressions.ibis_form import to_ibis
from huaxiang.tags.atoms import Pass
from huaxiang.tags.rows import RowColumns

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from huaxiang.tags.kernel.evaluate import Plan

KEY = "customer_no"
SLICE = 1 << 27
"""Bytes of row columns that are looked at together: more customers than make up so many are taken in turns."""

_BY_VALUE = frozenset({"min", "max", "top", "top_list"})
"""The steps whose result depends on the order of texts: the smallest, or the smaller of equals."""


def scan(run: Pass, facts: ibis.Table, time: str, moment: Moment) -> ibis.Table:
    """The rows of a fact table as the kernel reads them: keys, time, day and the row columns of the pass."""
    columns = {name: to_ibis(node, facts, moment).cast(ibis_type(node.type)) for name, node in run.rows.items()}
    return facts.select(KEY, "_day", "_seq", _at=facts[time], **columns)


@dataclass(frozen=True)
class Aggregator:
    """Computes the atoms of one pass, bucket after bucket. Many threads may do so at once; facts are read once."""

    run: Pass
    facts: BucketReader
    rows: RowColumns
    moment: Moment

    @classmethod
    def of(cls, engine: Engine, run: Pass, facts: BucketReader, *, time: str, moment: Moment) -> Aggregator:
        """The aggregator of `run` at `moment`; `time` is the column that says when a fact happened."""
        return cls(run, facts, RowColumns.of(run, engine, time=time, moment=moment), moment)

    def aggregate(self, customers: range, only: NDArray[np.int64] | None = None) -> pa.Table:
        """The values of all atoms, with a row for each of `customers`, or of those among them who are in `only`."""
        stored = self.facts.read(customers, self.rows.stored, only=only)
        numbers = customers if only is None else only
        return evaluate_bucket(self.run, self.rows.make(stored), numbers, self.moment)


def evaluate_bucket(
    run: Pass,
    rows: pa.Table,
    customers: Sequence[int] | NDArray[np.int64],
    moment: Moment,
    plan: Plan | None = None,
) -> pa.Table:
    """The values of all atoms of a pass for some `customers`, rising, whose facts are `rows`."""
    import numpy as np
    import pyarrow as pa

    numbers = np.asarray(customers, dtype=np.int64)
    slices = _slices(rows.combine_chunks(), numbers, len(run.rows))
    parts = [_evaluate(run, part, own, moment, plan) for part, own in slices]
    return pa.concat_tables(parts) if len(parts) > 1 else parts[0]


def _evaluate(run: Pass, rows: pa.Table, numbers: np.ndarray, moment: Moment, plan: Plan | None) -> pa.Table:
    import pyarrow as pa

    from huaxiang.tags.kernel.batch import facts_from_arrow
    from huaxiang.tags.kernel.evaluate import evaluate
    from huaxiang.tags.kernel.pairs import Pairs

    facts = facts_from_arrow(rows, run.types, numbers, unordered=_unordered(run))
    pairs = Pairs.at(facts, moment)
    return pa.table({KEY: pa.array(numbers)} | evaluate(run.atoms, facts, pairs, plan))


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
