"""What workers do with a bucket of customers: the function that computes their tags, and the expressions it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from huaxiang.core.engine import ROW_GROUP

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.core.engine import BucketWork

KEY = "customer_no"
_BUCKET, _FILE = "_bucket", "_file"
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
    name: str = field(default_factory=lambda: uuid4().hex)
    """By which a worker knows it again: a task brings a copy, and what compiles for a second serves all tasks."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        """The expression over `rows`, in their order."""
        if self.name not in _compiled:
            if len(_compiled) >= _MOST:
                _compiled.clear()
            _compiled[self.name] = _engine(self.zone).compiled(self.content, self.schema, step=self.step)
        return _compiled[self.name](rows)


_MOST = 200
"""Expressions that a worker keeps: those of a build or two."""

_compiled: dict[str, Callable[[pa.Table], pa.Table]] = {}


@cache
def _engine(zone: str) -> Any:
    """The DuckDB of this process: one thread, for Spark counts a task as a core."""
    from huaxiang.store.engine import DuckEngine

    return DuckEngine.open(zone=zone, threads=1)


def in_buckets(people: Any, work: BucketWork, schema: pa.Schema, size: int, folder: Path) -> list[Path]:
    """The files below `folder` that `work` makes of `people`, a task per `size` customers, in order of customers.

    The task writes the file itself: to hand hundreds of columns over to Spark, for it to write them, would cost as much
    as to compute them. A task that is tried anew writes another file; those of tasks that never ended don't count.
    """
    from pyspark.sql import functions as f

    def compute(key: Any, rows: pa.Table) -> pa.Table:
        import pyarrow as pa

        first = key[0].as_py() * size
        own = rows.drop_columns([_BUCKET]).sort_by(KEY)
        name = write_file(work(own, range(first, first + size)).select(schema.names).cast(schema), folder)
        return pa.table({_BUCKET: key[:1], _FILE: [name]})

    bucket = f.floor(f.col(KEY) / f.lit(size)).cast("long").alias(_BUCKET)
    tasks = _PER_CORE * people.sparkSession.sparkContext.defaultParallelism
    # Cut by range, without a sort of everybody, and into tasks of our number: Spark would put a few megabytes of people
    # into one.
    spread = people.select("*", bucket).repartitionByRange(tasks, _BUCKET)
    made = spread.groupBy(_BUCKET).applyInArrow(compute, f"{_BUCKET} long, {_FILE} string").collect()
    return [folder / row[_FILE] for row in sorted(made, key=lambda row: row[_BUCKET])]


def write_file(table: pa.Table, folder: Path) -> str:
    """Write a table as a Parquet file of a name that nobody else has, and return the name."""
    import pyarrow.parquet as pq

    name = f"{uuid4().hex}.parquet"
    pq.write_table(table, folder / name, row_group_size=ROW_GROUP, compression="zstd")
    return name
