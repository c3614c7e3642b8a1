"""What workers do with a bucket of customers: the function that computes their tags, and the expressions it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.core.engine import BucketWork

KEY = "customer_no"
_BUCKET = "_bucket"
_PER_CORE = 4
"""Tasks per core: buckets of busy customers take longer than others."""


@dataclass(frozen=True)
class InWorker:
    """An Ibis expression over a table of the types `schema`, computed in the process that it travelled to.

    There DuckDB computes it in memory, over the Arrow table of one bucket.
    """

    content: Callable[[ibis.Table], ibis.Table]
    schema: dict[str, Any]
    zone: str
    step: str

    def __call__(self, rows: pa.Table) -> pa.Table:
        """The expression over `rows`, in their order."""
        compute = self.__dict__.get("compute")
        if compute is None:
            compute = _engine(self.zone).compiled(self.content, self.schema, step=self.step)
            object.__setattr__(self, "compute", compute)
        return compute(rows)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "compute"}


@cache
def _engine(zone: str) -> Any:
    """The DuckDB of this process: one thread, for Spark counts a task as a core."""
    from huaxiang.store.engine import DuckEngine

    return DuckEngine.open(zone=zone, threads=1)


def in_buckets(people: Any, work: BucketWork, schema: pa.Schema, size: int) -> Any:
    """The data frame that `work` makes of `people`, a task per `size` customers, in order of customers."""
    from pyspark.sql import functions as f
    from pyspark.sql.pandas.types import from_arrow_schema

    def compute(key: Any, rows: pa.Table) -> pa.Table:
        first = key[0].as_py() * size
        own = rows.drop_columns([_BUCKET]).sort_by(KEY)
        return work(own, range(first, first + size)).select(schema.names).cast(schema)

    bucket = f.floor(f.col(KEY) / f.lit(size)).cast("long").alias(_BUCKET)
    tasks = _PER_CORE * people.sparkSession.sparkContext.defaultParallelism
    # Cut by range, so that files come out in order of customers without sorting what was made, which would make it
    # twice; and into tasks of our number, for Spark would put a few megabytes of people into one.
    spread = people.select("*", bucket).repartitionByRange(tasks, _BUCKET)
    return spread.groupBy(_BUCKET).applyInArrow(compute, from_arrow_schema(schema))
