"""Point queries: the rows of a table with given keys, asked for again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from huaxiang.store.engine import DuckEngine
from huaxiang.store.failures import engine_failures
from huaxiang.store.held import HeldRows, Key, Rows
from huaxiang.store.row_files import RowFile, RowFiles, RowSet

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY = 384 << 20
"""Bytes that tables held in memory may take, of all that this process has opened."""

FEW = 50
"""Keys up to which asking for each is faster than joining the whole table."""

REMEMBERED = 100_000
"""Keys whose row is remembered."""

_CELL, _LONG_CELL = 4, 16
"""Bytes of a cell, as far as one knows before a table is read: of values that repeat two are kept. Texts are long."""

_CELLS_IN_A_QUESTION = 250_000
"""Cells that are read in the time of a question: once all questions took as long as reading the table, it is read."""

_SURELY = 1 << 40
"""Questions after which reading any table pays."""

_GIVEN = "_given"

_held: WeakValueDictionary[tuple[Any, str], HeldRows] = WeakValueDictionary()
"""The tables in memory by file and statement: who opens a snapshot once more shares those of the first."""

_joining = Lock()
"""For one table after the other to join them, so that they never take more than they may."""


class PointQuery:
    """The `columns` of the rows of a table or view whose `keys` have given values, in order of `within`.

    The table never changes. Sorted by the keys, it answers without reading the rest; where it is asked often and is not
    too large, it is held in memory: there a row is found sooner than a query is planned. Any thread may ask.

    `find` is a faster way than a query to the columns of the rows with one key, in order, where there is one.
    """

    def __init__(
        self,
        engine: DuckEngine,
        table: str,
        keys: Sequence[str],
        columns: Sequence[str],
        *,
        within: str | None = None,
        find: Callable[..., pa.Table] | None = None,
    ) -> None:
        self._engine, self._table = engine, table
        self._keys, self._columns = tuple(keys), tuple(dict.fromkeys(columns))
        self._within = [within] if within else []
        self._statement = self._sql(self._columns, where=[f"{key} = ?" for key in map(_quoted, self._keys)])
        self._find = find or self._queried
        self._place = (id(engine) if engine.path == ":memory:" else engine.path, self._statement)
        self._asked, self._cells, self._bytes = 0, -1, 0
        self._holding = Lock()
        self._held: HeldRows | None = None
        self._file: RowFile | None = None

    def __call__(self, *key: Any) -> pa.Table:
        """The rows with one key."""
        held = self._in_memory()
        return self._find(*key) if held is None else held.table(key)

    def rows(self, *key: Any) -> Rows:
        """The rows with one key as Python dictionaries."""
        if self._file is not None:
            return self._file.rows(key)
        held = self._in_memory()
        return self._find(*key).to_pylist() if held is None else held.rows(key)

    def many(self, keys: Collection[Key]) -> Mapping[Key, Rows]:
        """The rows with each of `keys`; of many keys by one query. A key without rows has an empty list."""
        if (file := self._file) is not None:
            return {key: file.rows(key) for key in keys}
        held = self._in_memory(len(keys))
        if held is not None:
            return {key: held.rows(key) for key in keys}
        if len(keys) <= FEW:
            return {key: self._find(*key).to_pylist() for key in keys}
        found: dict[Key, Rows] = defaultdict(list)
        for row in self._joined(set(keys)).to_pylist():
            found[tuple(row[key] for key in self._keys)].append({name: row[name] for name in self._columns})
        return {key: found[key] for key in keys}

    @property
    def is_held(self) -> bool:
        """Whether the table is in memory."""
        return self._held is not None

    @property
    def row_set(self) -> RowSet:
        """What row files are to hold to answer this."""
        return RowSet(self._table, self._keys, self._columns)

    def answer_from(self, files: RowFiles) -> None:
        """Answer `rows` and `many` from row files from now on, if they hold what is asked for."""
        if not self._within:
            self._file = files.find(self.row_set)

    @property
    def is_too_large(self) -> bool:
        """Whether the table does not fit into the memory that is meant for tables, whatever else is there."""
        self._measure()
        return self._bytes > MEMORY

    def hold(self) -> bool:
        """Read the table into memory now, or wait until it is read, if it fits; whether it is there."""
        self._asked = max(self._asked, _SURELY)
        return self._in_memory(wait=True) is not None

    def _in_memory(self, questions: int = 1, *, wait: bool = False) -> HeldRows | None:
        """The table, where it is in memory. It is read when that pays; others go on asking meanwhile, or `wait`."""
        self._asked += questions
        if self._held is None and self._holding.acquire(blocking=wait):
            try:
                self._held = self._held or _held.get(self._place) or (self._read() if self._pays() else None)
            finally:
                self._holding.release()
        return self._held

    @property
    def _read_columns(self) -> tuple[str, ...]:
        return (*self._keys, *self._within, *self._columns)

    def _pays(self) -> bool:
        self._measure()
        return self._cells <= self._asked * _CELLS_IN_A_QUESTION and self._bytes <= _free()

    def _measure(self) -> None:
        """Find out how large the table is, as far as one knows before it is read."""
        if self._cells < 0:
            counted = self._run(f"SELECT count(*) FROM {_quoted(self._table)}")  # noqa: S608 - the name is quoted
            types = self._run(self._sql(self._read_columns, sort=False) + " LIMIT 0").schema.types
            size = counted[0][0].as_py()
            self._cells, self._bytes = size * len(types), size * sum(map(_width, types))

    def _read(self) -> HeldRows | None:
        """The table in memory; None where it turns out to be too large."""
        known = [f"{key} IS NOT NULL" for key in map(_quoted, self._keys)]
        # To sort hundreds of columns would take the engine as much memory again.
        statement = self._sql(self._read_columns, where=known, sort=False)
        held = HeldRows(lambda: self._run(statement), self._keys, self._columns, self._within)
        # Now it is known: where it does not fit, it is not read again before it does.
        self._bytes = held.bytes
        with _joining:
            return _held.setdefault(self._place, held) if held.bytes <= _free() else None

    def _queried(self, *key: Any) -> pa.Table:
        with engine_failures(f"look up {self._table}", self._engine.path, lambda: self._statement):
            return _in_utc(self._engine.prepared.run(self._statement, key))

    def _joined(self, keys: Collection[Key]) -> pa.Table:
        """The rows with one of many keys, in order of `within`."""
        import pyarrow as pa

        schema = self._run(self._sql(self._keys, sort=False) + " LIMIT 0").schema
        columns = zip(zip(*keys, strict=True), schema, strict=True)
        given = pa.table([pa.array(values, field.type) for values, field in columns], schema=schema)
        return self._run(self._sql((*self._keys, *self._columns), semi_join=True), given=given)

    def _sql(
        self, columns: Iterable[str], *, where: Sequence[str] = (), semi_join: bool = False, sort: bool = True
    ) -> str:
        from sqlglot import select

        query = select(*map(_quoted, dict.fromkeys(columns)), dialect="duckdb").from_(_quoted(self._table))
        if semi_join:
            query = query.join(_GIVEN, using=list(map(_quoted, self._keys)), join_type="semi")
        if sort and self._within:
            query = query.order_by(*map(_quoted, self._within))
        return query.where(*where).sql("duckdb")

    def _run(self, statement: str, *, given: pa.Table | None = None) -> pa.Table:
        with (
            engine_failures(f"look up {self._table}", self._engine.path, lambda: statement),
            self._engine.backend.con.cursor() as cursor,
        ):
            if given is not None:
                cursor.register(_GIVEN, given)
            return _in_utc(cursor.sql(statement).to_arrow_table())


class KeyedRows:
    """The row of a table for each key, remembered. The table has one row per key and never changes.

    One thread may ask at a time: it has no lock of its own, its callers hold that of `LiveProfiles`.
    """

    def __init__(self, engine: DuckEngine, table: str, keys: Sequence[str], columns: Sequence[str]) -> None:
        self._rows = PointQuery(engine, table, keys, (*keys, *columns))
        self._found: dict[Key, dict[str, Any] | None] = {}

    def find(self, *key: Any) -> dict[str, Any] | None:
        """The row of one key; None where there is none."""
        self.learn([key])
        return self._found[key]

    def learn(self, keys: Iterable[Key]) -> None:
        """Look up the rows of many keys together, so that `find` has them."""
        if len(self._found) > REMEMBERED:
            self._found.clear()
        # No difference of sets: it walks over all that is remembered.
        asked = {key for key in keys if key not in self._found}
        if asked:
            self._found |= {key: next(iter(rows), None) for key, rows in self._rows.many(asked).items()}


def _free() -> int:
    """The bytes that further tables may take."""
    # References are copied at once; to walk over the tables, other threads would have to stand still.
    return MEMORY - sum(held.bytes for reference in _held.valuerefs() if (held := reference()) is not None)


def _width(type_: pa.DataType) -> int:
    import pyarrow as pa

    return _CELL if pa.types.is_primitive(type_) else _LONG_CELL


def _quoted(name: str) -> str:
    from sqlglot import to_identifier

    return to_identifier(name, quoted=True).sql("duckdb")


def _in_utc(rows: pa.Table) -> pa.Table:
    """Moments as everywhere else: the engine hands them over in the time zone of its session."""
    import pyarrow as pa

    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz not in (None, "UTC"):
            moments = rows.column(place).cast(pa.timestamp(field.type.unit, "UTC"))
            rows = rows.set_column(place, field.name, moments)
    return rows
