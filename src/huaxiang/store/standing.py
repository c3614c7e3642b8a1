"""A standing query: planned once, then answering row after row.

To plan a projection of a few hundred expressions takes an engine a hundred times as long as to compute it for one row.
Here the engine reads its input from a stream that is fed with each question, and hands out the answer as soon as it
has it: the plan is made once.

The engine reads one row ahead of what it hands out. So each question is followed by a row of nulls, whose answer comes
first of the next question and is thrown away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from huaxiang.store.failures import engine_failures

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.store.engine import DuckEngine

_GIVEN = "_given"


class StandingQuery:
    """A projection over tables of the Ibis types `schema`, as a function of one row.

    The engine must have one thread: with more, it reads ahead in its own time. Threads that ask wait for each other.
    """

    def __init__(
        self,
        engine: DuckEngine,
        content: Callable[[ibis.Table], ibis.Table],
        schema: Mapping[str, Any],
        *,
        step: str,
    ) -> None:
        import ibis

        self.step = step
        self.schema: pa.Schema = ibis.schema(dict(schema)).to_pyarrow()
        self._engine = engine
        expression = content(ibis.table(dict(schema), name=_GIVEN))
        engine.backend.register_functions(expression)
        self._statement = str(engine.backend.compile(expression))
        self._inbox: deque[pa.RecordBatch] = deque()
        self._answers: Iterator[pa.RecordBatch] | None = None
        self._cursor: Any = None
        self._nothing = _row_of_nulls(self.schema)
        self._lock = Lock()

    def __call__(self, row: pa.RecordBatch) -> pa.RecordBatch:
        """The answer to one row, which has the columns of `schema`."""
        with self._lock, engine_failures(self.step, self._engine.path, lambda: self._statement):
            try:
                if self._answers is None:
                    self._open()
                assert self._answers is not None  # noqa: S101 - opened above
                self._inbox.extend((row, self._nothing))
                next(self._answers)
                return next(self._answers)
            except BaseException:
                # What failed has used up the stream: the next question opens another.
                self._drop()
                raise

    def close(self) -> None:
        """Let the engine end the query."""
        with self._lock:
            self._drop()

    def _open(self) -> None:
        import pyarrow as pa

        inbox = self._inbox

        def questions() -> Iterator[pa.RecordBatch]:
            while inbox:
                yield inbox.popleft()

        inbox.append(self._nothing)
        self._cursor = self._engine.backend.con.cursor()
        # A full buffer of answers would be filled by asking on, for questions that nobody has put yet.
        self._cursor.execute("SET streaming_buffer_size = '1 byte'")
        self._cursor.register(_GIVEN, pa.RecordBatchReader.from_batches(self.schema, questions()))
        self._answers = self._cursor.sql(self._statement).to_arrow_reader(1)

    def _drop(self) -> None:
        self._inbox.clear()
        self._answers = None
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None


def _row_of_nulls(schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.record_batch([pa.nulls(1, field.type) for field in schema], schema=schema)
