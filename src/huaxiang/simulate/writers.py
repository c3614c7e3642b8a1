"""Files as the shop's systems would leave them: CSV with torn lines, JSON lines, Excel, SQLite, Parquet."""

from __future__ import annotations

import io
import sqlite3
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from huaxiang.simulate.columns import Array


def write_csv(path: Path, table: pa.Table, *, encoding: str, repeated: Array, broken: Array) -> None:
    """Write a table as CSV.

    The rows at the positions `repeated` come a second time at the end. In front of the rows at the positions `broken`
    comes a torn copy of them: a line that stops after a few columns, or one with columns too many.
    """
    table = pa.concat_tables([table, table.take(pa.array(repeated, pa.int64()))])
    cuts = [0, *broken.tolist(), table.num_rows]
    text = io.BytesIO()
    for number, (start, end) in enumerate(pairwise(cuts)):
        if number:
            text.write(_torn(table.slice(start, 1), short=number % 2 == 1))
        _write_rows(text, table.slice(start, end - start), header=number == 0)
    path.write_bytes(text.getvalue() if encoding == "utf-8" else text.getvalue().decode().encode(encoding))


def write_jsonl(path: Path, table: pa.Table) -> None:
    """Write a table as JSON lines; what is missing is null."""
    table.to_pandas(integer_object_nulls=True).to_json(path, orient="records", lines=True, force_ascii=False)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet."""
    pq.write_table(table, path, compression="zstd")


def write_excel(path: Path, table: pa.Table, sheet: str) -> None:
    """Write a table of text as one sheet. Two runs give the same bytes."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2026, 6, 30, 20)})
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, table.column_names, book.add_format({"bold": True}))
        page.freeze_panes(1, 0)
        for number, column in enumerate(table.columns):
            page.write_column(1, number, column.to_pylist())


def append_sqlite(path: Path, name: str, table: pa.Table) -> None:
    """Append a table to one of a SQLite database; whichever is missing is created."""
    columns = ", ".join(f"{field.name} {_sqlite_type(field.type)}" for field in table.schema)
    marks = ", ".join("?" * table.num_columns)
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
            rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - the names are ours
    finally:
        connection.close()


class ParquetFiles:
    """One Parquet file per table in a folder, written part by part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}

    def __enter__(self) -> ParquetFiles:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def append(self, name: str, table: pa.Table) -> None:
        """Append a part of a table."""
        if name not in self._files:
            path = self._folder / f"{name}.parquet"
            self._files[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._files[name].write_table(table)


def positions(random: np.random.Generator, rows: int, share: float) -> Array:
    """Row positions at random, in order: the share of all rows, one at least where there are rows and a share."""
    if not rows or not share:
        return np.array([], np.int64)
    return np.sort(random.choice(rows, max(1, round(rows * share)), replace=False))


def _write_rows(text: io.BytesIO, table: pa.Table, *, header: bool) -> None:
    """Without quotes, as most systems write, unless a value needs them."""
    if header:
        text.write(",".join(table.column_names).encode() + b"\n")
    quoted = any(_needs_quotes(column) for column in table.columns)
    csv.write_csv(table, text, csv.WriteOptions(include_header=False, quoting_style="needed" if quoted else "none"))


def _needs_quotes(column: pa.ChunkedArray) -> bool:
    return pa.types.is_string(column.type) and pc.any(pc.match_substring_regex(column, '[,"\r\n]')).as_py() is True


def _torn(row: pa.Table, *, short: bool) -> bytes:
    text = io.BytesIO()
    _write_rows(text, row, header=False)
    line = text.getvalue().rstrip(b"\n")
    return (b",".join(line.split(b",")[:3]) if short else line + b",,") + b"\n"


def _sqlite_type(type_: pa.DataType) -> str:
    if pa.types.is_integer(type_):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(type_) else "TEXT"
