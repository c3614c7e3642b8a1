"""Parquet files, read where they lie, with the types they have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.sources.readers.base import RawSource, Reading, check_drift, check_header

if TYPE_CHECKING:
    import ibis


def read_parquet(reading: Reading, paths: list[Path]) -> RawSource:
    """Read Parquet files.

    Raises:
        SourceError: a file is damaged, or a column has types that don't go together.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    headers = []
    types: dict[str, tuple[str, Path]] = {}
    for path in paths:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise reading.error(path, f"is a damaged Parquet file: {error}", "Fetch or write it again.") from error
        headers.append((path, check_header(reading, path, schema.names)))
        for field in schema:
            kind, first = types.setdefault(field.name, (_kind(field.type), path))
            if kind != _kind(field.type):
                raise reading.error(
                    path,
                    f"holds {field.name} as {field.type}, while {reading.shown(first)} holds it as {kind}",
                    "Write the files with the same types, or read them as two sources.",
                )
    columns = tuple(dict.fromkeys(name for _, names in headers for name in names))
    table = parquet_rows(reading, [(path, reading.shown(path)) for path in paths], reading.name)
    return RawSource(
        name=reading.name,
        table=table.select(*columns, "_file", "_row"),
        rejects=None,
        columns=columns,
        files=tuple(reading.shown(path) for path in paths),
        findings=tuple(check_drift(reading, headers)),
    )


def parquet_rows(reading: Reading, files: list[tuple[Path, str]], tag: str) -> ibis.Table:
    """The rows of Parquet files with `_file` – each file comes with the name to show – and `_row`."""
    paths = [path for path, _ in files]
    table = reading.engine.open_parquet(f"raw_parquet_{tag}", paths, step=f"read {reading.name}")
    shown = table._path.cases(*((str(path), name) for path, name in files), else_=table._path)
    return table.mutate(_file=shown).drop("_path")


def _kind(type_: object) -> str:
    """Types that go together share a kind: all numbers, all texts, all times."""
    import pyarrow.types as pt

    kinds: dict[str, tuple[Callable[[Any], bool], ...]] = {
        "number": (pt.is_integer, pt.is_floating, pt.is_decimal),
        "text": (pt.is_string, pt.is_large_string, pt.is_dictionary),
        "time": (pt.is_timestamp, pt.is_date),
    }
    return next((kind for kind, tests in kinds.items() if any(test(type_) for test in tests)), str(type_))
