"""Reading a source as it is: files of several formats, and databases. One function, `open_source`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.sources.readers.base import RawSource, Reading
from huaxiang.sources.readers.catalog import CATALOG, read_catalog
from huaxiang.sources.readers.files import exists, find_files, format_of
from huaxiang.sources.spec import Format, SourceSpec

if TYPE_CHECKING:
    import ibis

__all__ = ["RawSource", "open_source"]


def open_source(
    engine: Engine, spec: SourceSpec, folder: Path, scratch: Path, *, only: Collection[Path] | None = None
) -> RawSource | None:
    """Open a source: its rows as they are, the lines that are no rows, findings. None: an optional one is absent.

    `folder` is the project's, to which `path` is relative. `scratch` takes transcoded and repaired copies and rows
    fetched from a database; it must live as long as the tables are read, and may be removed after that. `only` names
    the files to read, where not all of the source's are wanted.

    Raises:
        SourceError: a file is missing, empty, unreadable or not what its name says, or a database does not answer.
            The message names the file and says what to do.
    """
    if spec.optional and spec.path is not None and not exists(spec.path, folder):
        return None
    own = scratch / spec.name
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    reading = Reading(engine, spec, folder, own)
    if spec.url == CATALOG:
        return read_catalog(reading)
    if spec.url is not None:
        from huaxiang.sources.readers.database import read_database

        return read_database(reading)
    paths = [path for path in find_files(reading) if only is None or path in only]
    formats = {path: format_of(reading, path) for path in paths}
    first = formats[paths[0]]
    for path, format_ in formats.items():
        if format_ != first:
            raise reading.error(path, f"is {format_}, while {reading.shown(paths[0])} is {first}", "Make two sources.")
    return _read(reading, paths, first)


def _read(reading: Reading, paths: list[Path], format_: Format) -> RawSource:
    match format_:
        case "csv":
            from huaxiang.sources.readers.csv import read_csv

            return read_csv(reading, paths)
        case "parquet":
            from huaxiang.sources.readers.parquet import read_parquet

            return read_parquet(reading, paths)
        case "jsonl":
            from huaxiang.sources.readers.jsonl import read_jsonl

            return _embedded(reading, read_jsonl, paths)
        case "excel":
            from huaxiang.sources.readers.excel import read_excel

            return read_excel(reading, paths)


def _embedded(reading: Reading, read: Callable[[Reading, list[Path]], RawSource], paths: list[Path]) -> RawSource:
    """A source of a format that only an engine in this process reads: others take over its rows."""
    own = reading.engine.embedded
    raw = read(replace(reading, engine=own), paths)
    if own is reading.engine:
        return raw
    step = f"read {reading.name}"

    def taken(name: str, rows: ibis.Table) -> ibis.Table:
        file = reading.scratch / f"{name}.parquet"
        own.write_parquet(rows, file, step=step)
        return reading.engine.view_parquet(name, str(file), step=step)

    rejects = None if raw.rejects is None else taken(f"rejects_{reading.name}", raw.rejects)
    return replace(raw, table=taken(f"raw_{reading.name}", raw.table), rejects=rejects)
