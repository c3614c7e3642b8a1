"""Files that lie anywhere, opened as tables of DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis

_LONGEST_LINE = 16 << 20
"""Bytes of the longest row that is read."""

_NANOSECONDS = 9
"""Decimal places of seconds."""

TABLES = "tables"
"""The folder of a snapshot that holds the tables which Spark wrote, each a folder `<name>.<number>` of its own."""


def stored_tables(snapshot: Path) -> dict[str, Path]:
    """The tables of a snapshot that Spark wrote, by name; none of one that DuckDB wrote."""
    folders = sorted(path for path in (snapshot / TABLES).glob("*.*") if not path.name.startswith("_"))
    return {folder.name.rpartition(".")[0]: folder for folder in folders}


def open_parquet(backend: Any, name: str, paths: Sequence[Path]) -> ibis.Table:
    """The rows of Parquet files with `_path` and `_row`, from 1 in each file."""
    table = backend.read_parquet(
        [str(path) for path in paths], table_name=name, union_by_name=True, filename="_path", file_row_number=True
    )
    return table.mutate(_row=table.file_row_number + 1, **_microseconds(table)).drop("file_row_number")


def _microseconds(table: ibis.Table) -> dict[str, Any]:
    """The moments of a table that are kept in nanoseconds, as pandas writes them: everything here has microseconds."""
    return {
        name: table[name].cast("timestamp(6)" if dtype.is_timestamp() else "timestamp('UTC', 6)")
        for name, dtype in table.schema().items()
        if (dtype.is_timestamp() and dtype.scale == _NANOSECONDS) or "TIMESTAMPTZ_NS" in str(dtype)
    }


def copy_of(query: str, file: Path, group: int) -> str:
    """The statement of `DuckEngine.parquet_writer`."""
    from sqlglot import expressions as sge

    place = sge.convert(str(file)).sql("duckdb")
    return f"COPY ({query}) TO {place} (FORMAT parquet, ROW_GROUP_SIZE {group}, COMPRESSION zstd)"


def view_of_runs(name: str, runs: Sequence[tuple[str, Sequence[str]]], key: str) -> str:
    """The statement of `DuckEngine.view_runs`."""
    from functools import reduce

    from sqlglot import expressions as sge

    def read(paths: Sequence[str], alias: str) -> Any:
        function = sge.Anonymous(this="read_parquet", expressions=[sge.convert(list(paths))])
        return sge.Table(this=function, alias=sge.TableAlias(this=sge.to_identifier(alias)))

    parts = []
    for file, newer in runs:
        own = sge.select(sge.Column(this=sge.Star(), table=sge.to_identifier("own"))).from_(read([file], "own"))
        parts.append(own.join(read(newer, "newer"), using=[key], join_type="anti") if newer else own)
    whole = reduce(lambda one, other: sge.union(one, other, distinct=False), parts)
    view = sge.Table(this=sge.to_identifier(name, quoted=True))
    return sge.Create(kind="VIEW", replace=True, this=view, expression=whole).sql("duckdb")


def open_csv(
    backend: Any, name: str, files: Mapping[Path, int], columns: Sequence[str], *, delimiter: str, header: bool
) -> ibis.Table:
    """The rows of CSV files with `_path`, and with `_row` where they have a header.

    Rows are numbered through all files, and the rows of the files before are taken off again: numbering needs no
    sorting that way.
    """
    import ibis

    table = backend.read_csv(
        [str(path) for path in files],
        table_name=name,
        columns=dict.fromkeys(columns, "VARCHAR"),
        header=header,
        delim=delimiter,
        quote='"',
        escape='"',
        filename="_path",
        max_line_size=_LONGEST_LINE,
    )
    if not header:
        return table
    through = table.mutate(_row=ibis.row_number() + 1)
    before, starts = 0, []
    for path, rows in files.items():
        starts.append((str(path), before))
        before += rows
    return through if len(starts) == 1 else through.mutate(_row=through._row - through._path.cases(*starts, else_=0))
