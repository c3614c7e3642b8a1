"""The columns of a source's files without their rows: enough to look over a definition before anything is built."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from huaxiang.core.engine import Engine
from huaxiang.core.types import Type, of_ibis
from huaxiang.sources.readers.base import Reading, check_header
from huaxiang.sources.readers.files import find_files, format_of
from huaxiang.sources.spec import SourceSpec

LARGEST = 64 << 20
"""Bytes of the largest CSV file that is looked at: to find its encoding, all of it is."""

MOST_FILES = 50


def read_columns(spec: SourceSpec, folder: Path) -> dict[str, Type] | None:
    """The columns of a source of CSV or Parquet files with their types.

    None where that would cost as much as reading: other formats, databases, many or large files.

    Raises:
        SourceError: a file is missing, unreadable, or not what its name says; a header can't be understood.
    """
    if spec.path is None:
        return None
    # Headers are read without an engine.
    reading = Reading(cast(Engine, None), spec, folder, folder)
    paths = find_files(reading)
    formats = {format_of(reading, path) for path in paths}
    if len(paths) > MOST_FILES or formats not in ({"csv"}, {"parquet"}):
        return None
    columns: dict[str, Type] = {}
    for path in paths:
        found = _parquet(reading, path) if formats == {"parquet"} else _csv(reading, path)
        if found is None:
            return None
        columns |= found
    return columns


def _csv(reading: Reading, path: Path) -> dict[str, Type] | None:
    from huaxiang.sources.readers.csv_scan import read_header
    from huaxiang.sources.readers.encoding import detect, lines

    if path.stat().st_size > LARGEST:
        return None
    encoding = detect(reading, path)
    header, _ = read_header(lines(path, encoding), reading.spec.header_row, reading.spec.delimiter)
    return dict.fromkeys(check_header(reading, path, header), Type.TEXT)


def _parquet(reading: Reading, path: Path) -> dict[str, Type]:
    import ibis
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise reading.error(path, f"is a damaged Parquet file: {error}", "Fetch or write it again.") from error
    check_header(reading, path, schema.names)
    return {name: of_ibis(dtype) for name, dtype in ibis.schema(schema).items()}
