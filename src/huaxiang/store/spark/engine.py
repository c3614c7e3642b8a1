"""Apache Spark behind the `Engine` protocol: tables are Parquet folders that every worker can reach."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.store.engine import DuckEngine, StepTime
from huaxiang.store.files import TABLES, stored_tables
from huaxiang.store.spark import files
from huaxiang.store.spark.failures import spark_failures
from huaxiang.store.spark.lent import Lent, copied, in_place
from huaxiang.store.spark.workers import InWorker, in_buckets

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.core.engine import BucketWork


class SparkEngine:
    """Spark behind the `Engine` protocol, writing below `folder`, which driver and workers share.

    Not for use by several threads at once.
    """

    def __init__(self, backend: Any, folder: Path, zone: str) -> None:
        self.backend = backend
        self.folder = folder
        self.zone = zone
        self.path = str(folder)
        self.log: list[StepTime] = []
        self._written: dict[str, Path] = {}
        self._patterns: dict[str, str] = {}
        self._layouts: dict[Path, Any] = {}
        self._known: dict[str, ibis.Table] = {}
        self._turn = 0

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        master: str = "local[*]",
        options: Mapping[str, str] | None = None,
        zone: str = "UTC",
        memory: str | None = None,
    ) -> Self:
        """Open a session on `master` that writes its tables below `folder`.

        `zone` is the time zone in which days and hours are cut. A Spark session that this process has already is
        used, and left running.

        Raises:
            StoreError: Spark is not installed or does not answer.
        """
        from huaxiang.store.spark.session import open_session

        session = open_session(master, options or {}, zone=zone, memory=memory)
        from huaxiang.store.spark.backend import SparkBackend

        backend = SparkBackend()
        backend.use(session)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(backend, folder.absolute(), zone)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the tables. The session of the process stays, for the next engine to use."""
        names, self._known = self._known, {}
        if "embedded" in self.__dict__:
            self.embedded.close()
        with spark_failures("close"):
            for name in names:
                self.session.catalog.dropTempView(name)

    @property
    def session(self) -> Any:
        """The Spark session."""
        return self.backend.session

    def table(self, name: str) -> ibis.Table:
        """The table or view `name`.

        Raises:
            NotFoundError: there is none of this name.
        """
        table = self._known.get(name)
        if table is None:
            guess = near_miss(name, self._known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise NotFoundError(f"table '{name}' is not in {self.path}.{hint}")
        return table

    def names(self) -> list[str]:
        """The names of all tables and views, sorted."""
        return sorted(self._known)

    def has(self, name: str) -> bool:
        """Whether there is a table or view `name`."""
        return name in self._known

    def create(self, name: str, content: ibis.Table | pa.Table, *, step: str) -> ibis.Table:
        """Write `content` as table `name`, replacing a former one; files keep the order of an ordered expression."""
        with self._run(step, content):
            if hasattr(content, "op"):
                self._put(name, lambda folder: self._write(content, folder))
            else:
                self._put(name, lambda folder: files.write_parts([content], content.schema, folder))
        return self.table(name)

    def fill(self, name: str, parts: Iterable[pa.Table], schema: pa.Schema, *, step: str) -> ibis.Table:
        """Write `parts`, which the driver makes, one after the other as they come, as table `name`."""
        with self._run(step, None):
            self._put(name, lambda folder: files.write_parts(parts, schema, folder))
        return self.table(name)

    def view(self, name: str, content: ibis.Table, *, step: str) -> ibis.Table:
        """Name an expression without computing it, replacing a former table or view."""
        with self._run(step, content):
            named = self._named(name, self.backend.dataframe(content))
            former = self._written.pop(name, None)
            if former is not None:
                shutil.rmtree(former, ignore_errors=True)
            return named

    def arrow(self, content: ibis.Table, *, step: str) -> pa.Table:
        """Compute an expression. Its rows come to the driver: none of facts."""
        with self._run(step, content) as done:
            result = self.backend.dataframe(content).toArrow().cast(content.schema().to_pyarrow())
            done(result.num_rows)
        return result

    def batches(self, content: ibis.Table, *, step: str) -> Iterator[pa.RecordBatch]:
        """Compute an expression in batches of bounded memory, in its order: through files, as workers write them."""
        import pyarrow.dataset as ds

        folder = self._folder(f"_batches_{step}")
        with self._run(step, content) as done:
            self._write(content, folder)
            rows = 0
            for file in sorted(folder.glob("*.parquet")):
                for batch in ds.dataset(file).to_batches():
                    rows += batch.num_rows
                    yield batch
            done(rows)
            shutil.rmtree(folder, ignore_errors=True)

    def rows(self, content: ibis.Table, *, step: str) -> list[dict[str, Any]]:
        """Compute a small expression as Python dictionaries."""
        return self.arrow(content, step=step).to_pylist()

    def sql(self, query: str, *, step: str) -> ibis.Table:
        """A checked SELECT in DuckDB's dialect, as an Ibis expression."""
        import sqlglot

        with spark_failures(step, lambda: query):
            translated = sqlglot.transpile(query, read="duckdb", write="spark")[0]
            return self.backend.sql(translated)

    def drop(self, name: str) -> None:
        """Remove the table or view `name` where it exists."""
        self.session.catalog.dropTempView(name)
        self._known.pop(name, None)
        self._patterns.pop(name, None)
        folder = self._written.pop(name, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def write_parquet(self, content: ibis.Table, file: Path, *, step: str, group: int | None = None) -> None:
        """Write an expression as Parquet files where `file` would stand, `…-00000` and so on, in its order.

        `group` is about how many rows make a row group. None: as many as Spark finds right.
        """
        with self._run(step, content):
            aside = file.parent / f".{file.stem}"
            self._remember(file, files.write(self.backend.dataframe(content), aside, group))
            for number, part in enumerate(sorted(aside.glob("*.parquet"))):
                part.rename(file.parent / f"{file.stem}-{number:05}.parquet")
            aside.rmdir()

    def view_parquet(self, name: str, pattern: str, *, step: str) -> ibis.Table:
        """Name the Parquet files that match `pattern`, or were written in parts instead of it.

        It is relative to the engine's folder.
        """
        place = named = self.folder / pattern
        if "*" not in pattern and not place.exists():
            place = place.with_name(f"{place.stem}-*.parquet")
        with self._run(step, None):
            self._patterns[name] = str(place.relative_to(self.folder)) if place.is_relative_to(self.folder) else pattern
            return self._named(name, files.read(self.session, place, self._layouts.get(named)))

    # -- buckets of customers -------------------------------------------------------------------------------

    def compiled(
        self, content: Callable[[ibis.Table], ibis.Table], schema: Mapping[str, Any], *, step: str
    ) -> Callable[[pa.Table], pa.Table]:
        """`content`, an expression over a table of the Ibis types `schema`, as a function that workers compute."""
        return InWorker(content, dict(schema), self.zone, step)

    def spread(
        self, name: str, people: ibis.Table, work: BucketWork, schema: pa.Schema, *, size: int, step: str
    ) -> ibis.Table:
        """Give `work` to the workers, for `size` customers at a time, and write what it makes as table `name`."""
        with self._run(step, people):
            frame = self.backend.dataframe(people)
            self._put(name, lambda folder: files.gather(partial(in_buckets, frame, work, schema, size), schema, folder))
        return self.table(name)

    # -- snapshots ------------------------------------------------------------------------------------------

    def attach(self, path: Path, alias: str) -> Mapping[str, ibis.Table]:
        """The tables of a finished snapshot by name, from whichever engine; `path` is its engine file."""
        stored = stored_tables(path.parent)
        if stored:
            return Lent(self, stored, alias, in_place)
        return Lent(self, self.embedded.attach(path, alias), alias, copied)

    def write_catalog(self, file: Path) -> None:
        """Write the engine file by which DuckDB reads the snapshot: a view over the files of each table."""
        for name in self.names():
            if not name.startswith("_") and name not in self._written and name not in self._patterns:
                self.create(name, self.table(name), step=f"store {name}")
        with DuckEngine.open(file, zone=self.zone) as catalog:
            written = {name: f"{TABLES}/{folder.name}/*.parquet" for name, folder in self._written.items()}
            for name, pattern in sorted((self._patterns | written).items()):
                if not name.startswith("_"):
                    catalog.view_parquet(name, pattern, step=f"view {name}")
        for name in [name for name in self._written if name.startswith("_")]:
            self.drop(name)

    # -- sources --------------------------------------------------------------------------------------------

    @cached_property
    def embedded(self) -> DuckEngine:
        """DuckDB in the driver, for the formats that only it reads."""
        return DuckEngine.open(zone=self.zone)

    def open_parquet(self, name: str, paths: Sequence[Path], *, step: str) -> ibis.Table:
        """The rows of Parquet files with `_path` and `_row`, which counts from 1 in each file."""
        with self._run(step, None):
            return self._named(name, files.open_parquet(self.session, paths))

    def open_csv(
        self, name: str, paths: Mapping[Path, int], columns: Sequence[str], *, delimiter: str, header: bool, step: str
    ) -> ibis.Table:
        """The rows of CSV files with `_path`, and with `_row` where they have a header."""
        with self._run(step, None):
            frame = files.open_csv(self.session, list(paths), columns, delimiter=delimiter, header=header)
            return self._named(name, frame)

    # -- inside ---------------------------------------------------------------------------------------------

    def _folder(self, name: str) -> Path:
        """A folder that nothing was written to yet: a table that replaces one it reads must not remove it first."""
        self._turn += 1
        safe = "".join(sign if sign.isalnum() or sign in "_-" else "_" for sign in name)
        return self.folder / TABLES / f"{safe}.{self._turn}"

    def _write(self, content: ibis.Table, folder: Path) -> Any:
        return files.write(self.backend.dataframe(content), folder)

    def _put(self, name: str, write: Callable[[Path], Any]) -> None:
        """Make the table `name` of what `write` writes, and then remove a former one, which it may have read."""
        folder = self._folder(name)
        layout = write(folder)
        former = self._written.get(name)
        self._written[name] = folder
        self._named(name, files.read(self.session, folder, layout))
        if former is not None:
            shutil.rmtree(former, ignore_errors=True)

    def _remember(self, file: Path, layout: Any) -> None:
        """Remember how a file is laid out, and all of its folder, unless they differ."""
        every = file.with_name(f"*{file.suffix}")
        self._layouts[file] = layout
        self._layouts[every] = layout if self._layouts.get(every, layout) == layout else None

    def _named(self, name: str, frame: Any) -> ibis.Table:
        frame.createOrReplaceTempView(name)
        self._known[name] = self.backend.known(name, frame.schema)
        return self._known[name]

    def open_catalog(self, name: str, table: str, *, step: str) -> ibis.Table | None:
        """The rows of a table of the cluster's catalog as table `name`, with `_row`; None where there is none."""
        with self._run(step, None):
            if not self.session.catalog.tableExists(table):
                return None
            return self._named(name, files.open_catalog(self.session, table))

    @contextmanager
    def _run(self, step: str, content: Any) -> Iterator[Callable[[int], None]]:
        """Time a step, and name it in its failure. Yields the function that takes the number of rows."""
        rows: list[int] = []
        begun = time.perf_counter()
        with spark_failures(step, lambda: "" if content is None else str(self.backend.compile(content))):
            yield rows.append
        self.log.append(StepTime(step, time.perf_counter() - begun, rows[0] if rows else None))
