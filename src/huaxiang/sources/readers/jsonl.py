"""JSON lines: one object per line, read where it lies; values become text, nested ones JSON text."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import Finding
from huaxiang.sources.readers.base import RawSource, Reading, Rejects, check_drift, check_header
from huaxiang.sources.readers.csv import union_by_name
from huaxiang.sources.readers.encoding import detect, has_undecodable, lines, readable

if TYPE_CHECKING:
    import ibis

_LONGEST_LINE = 16 << 20
_NO_OBJECT = b"!\n"
"""Keeps the place of a line that is rejected: no JSON, so that it is counted and skipped like the others."""


def read_jsonl(reading: Reading, paths: list[Path]) -> RawSource:
    """Read JSON lines; lines that hold no JSON object are rejects, blank lines are nothing.

    Raises:
        SourceError: a file holds no object at all, or keys that can't be told apart.
    """
    rejects = Rejects(reading.scratch / "rejects.parquet")
    headers: list[tuple[Path, tuple[str, ...]]] = []
    tables = []
    for number, path in enumerate(paths):
        names, table = _read_file(reading, path, rejects, number)
        headers.append((path, names))
        tables.append(table)
    columns = tuple(dict.fromkeys(name for _, names in headers for name in names))
    findings: list[Finding] = check_drift(reading, headers)
    return RawSource(
        name=reading.name,
        table=union_by_name(tables, columns),
        rejects=rejects.table(reading.engine, reading.name),
        columns=columns,
        files=tuple(reading.shown(path) for path in paths),
        findings=tuple(findings),
    )


def _read_file(reading: Reading, path: Path, rejects: Rejects, number: int) -> tuple[tuple[str, ...], ibis.Table]:
    import ibis

    engine, tag = reading.engine, f"{reading.name}_{number}"
    step = f"read {reading.name}"
    add = partial(rejects.add, file=reading.shown(path))
    source = _decoded(reading, path, number, add)
    numbered = _lines(reading, source, tag)
    before = rejects.count
    for bad in engine.rows(numbered.filter(~numbered.good).order_by("_row"), step=step):
        if bad["line"].strip() != _NO_OBJECT.decode().strip() or source == path:
            add(
                row=bad["_row"],
                line=bad["number"],
                reason="no JSON object",
                detail="each line must hold one object: {…}",
                text=bad["line"],
            )
    keys = _keys(reading, numbered)
    names = check_header(reading, path, keys) if keys else ()
    if not names:
        raise reading.error(path, "holds no JSON object", 'Write one object per line: {"id": 1, …}.')
    table = engine.backend.read_json(
        [str(source)],
        table_name=f"jsonl_{tag}",
        columns=dict.fromkeys(keys, "VARCHAR"),
        format="newline_delimited",
        ignore_errors=True,
        filename="_path",
        maximum_object_size=_LONGEST_LINE,
    )
    table = table.rename({name: key for name, key in zip(names, keys, strict=True) if name != key})
    rows = table.mutate(_row=ibis.row_number() + 1, _file=ibis.literal(reading.shown(path))).drop("_path")
    if rejects.count > before or source != path:
        rows = rows.anti_join(numbered.filter(~numbered.good), "_row")
    return names, rows


def _decoded(reading: Reading, path: Path, number: int, add: Any) -> Path:
    """The file itself where it is UTF-8, else a copy that is."""
    encoding = detect(reading, path)
    if encoding.clean:
        return path
    copy = reading.scratch / f"{number}.jsonl"
    with copy.open("wb") as out:
        row = 0
        for line_number, line in enumerate(lines(path, encoding), 1):
            row += bool(line.strip())
            if has_undecodable(line):
                detail = "it holds bytes that are no text"
                add(row=row, line=line_number, reason="undecodable bytes", detail=detail, text=readable(line))
                out.write(_NO_OBJECT)
            else:
                out.write(line)
    return copy


def _lines(reading: Reading, path: Path, tag: str) -> ibis.Table:
    """The lines that are not blank, numbered, each with whether it holds an object."""
    import ibis

    table = reading.engine.backend.read_csv(
        [str(path)],
        table_name=f"lines_{tag}",
        columns={"line": "VARCHAR"},
        header=False,
        delim="\x01",
        quote="",
        escape="",
        strict_mode=False,
        max_line_size=_LONGEST_LINE,
    )
    table = table.mutate(number=ibis.row_number() + 1)
    table = table.filter(table.line.strip() != "").mutate(_row=ibis.row_number() + 1)
    valid = _json("json_valid", "boolean", table.line)
    kind = _json("json_type", "string", ibis.ifelse(valid, table.line, "0"))
    return table.mutate(good=kind == "OBJECT")


def _keys(reading: Reading, numbered: ibis.Table) -> list[str]:
    """The keys of all objects in the order in which they first appear."""
    good = numbered.filter(numbered.good)
    lists = good.select("_row", keys=_json("json_keys", "array<string>", good.line))
    found = lists.group_by("keys").agg(first=lists._row.min()).order_by("first")
    rows = reading.engine.rows(found, step=f"read {reading.name}")
    return list(dict.fromkeys(key for row in rows for key in row["keys"]))


def _json(name: str, returns: str, text: Any) -> Any:
    """One of the engine's own JSON functions."""
    import ibis
    import ibis.expr.datatypes as dt

    function = ibis.udf.scalar.builtin(name=name, signature=((dt.string,), dt.dtype(returns)))(lambda text: None)
    return function(text)
