"""CSV files: every value as text, every line accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import Finding
from huaxiang.sources.readers.base import RawSource, Reading, Rejects, check_drift, check_header
from huaxiang.sources.readers.csv_scan import Layout, is_clean, read_header, repair
from huaxiang.sources.readers.encoding import Encoding, detect, lines

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True)
class _File:
    """One file, looked through: where its rows are read from and how many there are."""

    path: Path
    readable: Path
    names: tuple[str, ...]
    delimiter: str
    rows: int
    numbered: bool


def read_csv(reading: Reading, paths: list[Path]) -> RawSource:
    """Read CSV files of one or of drifting layouts.

    Raises:
        SourceError: a header or an encoding can't be understood.
    """
    rejects = Rejects(reading.scratch / "rejects.parquet")
    files = [_look(reading, path, rejects, number) for number, path in enumerate(paths)]
    findings: list[Finding] = check_drift(reading, [(file.path, file.names) for file in files])
    findings += [_empty(reading, file) for file in files if not file.rows]
    groups: dict[tuple[Any, ...], list[_File]] = defaultdict(list)
    for file in files:
        groups[file.names, file.delimiter, file.numbered].append(file)
    tables = [_scan(reading, group, number) for number, group in enumerate(groups.values())]
    columns = tuple(dict.fromkeys(name for file in files for name in file.names))
    return RawSource(
        name=reading.name,
        table=union_by_name(tables, columns),
        rejects=rejects.table(reading.engine, reading.name),
        columns=columns,
        files=tuple(reading.shown(path) for path in paths),
        findings=tuple(findings),
    )


def union_by_name(tables: list[ibis.Table], columns: tuple[str, ...]) -> ibis.Table:
    """All rows of `tables`; a column that a table lacks is null in its rows."""
    import ibis

    whole = [
        table.mutate({name: ibis.null("string") for name in columns if name not in table.columns}).select(
            *columns, "_file", "_row"
        )
        for table in tables
    ]
    return whole[0] if len(whole) == 1 else ibis.union(*whole)


def _look(reading: Reading, path: Path, rejects: Rejects, number: int) -> _File:
    encoding = detect(reading, path)
    spec = reading.spec
    if spec.delimiter is not None and len(spec.delimiter) != 1:
        raise reading.error(path, f"can't be split by '{spec.delimiter}'", "A 'delimiter' is a single character.")
    header, delimiter = read_header(_text(path, encoding), spec.header_row, spec.delimiter)
    names = check_header(reading, path, header)
    layout = Layout(delimiter, len(names), spec.header_row)
    rows = is_clean(_text(path, encoding), layout) if encoding.clean else None
    if rows is not None:
        return _File(path, path, names, delimiter, rows, numbered=False)
    copy = reading.scratch / f"{number}.csv"
    reject = partial(rejects.add, file=reading.shown(path))
    rows = repair(_text(path, encoding), layout, copy, reject)
    return _File(path, copy, names, delimiter, rows, numbered=True)


def _text(path: Path, encoding: Encoding) -> Iterator[bytes]:
    return lines(path, encoding)


def _scan(reading: Reading, files: list[_File], number: int) -> ibis.Table:
    """The rows of files that share a layout."""
    import ibis

    first = files[0]
    table = reading.engine.open_csv(
        f"raw_csv_{reading.name}_{number}",
        {file.readable: file.rows for file in files},
        ("_row", *first.names) if first.numbered else first.names,
        delimiter=first.delimiter,
        header=not first.numbered,
        step=f"read {reading.name}",
    )
    file_of = table._path.cases(
        *((str(file.readable), reading.shown(file.path)) for file in files), else_=ibis.null("string")
    )
    return table.mutate(_file=file_of, _row=table._row.cast("int64")).drop("_path")


def _empty(reading: Reading, file: _File) -> Finding:
    return reading.finding("no_rows", file.path, "has a header and no rows", "Check that its export was complete.")
