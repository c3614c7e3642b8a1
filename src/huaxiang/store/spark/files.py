"""Files that workers read where they lie, and write; the rows of sources come with their path and number."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from huaxiang.core.engine import ROW_GROUP
from huaxiang.store.failures import storage_failures

if TYPE_CHECKING:
    import pyarrow as pa

_BITS = 43
"""Of a row's number, what its digest takes: the rest counts rows whose digests are equal."""

_ROW = 64
"""Bytes of a row in a Parquet file, before it is compressed."""

_COLUMN, _TYPE = "`{}`", "`{}` string"


def open_parquet(session: Any, paths: Sequence[Path]) -> Any:
    """The rows of Parquet files with `_path` and `_row`, from 1 in each file; columns are matched by name.

    Files of one layout are read together: Spark itself merges layouts only where all types are the same.
    """
    from pyspark.sql import functions as f

    row = (f.col("_metadata.row_index") + 1).alias("_row")
    frames = []
    for names, alike in _layouts(paths).items():
        frame = session.read.parquet(*(_exactly(path) for path in alike))
        columns = [f.col(_quoted(name)) for name in names]
        frames.append(_with_path(frame, frame.select(*columns, _file_path(), row), alike))
    united = frames[0]
    for frame in frames[1:]:
        united = united.unionByName(frame, allowMissingColumns=True)
    return united


def _layouts(paths: Sequence[Path]) -> dict[tuple[str, ...], list[Path]]:
    """The files by their columns and types. Columns without any value have no type to clash with."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schemas = {path: pq.read_schema(path) for path in paths}
    typed = {field.name for schema in schemas.values() for field in schema if not pa.types.is_null(field.type)}
    found: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for path, schema in schemas.items():
        known = (field for field in schema if field.name not in typed or not pa.types.is_null(field.type))
        found.setdefault(tuple((field.name, str(field.type)) for field in known), []).append(path)
    return {tuple(name for name, _ in layout): alike for layout, alike in found.items()}


def open_csv(session: Any, paths: Sequence[Path], columns: Sequence[str], *, delimiter: str, header: bool) -> Any:
    """The rows of CSV files as text with `_path`, and with `_row` where they have a header.

    Spark cuts large files into blocks. A row's number is its place in its block and the rows of the blocks before,
    which takes one more look at the files, and no sorting.
    """
    from pyspark.sql import functions as f

    reader = session.read.options(
        sep=delimiter, quote='"', escape='"', header=str(header).lower(), multiLine=str(not header).lower(),
        encoding="UTF-8", maxCharsPerColumn="-1", emptyValue="", nullValue="", mode="FAILFAST", enforceSchema="true",
        ignoreLeadingWhiteSpace="false", ignoreTrailingWhiteSpace="false", maxColumns="20000",
    )  # fmt: skip
    schema = ", ".join(_TYPE.format(name.replace("`", "``")) for name in columns)
    frame = reader.schema(schema).csv([_exactly(path) for path in paths])
    names = [f.col(_quoted(name)) for name in columns]
    if not header:
        return _with_path(frame, frame.select(*names, _file_path()), paths)
    placed = frame.select(
        *names,
        _file_path(),
        f.col("_metadata.file_block_start").alias("_block"),
        f.monotonically_increasing_id().alias("_place"),
    )
    return _with_path(frame, _numbered(placed, [_quoted(name) for name in columns]), paths)


def open_catalog(session: Any, table: str) -> Any:
    """The rows of a table of the catalog with `_row`: a digest of what a row says, and its place among equals.

    Rows of a table have no order, so only that makes equal numbers of equal tables.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as f
    from pyspark.sql import types as t

    frame = session.table(table)
    nested = (t.StructType, t.MapType, t.ArrayType)
    columns = [
        f.to_json(f.col(_quoted(field.name))).alias(field.name)
        if isinstance(field.dataType, nested)
        else f.col(_quoted(field.name))
        for field in frame.schema.fields
    ]
    whole = f.to_json(f.struct(*columns), {"ignoreNullFields": "false"})
    digested = frame.select(
        *columns, f.shiftrightunsigned(f.xxhash64(whole), 64 - _BITS).alias("_digest"), whole.alias("_whole")
    )
    place = f.row_number().over(Window.partitionBy("_digest").orderBy("_whole"))
    row = f.shiftleft("_digest", 63 - _BITS) + place
    return digested.withColumn("_row", row).drop("_digest", "_whole")


def _numbered(placed: Any, columns: list[str]) -> Any:
    """Rows with `_row` instead of `_block` and `_place`, which rises by one within a block."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    blocks = placed.groupBy("_path", "_block").agg(f.min("_place").alias("_first"), f.count("*").alias("_rows"))
    before = Window.partitionBy("_path").orderBy("_block").rowsBetween(Window.unboundedPreceding, -1)
    starts = blocks.withColumn("_before", f.coalesce(f.sum("_rows").over(before), f.lit(0))).drop("_rows")
    joined = placed.join(f.broadcast(starts), ["_path", "_block"])
    row = f.col("_place") - f.col("_first") + f.col("_before") + 1
    return joined.select(*columns, "_path", row.alias("_row"))


def _with_path(read: Any, frame: Any, paths: Sequence[Path]) -> Any:
    """The frame with `_path` as it was given, not as Spark spells it. `read` is the frame as it was opened."""
    from pyspark.sql import functions as f

    given = {str(path.absolute()): str(path) for path in paths}
    spelled = {uri: given[unquote(urlsplit(uri).path)] for uri in read.inputFiles()}
    names = f.create_map(*(f.lit(part) for pair in spelled.items() for part in pair))
    return frame.withColumn("_path", names[f.col("_path")])


def _file_path() -> Any:
    from pyspark.sql import functions as f

    # The one that spells paths as `inputFiles` does.
    return f.input_file_name().alias("_path")


def read(session: Any, place: Path, layout: Any | None = None) -> Any:
    """The rows of the Parquet files at `place`. Where `layout` is known, nobody has to look into a file for it."""
    reader = session.read if layout is None else session.read.schema(layout)
    return reader.parquet(to_read(place))


def write(frame: Any, folder: Path, group: int | None = None) -> Any:
    """Write a data frame as Parquet files, take away what only Hadoop wants to see, and return the layout.

    `group` is about how many rows make a row group: Spark counts the bytes of these.
    """
    options = {} if group is None else {"parquet.block.size": str(group * _ROW)}
    frame.write.mode("overwrite").options(**options).parquet(to_write(folder))
    for marker in (*folder.glob("_SUCCESS"), *folder.glob(".*.crc")):
        marker.unlink()
    return frame.schema


def gather(write_in: Callable[[Path], Sequence[Path]], schema: pa.Schema, folder: Path) -> Any:
    """Give workers a place to write files of `schema` in, keep those that count, in order, and return the layout."""
    aside = folder.with_name(f"_{folder.name}")
    with storage_failures(folder):
        # Every table has a file, also one without rows; it is also where the layout comes from.
        layout = write_parts([], schema, folder)
        aside.mkdir()
        for number, file in enumerate(write_in(aside), 1):
            file.rename(folder / f"part-{number:05}.parquet")
        # A task that was given up as lost may still be writing there.
        shutil.rmtree(aside, ignore_errors=True)
    return layout


def write_parts(parts: Iterable[pa.Table], schema: pa.Schema, folder: Path) -> Any:
    """Write what the driver makes as one Parquet file, and return the layout."""
    import ibis
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyspark.sql import types as t

    from huaxiang.store.spark.backend import spark_type

    stored = pa.schema([field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in schema])
    with storage_failures(folder):
        folder.mkdir(parents=True)
        with pq.ParquetWriter(folder / "part-00000.parquet", stored, compression="zstd") as writer:
            for part in parts:
                writer.write_table(part.cast(stored), row_group_size=ROW_GROUP)
    return t.StructType([t.StructField(name, spark_type(kind)) for name, kind in ibis.schema(stored).items()])


def to_read(path: Path | str) -> str:
    """A path for reading: on the file system of the machines, whatever the cluster's default is.

    Stars stand for any name; other signs that mean something in a pattern stand for themselves.
    """
    return "file://" + "".join("\\" + sign if sign in "?[]{}\\," else sign for sign in str(path))


def _exactly(path: Path) -> str:
    return to_read(path.absolute()).replace("*", "\\*")


def to_write(path: Path) -> str:
    """A path for writing."""
    return f"file://{path}"


def _quoted(name: str) -> str:
    return _COLUMN.format(name.replace("`", "``"))
