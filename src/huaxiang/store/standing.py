"""Standing queries: planned once, then answering question after question.

To plan a projection of a few hundred expressions takes an engine a hundred times as long as to compute it for one row.
Here the engine reads its input from a stream that is fed with each question, and hands out the answer as soon as it
has it: the plan is made once.

The engine reads one batch ahead of what it hands out. So each question is followed by a batch of nulls, whose answer
comes first of the next question and is thrown away. Batches are of equal size: an answer is complete when it is full.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from huaxiang.store.engine import DuckEngine
from huaxiang.store.failures import engine_failures

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

BATCH = 64
"""Rows of a batch where more than one is asked for."""

MOST = 32 * BATCH
"""Rows of a question at most: of more, planning costs less than the many batches."""

_GIVEN = "_given"


class StandingEngine(DuckEngine):
    """An engine in memory whose compiled expressions are planned once. They must be projections, a row for each row.

    It has one thread: with more, it would read ahead in its own time.
    """

    @classmethod
    def start(cls, zone: str) -> Self:
        """A new engine; `zone` is the time zone in which days and hours are cut."""
        engine = cls.open(zone=zone, threads=1)
        engine.backend.con.execute("SET streaming_buffer_size = '1 byte'").fetchall()
        return engine

    def compiled(
        self, content: Callable[[ibis.Table], ibis.Table], schema: Mapping[str, Any], *, step: str
    ) -> Callable[[pa.Table], pa.Table]:
        """`content`, a projection of a table of the Ibis types `schema`, as a function of such tables."""
        return StandingQuery(self, content, schema, super().compiled(content, schema, step=step), step)


class StandingQuery:
    """A projection as a function of tables. Threads that ask wait for each other."""

    def __init__(
        self,
        engine: DuckEngine,
        content: Callable[[ibis.Table], ibis.Table],
        schema: Mapping[str, Any],
        planned: Callable[[pa.Table], pa.Table],
        step: str,
    ) -> None:
        import ibis

        expression = content(ibis.table(dict(schema), name=_GIVEN))
        engine.backend.register_functions(expression)
        self.schema: pa.Schema = ibis.schema(dict(schema)).to_pyarrow()
        self._engine, self._planned, self._step = engine, planned, step
        self._statement = str(engine.backend.compile(expression))
        self._streams: dict[int, _Stream] = {}
        self._lock = Lock()

    def __call__(self, rows: pa.Table) -> pa.Table:
        """The projection of `rows`, which have the columns of the schema, in their order."""
        import pyarrow as pa

        given = rows.select(self.schema.names).cast(self.schema)
        if not 0 < rows.num_rows <= MOST:
            return self._planned(given)
        size = 1 if rows.num_rows == 1 else BATCH
        with self._lock, engine_failures(self._step, self._engine.path, lambda: self._statement):
            try:
                answers = self._stream(size).ask(_batches(given, size))
            except BaseException:
                # What failed has used up the stream: the next question opens another.
                self._streams.pop(size).close()
                raise
        return pa.Table.from_batches(answers).slice(0, rows.num_rows)

    def _stream(self, size: int) -> _Stream:
        if size not in self._streams:
            self._streams[size] = _Stream(self._engine, self._statement, self.schema, size)
        return self._streams[size]


class _Stream:
    """A query under way, over batches of `size` rows."""

    def __init__(self, engine: DuckEngine, statement: str, schema: pa.Schema, size: int) -> None:
        import pyarrow as pa

        self._nothing = pa.record_batch([pa.nulls(size, field.type) for field in schema], schema=schema)
        self._inbox = deque([self._nothing])
        self._cursor = engine.backend.con.cursor()
        self._cursor.register(_GIVEN, pa.RecordBatchReader.from_batches(schema, self._questions()))
        self._answers = self._cursor.sql(statement).to_arrow_reader(size)

    def ask(self, batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        """The answer to each batch."""
        self._inbox.extend((*batches, self._nothing))
        next(self._answers)
        return [next(self._answers) for _ in batches]

    def close(self) -> None:
        """Let the engine end the query."""
        self._inbox.clear()
        self._cursor.close()

    def _questions(self) -> Iterator[pa.RecordBatch]:
        while self._inbox:
            yield self._inbox.popleft()


def _batches(rows: pa.Table, size: int) -> list[pa.RecordBatch]:
    """The rows in full batches of `size`, the last one filled up with nulls."""
    import pyarrow as pa

    missing = -rows.num_rows % size
    if missing:
        nulls = pa.table([pa.nulls(missing, field.type) for field in rows.schema], schema=rows.schema)
        rows = pa.concat_tables([rows, nulls])
    (whole,) = rows.combine_chunks().to_batches()
    return [whole.slice(low, size) for low in range(0, whole.num_rows, size)]
