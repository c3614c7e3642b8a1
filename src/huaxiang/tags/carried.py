"""Tags that a former build knows: computed for the customers whom something touched, carried over for all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.tags.aggregate import Aggregator
from huaxiang.tags.buckets import OwnTags
from huaxiang.tags.former import FormerTags

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

KEY = "customer_no"


@dataclass(frozen=True)
class Carried:
    """Makes the tags `names` of a bucket from their former values, and by `aggregators` and `own` of who is touched."""

    former: FormerTags
    names: Sequence[str]
    aggregators: tuple[Aggregator, ...]
    own: OwnTags

    def read(self, engine: Engine, customers: range) -> pa.Table:
        """The former tags of `customers`, in order."""
        import pyarrow as pa

        rows = self.former.profiles
        mine = rows.filter(rows[KEY] >= customers.start, rows[KEY] < customers.stop).select(KEY, *self.names)
        found = list(engine.batches(mine, step="former tags of a bucket"))
        table = pa.Table.from_batches(found) if found else mine.schema().to_pyarrow().empty_table()
        return _in_order(table, table[KEY].to_numpy())

    def make(self, people: pa.Table, before: pa.Table, customers: range) -> pa.Table:
        """The tags of `people`, who are the `customers` of a bucket, in their order; `before` are their former ones."""
        import numpy as np
        import pyarrow as pa

        numbers, known = people[KEY].to_numpy(), before[KEY].to_numpy()
        changed = np.isin(numbers, self.former.touched)
        if not changed.any() and np.array_equal(known, numbers):
            return before.select(self.names)
        place = np.searchsorted(known, numbers)
        # Whoever is not touched was there before.
        assert np.array_equal(known[place[~changed]], numbers[~changed])  # noqa: S101
        place[changed] = len(known) + np.arange(changed.sum())
        whole = pa.concat_tables([before, self._computed(people.filter(pa.array(changed)), before.schema, customers)])
        return whole.select(self.names).combine_chunks().take(place)

    def _computed(self, people: pa.Table, schema: pa.Schema, customers: range) -> pa.Table:
        """The tags of `people`, who are touched, among the `customers` of a bucket."""
        if not people.num_rows:
            return schema.empty_table()
        touched = people[KEY].to_numpy()
        found = [each.aggregate(customers, touched) for each in self.aggregators]
        return self.own.make(people, found, customers.start).select(schema.names).cast(schema)


def _in_order(table: pa.Table, numbers: NDArray[np.int64]) -> pa.Table:
    """The rows by their `numbers`, as they nearly always are."""
    import numpy as np

    if (numbers[1:] > numbers[:-1]).all():
        return table
    return table.combine_chunks().take(np.argsort(numbers, kind="stable"))
