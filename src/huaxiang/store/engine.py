"""The engine gate: the one way to run anything on DuckDB.

Every step has a name. Its time is kept in `DuckEngine.log`; its failure carries the name and the SQL.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from huaxiang.core.engine import ROW_GROUP
from huaxiang.core.errors import NotFoundError, StoreError
from huaxiang.core.findings import near_miss
from huaxiang.core.sizes import memory_bytes
from huaxiang.store import files
from huaxiang.store.failures import engine_failures, opening_failures
from huaxiang.store.prepared import PreparedStatements
from huaxiang.store.row_groups import row_groups

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_PASSING = {"compression_level": 1, "dictionary_size_limit": 5_000}
"""How Parquet is written that is read once or twice: a fifth of the processor time less for 6 % more bytes. Without the
limit each text column begins a dictionary, though the ids of rows are all different."""

_ROOM = "1TB"
"""What the engine thinks it has while it plans how many threads write a table. It reckons with 4 MiB for each column
and thread, so that one thread alone would write 500 columns at 8 GB; a row group takes about a quarter of that."""

_GIVEN = "_given"
"""The name by which a compiled expression knows the table it is called with."""

_ASIDE = "_former_"
"""How the names of tables begin that came with a copied file: they are not this engine's own before it takes them."""


@dataclass(frozen=True)
class StepTime:
    """How long a step took. `rows` is how many it wrote or returned; None where nobody counted."""

    step: str
    seconds: float
    rows: int | None = None


class DuckEngine:
    """DuckDB behind the `Engine` protocol, opened on a file, on a finished snapshot, or in memory.

    Several threads may read at once from what was opened `read_only`. One that writes is for one thread.
    """

    def __init__(self, backend: Any, path: str, memory: str | None = None) -> None:
        self.backend = backend
        self.path = path
        self._memory = memory
        self.log: list[StepTime] = []
        self.prepared = PreparedStatements(backend)
        self._attached: dict[str, Path] = {}
        self._origin: Path | None = None

    @classmethod
    def open(
        cls,
        path: Path | None = None,
        *,
        zone: str = "UTC",
        read_only: bool = False,
        threads: int | None = None,
        memory: str | None = None,
        temporary: Path | None = None,
    ) -> Self:
        """Open the engine on file `path`, or in memory where there is none.

        `zone` is the time zone in which days and hours are cut. `memory` is a size such as `8GB`; what does not
        fit goes to the folder `temporary`. Views over files find them relative to the folder of `path`.

        Raises:
            StoreError: the file can't be opened.
        """
        from huaxiang.store.backend import DuckBackend

        shown = str(path) if path else ":memory:"
        config: dict[str, Any] = {"threads": threads, "memory_limit": None if read_only else memory}
        if temporary:
            config["temp_directory"] = str(temporary)
        if path:
            if "," in str(path):
                raise StoreError(f"{path}: DuckDB can't work in a folder with a comma in its name. Rename it.")
            config["file_search_path"] = str(path.parent.absolute())
        given = {key: value for key, value in config.items() if value is not None}
        with opening_failures(shown):
            backend = DuckBackend().connect(path or ":memory:", read_only=read_only, **given)
            _set_zone(backend, zone)
            if read_only and memory:
                # Whoever opens a file that this process has open already may not say so from the beginning.
                backend.con.execute("SET GLOBAL memory_limit = ?", [memory]).fetchall()
            backend.shared = read_only
        return cls(backend, shown, memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the engine; what it wrote is then in its file. Closing twice does nothing.

        Raises:
            StoreError: the disk refused the last pages.
        """
        with engine_failures("close", self.path):
            self.prepared.close()
            self.backend.disconnect()

    def table(self, name: str) -> ibis.Table:
        """The table or view `name`.

        Raises:
            NotFoundError: there is none of this name.
        """
        from ibis.common.exceptions import TableNotFound

        try:
            return self.backend.table(name)
        except TableNotFound:
            guess = near_miss(name, self.names())
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise NotFoundError(f"table '{name}' is not in {self.path}.{hint}") from None

    def names(self) -> list[str]:
        """The names of all tables and views, sorted."""
        return list(self.backend.kinds())

    def has(self, name: str) -> bool:
        """Whether there is a table or view `name`."""
        return self.backend.has(name)

    def create(self, name: str, content: ibis.Table | pa.Table, *, step: str) -> ibis.Table:
        """Write `content` as table `name`, replacing a former one; rows keep the order of an ordered expression.

        A name that begins with `_` is a working table: it never reaches the file, and `batches` can't read it.
        """
        with self._run(step, content) as done:
            kind = self.backend.kinds().get(name)
            if kind == "VIEW":
                self.backend.forget(name)
            # Ibis writes a temporary table twice when it is told to overwrite.
            overwrite = kind is not None or not name.startswith("_")
            table = self.backend.create_table(name, content, temp=name.startswith("_"), overwrite=overwrite)
            done(self.backend.count(name))
        return table

    def fill(self, name: str, parts: Iterable[pa.Table], schema: pa.Schema, *, step: str) -> ibis.Table:
        """Write `parts`, one after the other as they come, as table `name`, replacing a former one.

        Rows keep their order. Who makes the parts may read with `batches` and `compiled` meanwhile, and nothing else.
        """
        import pyarrow as pa

        failed: list[BaseException] = []
        memory = memory_bytes(self._memory) if self._memory else None

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                # Whoever asks for rows has planned: from here on memory is limited as it was.
                self._limit_memory(self._memory)
                yield from row_groups((part.cast(schema) for part in parts), memory)
            except BaseException as error:
                failed.append(error)
                raise

        self.drop(name)
        statement = f"CREATE TABLE {_quoted(name)} AS SELECT * FROM {_GIVEN}"  # noqa: S608 - the name is quoted
        with self._run(step, statement) as done, self.backend.con.cursor() as cursor:
            cursor.register(_GIVEN, pa.RecordBatchReader.from_batches(schema, batches()))
            try:
                self._limit_memory(_ROOM)
                cursor.execute(statement).fetchall()
            except Exception as error:
                # The engine wraps what went wrong while it asked for the next batch.
                raise (failed[0] if failed else error) from error
            finally:
                self._limit_memory(self._memory)
            table = self.table(name)
            done(self.backend.count(name))
        return table

    def _limit_memory(self, size: str | None) -> None:
        """Let the engine take `size` from now on; None: what it takes where nobody said."""
        with self.backend.con.cursor() as cursor:
            if size is None:
                cursor.execute("RESET GLOBAL memory_limit").fetchall()
            else:
                cursor.execute("SET GLOBAL memory_limit = ?", [size]).fetchall()

    def view(self, name: str, content: ibis.Table, *, step: str) -> ibis.Table:
        """Name an expression without computing it, replacing a former table or view."""
        from duckdb import CatalogException

        with self._run(step, content):
            try:
                return self.backend.create_view(name, content, overwrite=True)
            except CatalogException:
                if self.backend.kinds().get(name) != "BASE TABLE":
                    raise
                self.backend.forget(name)
                return self.backend.create_view(name, content, overwrite=True)

    def arrow(self, content: ibis.Table, *, step: str) -> pa.Table:
        """Compute an expression."""
        with self._run(step, content) as done:
            result = self.backend.to_pyarrow(content)
            done(result.num_rows)
        return result

    def batches(self, content: ibis.Table, *, step: str) -> Iterator[pa.RecordBatch]:
        """Compute an expression over tables and views in batches of bounded memory, in its order.

        Other statements may run meanwhile. The step's time is that of the whole stream.
        """
        with self._run(step, content) as done:
            rows = 0
            for batch in self.backend.to_pyarrow_batches(content):
                rows += batch.num_rows
                yield batch
            done(rows)

    def rows(self, content: ibis.Table, *, step: str) -> list[dict[str, Any]]:
        """Compute a small expression as Python dictionaries."""
        return self.arrow(content, step=step).to_pylist()

    def compiled(
        self, content: Callable[[ibis.Table], ibis.Table], schema: Mapping[str, Any], *, step: str
    ) -> Callable[[pa.Table], pa.Table]:
        """`content`, an expression over a table of the Ibis types `schema`, as a function of such tables.

        It may be called from any thread; each call has a connection of its own.
        """
        import ibis

        expression = content(ibis.table(dict(schema), name=_GIVEN))
        self.backend.register_functions(expression)
        statement = self.backend.compile(expression)

        def compute(rows: pa.Table) -> pa.Table:
            with engine_failures(step, self.path, lambda: statement), self.backend.con.cursor() as cursor:
                cursor.register(_GIVEN, rows)
                return cursor.sql(statement).to_arrow_table()

        return compute

    def sql(self, query: str, *, step: str) -> ibis.Table:
        """A checked SELECT in DuckDB's dialect, as an Ibis expression."""
        import ibis

        with engine_failures(step, self.path, lambda: query):
            # The schema is read here, since ibis 12 asks duckdb 2 for it in a way that is gone.
            empty = self.backend.con.sql(query).limit(0).to_arrow_table()
            schema = ibis.schema(empty.schema)
            return self.backend.sql(query, schema=schema)

    def drop(self, name: str) -> None:
        """Remove the table or view `name` where it exists."""
        with engine_failures(f"drop {name}", self.path):
            self.backend.forget(name)

    def write_parquet(self, content: ibis.Table, file: Path, *, step: str, group: int | None = None) -> None:
        """Write an expression as one Parquet file in its order, creating the folder.

        Without `group` the file is one that steps hand on: packed less, and written in less time.
        """
        passing = _PASSING if group is None else {}
        with self._run(step, content) as done:
            file.parent.mkdir(parents=True, exist_ok=True)
            self.backend.to_parquet(content, file, row_group_size=group or ROW_GROUP, compression="zstd", **passing)
            done(_parquet_rows(file))

    def parquet_writer(self, content: ibis.Table, file: Path, *, step: str, group: int) -> Callable[[], None]:
        """What `write_parquet` does, compiled now and done when it is called: from any thread, while others work, too.

        It reads tables and views, but no working tables (`_`), and nothing that is held in memory.
        """
        self.backend.register_functions(content)
        statement = files.copy_of(self.backend.compile(content), file, group)

        def write() -> None:
            file.parent.mkdir(parents=True, exist_ok=True)
            with self._run(step, statement) as done, self.backend.con.cursor() as cursor:
                cursor.execute(statement).fetchall()
                done(_parquet_rows(file))

        return write

    def keep_sides(self, kept: bool) -> None:
        """Let joins hold their right side in memory, as they are written, or the one that DuckDB takes for the smaller.

        It reckons with a fifth of the rows behind each filter and anti-join: of a large table with few left to its
        mind it holds all columns, at each join anew. Counts for all connections.
        """
        disabled = "build_side_probe_side" if kept else ""
        with engine_failures("sides of joins", self.path):
            self.backend.con.execute(f"SET GLOBAL disabled_optimizers = '{disabled}'").fetchall()

    def view_parquet(self, name: str, pattern: str, *, step: str) -> ibis.Table:
        """Name the Parquet files that match `pattern`, which is relative to the folder of the engine's file.

        The view stays valid when the folder is renamed: a snapshot's views over its facts are written once.
        """
        from sqlglot import expressions as sge

        files = sge.Anonymous(this="read_parquet", expressions=[sge.convert(pattern)])
        statement = sge.Create(
            kind="VIEW",
            replace=True,
            this=sge.Table(this=sge.to_identifier(name, quoted=True)),
            expression=sge.select(sge.Star()).from_(files),
        ).sql("duckdb")
        with engine_failures(step, self.path, lambda: statement):
            self.backend.con.execute(statement).fetchall()
        return self.table(name)

    def view_runs(self, name: str, runs: Sequence[tuple[str, Sequence[str]]], key: str, *, step: str) -> ibis.Table:
        """Name the rows of Parquet files, of each but those whose `key` is in one of the files that it is given with.

        Files are relative to the folder of the engine's file, as those of `view_parquet`.
        """
        with engine_failures(step, self.path):
            self.backend.con.execute(files.view_of_runs(name, runs, key)).fetchall()
        return self.table(name)

    @property
    def embedded(self) -> DuckEngine:
        """This engine."""
        return self

    def open_parquet(self, name: str, paths: Sequence[Path], *, step: str) -> ibis.Table:
        """The rows of Parquet files with `_path` and `_row`, which counts from 1 in each file."""
        with engine_failures(step, self.path):
            return files.open_parquet(self.backend, name, paths)

    def open_csv(
        self, name: str, paths: Mapping[Path, int], columns: Sequence[str], *, delimiter: str, header: bool, step: str
    ) -> ibis.Table:
        """The rows of CSV files with `_path`, and with `_row` where they have a header."""
        with engine_failures(step, self.path):
            return files.open_csv(self.backend, name, paths, columns, delimiter=delimiter, header=header)

    def attach(self, path: Path, alias: str) -> dict[str, ibis.Table]:
        """Open another engine file read-only beside this one and return its tables by name.

        Raises:
            StoreError: the file can't be opened.
        """
        with opening_failures(str(path)):
            self.backend.attach(path, name=alias, read_only=True)
        self._attached[alias] = path
        found = {
            name: self.backend.table(name, database=(alias, "main"))
            for name, kind in self.backend.kinds(alias).items()
            if kind == "BASE TABLE"
        }
        # Views over files look for them beside this engine's file: tables that Spark wrote are opened where they lie.
        stored = files.stored_tables(path.parent).items()
        return found | {name: self.backend.read_parquet(str(folder / "*.parquet")) for name, folder in stored}

    def take(self, alias: str, names: Collection[str], *, step: str) -> None:
        """Make tables and views of an attached file this engine's own; rows keep their order.

        They are copied, unless this file began as a copy of the attached one (`put_aside`) and has them.
        """
        kinds = self.backend.kinds(alias)
        with self._run(step, f"-- tables of {alias}: {', '.join(names)}"):
            for name in (name for name in names if kinds.get(name) == "BASE TABLE"):
                target = _quoted(name)
                if self.has_copy(alias, name):
                    self.backend.con.execute(f"ALTER TABLE {_quoted(_ASIDE + name)} RENAME TO {target}").fetchall()
                else:
                    origin = f"{_quoted(alias)}.main.{target}"
                    self.backend.con.execute(f"CREATE TABLE {target} AS SELECT * FROM {origin}").fetchall()  # noqa: S608
            views = self.backend.con.execute(
                "SELECT view_name, sql FROM duckdb_views() WHERE database_name = ? AND NOT internal", [alias]
            ).fetchall()
            for _, statement in (view for view in views if view[0] in names):
                self.backend.con.execute(statement).fetchall()

    def put_aside(self, origin: Path, keep: Collection[str]) -> None:
        """See that nothing of this file, which is a copy of the file `origin`, is this engine's own before it is taken.

        The tables `keep` become working tables; all others go, and what is written takes their room.
        """
        statements = ["BEGIN"]
        for name, kind in self.backend.kinds().items():
            if kind == "VIEW" or name not in keep:
                statements.append(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {_quoted(name)}")
            else:
                statements.append(f"ALTER TABLE {_quoted(name)} RENAME TO {_quoted(_ASIDE + name)}")
        with engine_failures("put former tables aside", self.path):
            # Each commit waits for the disk.
            for statement in (*statements, "COMMIT", "CHECKPOINT"):
                self.backend.con.execute(statement).fetchall()
        self._origin = origin

    def discard_copy(self, name: str) -> None:
        """Remove table `name` of the file that this one began as a copy of, where it was not taken."""
        with engine_failures(f"discard {name}", self.path):
            self.backend.forget(_ASIDE + name)
            self.backend.con.execute("CHECKPOINT").fetchall()

    def has_copy(self, alias: str, name: str) -> bool:
        """Whether table `name` of an attached file can be taken without copying a row."""
        return self._attached.get(alias) == self._origin and self.has(_ASIDE + name)

    def remove_rows(self, name: str, key: str, gone: pa.Table, *, step: str) -> None:
        """Remove the rows of a table whose `key` is among those of `gone`."""
        column = _quoted(key)
        found = f"SELECT {column} FROM {_GIVEN}"  # noqa: S608 - the name is quoted
        self._change([f"DELETE FROM {_quoted(name)} WHERE {column} IN ({found})"], gone, step=step)  # noqa: S608

    def add_rows(self, name: str, rows: pa.Table, *, step: str) -> None:
        """Add rows behind those of a table; a column that they have not is null in them."""
        self._change([f"INSERT INTO {_quoted(name)} BY NAME SELECT * FROM {_GIVEN}"], rows, step=step)  # noqa: S608

    def update_columns(self, name: str, key: str, values: pa.Table, *, step: str) -> None:
        """Give the columns of `values` to the rows of a table that have the same `key`."""
        table, same = _quoted(name), f"{_quoted(name)}.{_quoted(key)} = {_GIVEN}.{_quoted(key)}"
        # A column at a time: of one in which nothing changed nothing is written.
        statements = [
            f"UPDATE {table} SET {column} = {_GIVEN}.{column} FROM {_GIVEN} "  # noqa: S608 - the names are quoted
            f"WHERE {same} AND {table}.{column} IS DISTINCT FROM {_GIVEN}.{column}"
            for column in (_quoted(other) for other in values.column_names if other != key)
        ]
        self._change(statements, values, step=step)

    def _change(self, statements: Sequence[str], given: pa.Table, *, step: str) -> None:
        """Run statements that read `given`, all of them or none."""
        with self._run(step, ";\n".join(statements)), self.backend.con.cursor() as cursor:
            cursor.register(_GIVEN, given)
            for statement in ("BEGIN", *statements, "COMMIT"):
                cursor.execute(statement).fetchall()

    @contextmanager
    def _run(self, step: str, content: Any) -> Iterator[Any]:
        """Time a step, and name it in its failure. Yields the function that takes the number of rows."""
        rows: list[int] = []
        begun = time.perf_counter()
        with engine_failures(
            step, self.path, lambda: content if isinstance(content, str) else str(self.backend.compile(content))
        ):
            yield rows.append
        self.log.append(StepTime(step, time.perf_counter() - begun, rows[0] if rows else None))


def _quoted(name: str) -> str:
    import sqlglot.expressions as sge

    return sge.to_identifier(name, quoted=True).sql("duckdb")


def _set_zone(backend: Any, zone: str) -> None:
    """Silence the progress bar and set the session's time zone, GLOBAL also for the cursors that stream batches."""
    import sqlglot.expressions as sge

    from huaxiang.store.backend import quiet

    backend.settings["timezone"] = zone
    quiet(backend.con)
    backend.con.execute("SET GLOBAL TimeZone = " + sge.convert(zone).sql("duckdb")).fetchall()


def _parquet_rows(file: Path) -> int:
    import pyarrow.parquet as pq

    return pq.read_metadata(file).num_rows
