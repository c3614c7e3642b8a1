"""Standing queries: planned once, then answering question after question.

To plan a projection of a few hundred expressions takes an engine a hundred times as long as to compute it for one row.
Here the engine reads its input from a stream that is fed with each question, and hands out the answer as soon as it
has it: the plan is made once.

The engine reads a batch or two ahead of what it hands out. Where there is no question left it is given rows of nulls,
whose answers are thrown away. Batches are of equal size: an answer is handed out when it is full.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
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

AHEAD = 16
"""Batches that an engine may read ahead of what it hands out: one that reads on and on gathers its rows."""

_GIVEN = "_given"


class StandingEngine(DuckEngine):
    """An engine in memory whose compiled expressions are planned once. They must be projections, a row for each row.

    It has one thread: with more, it would read ahead in its own time.
    """

    def __init__(self, backend: Any, path: str, memory: str | None = None) -> None:
        super().__init__(backend, path, memory)
        self._standing: list[StandingQuery] = []

    @classmethod
    def start(cls, zone: str) -> Self:
        """A new engine; `zone` is the time zone in which days and hours are cut."""
        engine = cls.open(zone=zone, threads=1)
        # It would make joins of long lists, and joins gather rows before they hand them on.
        engine.backend.con.execute("SET disabled_optimizers = 'in_clause'").fetchall()
        return engine

    def compiled(
        self, content: Callable[[ibis.Table], ibis.Table], schema: Mapping[str, Any], *, step: str
    ) -> Callable[[pa.Table], pa.Table]:
        """`content`, a projection of a table of the Ibis types `schema`, as a function of such tables."""
        query = StandingQuery(self, content, schema, super().compiled(content, schema, step=step), step)
        self._standing.append(query)
        return query

    def close(self) -> None:
        """End all standing queries, and close the engine. Closing twice does nothing."""
        while self._standing:
            self._standing.pop().close()
        super().close()


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
        self._gathers = False
        self._lock = Lock()

    def __call__(self, rows: pa.Table) -> pa.Table:
        """The projection of `rows`, which have the columns of the schema, in their order."""
        import pyarrow as pa

        given = rows.select(self.schema.names)
        if given.schema != self.schema:
            given = given.cast(self.schema)
        answers = self._asked(given) if 0 < rows.num_rows <= MOST and not self._gathers else None
        return self._planned(given) if answers is None else pa.Table.from_batches(answers).slice(0, rows.num_rows)

    def close(self) -> None:
        """End the query."""
        with self._lock:
            while self._streams:
                self._streams.popitem()[1].close()

    def _asked(self, given: pa.Table) -> list[pa.RecordBatch] | None:
        """The answers; None where the engine gathers rows before it answers, so that asking does not pay."""
        size = 1 if given.num_rows == 1 else BATCH
        with self._lock, engine_failures(self._step, self._engine.path, lambda: self._statement):
            try:
                return self._stream(size).ask(_batches(given, size))
            except BaseException:
                # What failed has used up the stream: the next question opens another.
                stream = self._streams.pop(size, None)
                if stream is not None:
                    self._gathers = stream.gathers
                    stream.close()
                if self._gathers:
                    return None
                raise

    def _stream(self, size: int) -> _Stream:
        if size not in self._streams:
            self._streams[size] = _Stream(self._engine, self._statement, self.schema, size)
        return self._streams[size]


class _Stream:
    """A query under way, over batches of `size` rows."""

    def __init__(self, engine: DuckEngine, statement: str, schema: pa.Schema, size: int) -> None:
        import pyarrow as pa

        self._nothing = pa.record_batch([pa.nulls(size, field.type) for field in schema], schema=schema)
        self._questions: deque[pa.RecordBatch] = deque()
        self.gathers = False
        self._given: deque[bool] = deque()
        """For each batch that was handed in and whose answer is to come: whether it is a question."""
        self._cursor = engine.backend.con.cursor()
        # A full buffer of answers would be filled by asking on, for questions that nobody has put yet.
        self._cursor.execute("SET streaming_buffer_size = '1 byte'").fetchall()
        self._cursor.register(_GIVEN, pa.RecordBatchReader.from_batches(schema, self._input()))
        self._answers = self._cursor.sql(statement).to_arrow_reader(size)

    def ask(self, questions: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
        """The answer to each question.

        Raises:
            StopIteration: the engine `gathers` rows: it wants to see more before it answers.
        """
        self._questions.extend(questions)
        answers: list[pa.RecordBatch] = []
        while len(answers) < len(questions):
            answer = self._answers.read_next_batch()
            if self.gathers:
                raise StopIteration
            if self._given.popleft():
                answers.append(answer)
        return answers

    def close(self) -> None:
        """Let the engine end the query."""
        self._answers.close()
        self._cursor.close()

    def _input(self) -> Iterator[pa.RecordBatch]:
        questions, given, nothing = self._questions, self._given, self._nothing
        while len(given) <= AHEAD or questions:
            given.append(bool(questions))
            yield questions.popleft() if questions else nothing
        self.gathers = True


def _batches(rows: pa.Table, size: int) -> list[pa.RecordBatch]:
    """The rows in full batches of `size`, the last one filled up with nulls."""
    import pyarrow as pa

    missing = -rows.num_rows % size
    if missing:
        nulls = pa.table([pa.nulls(missing, field.type) for field in rows.schema], schema=rows.schema)
        rows = pa.concat_tables([rows, nulls])
    (whole,) = rows.combine_chunks().to_batches()
    return [whole.slice(low, size) for low in range(0, whole.num_rows, size)]
