"""What every reader gives: the rows as they are, the lines that are no rows, and what a person should know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import SourceError
from huaxiang.core.findings import Finding
from huaxiang.sources.spec import SourceSpec

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

RESERVED = frozenset({"_file", "_row", "_path"})

_SPACES = " \t\r\n\u00a0\u3000\ufeff\u200b"
_LETTER = re.compile(r"[^\W\d_]")
_REJECTS_AT_ONCE = 10_000


@dataclass(frozen=True)
class RawSource:
    """A source as it is.

    `table` has the source's columns in their order, then `_file` (relative to the project's folder) and `_row`
    (counted from 1 for the first row of data). `rejects`, where any line could not be read, has `_file`, `_row`,
    `line` (of the file, from 1), `reason`, `detail` and `text` (as it stands in the file).
    """

    name: str
    table: ibis.Table
    rejects: ibis.Table | None
    columns: tuple[str, ...]
    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a reader works with: the engine, the definition, the project's folder and a scratch folder of its own."""

    engine: Engine
    spec: SourceSpec
    folder: Path
    scratch: Path

    @property
    def name(self) -> str:
        """The source's name."""
        return self.spec.name

    def shown(self, path: Path) -> str:
        """The path as messages and `_file` show it: relative to the project where it lies within."""
        try:
            return path.relative_to(self.folder).as_posix()
        except ValueError:
            return path.as_posix()

    def error(self, path: Path | str, what: str, remedy: str) -> SourceError:
        """The error that says which file, what is wrong, and what to do."""
        shown = self.shown(path) if isinstance(path, Path) else path
        place = f" ({self.spec.at})" if self.spec.at.file else ""
        return SourceError(f"source '{self.name}': {shown} {what}. {remedy}{place}")

    def finding(self, code: str, path: Path | str, what: str, remedy: str = "") -> Finding:
        """A warning about a file that was read all the same."""
        shown = self.shown(path) if isinstance(path, Path) else path
        return Finding(code, f"source '{self.name}': {shown} {what}.", self.spec.at, remedy, "warning")


@dataclass
class Rejects:
    """Lines that are no rows, kept in a file of the scratch folder so that a million of them need no memory."""

    path: Path
    count: int = 0
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _writer: Any = None

    def add(self, *, file: str, row: int, line: int, reason: str, detail: str, text: str) -> None:
        """Keep one line."""
        self.count += 1
        self._rows.append({"_file": file, "_row": row, "line": line, "reason": reason, "detail": detail, "text": text})
        if len(self._rows) >= _REJECTS_AT_ONCE:
            self._flush()

    def table(self, engine: Engine, name: str) -> ibis.Table | None:
        """The kept lines as a table, or None where there are none."""
        if not self.count:
            return None
        self._flush()
        self._writer.close()
        return engine.view_parquet(f"rejects_{name}", str(self.path), step=f"read {name}")

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = rejects_schema()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, schema)
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=schema))
            self._rows.clear()


def rejects_schema() -> pa.Schema:
    """The columns of `RawSource.rejects`."""
    import pyarrow as pa

    return pa.schema(
        [
            ("_file", pa.string()),
            ("_row", pa.int64()),
            ("line", pa.int64()),
            ("reason", pa.string()),
            ("detail", pa.string()),
            ("text", pa.string()),
        ]
    )


def check_header(reading: Reading, path: Path | str, header: Sequence[str | None]) -> tuple[str, ...]:
    """The names of the columns without surrounding spaces.

    Raises:
        SourceError: a name is empty, stands twice (letter case does not count), is one of ours, or the line holds
            values rather than names.
    """
    names = tuple((name or "").strip(_SPACES) for name in header)
    if not any(names):
        raise reading.error(path, "has an empty header line", "Set 'header_row' to the line with the column names.")
    empty = [str(place) for place, name in enumerate(names, 1) if not name]
    if empty:
        raise reading.error(
            path,
            f"has no name for column {', '.join(empty)} in its header",
            "Name the column in the file, or set 'header_row' to the line with the names.",
        )
    seen: set[str] = set()
    for place, name in enumerate(names, 1):
        if name.lower() in seen:
            raise reading.error(
                path,
                f"has the column name '{name}' twice in its header (again at column {place})",
                "Rename one of the two columns; letter case and surrounding spaces do not tell names apart.",
            )
        seen.add(name.lower())
        if name.lower() in RESERVED:
            raise reading.error(path, f"has a column named '{name}', a name we use", "Rename the column.")
    if not any(_LETTER.search(name) for name in names):
        raise reading.error(
            path,
            f"has values where column names are expected: {', '.join(names[:5])}",
            "Add a header line with the column names, or set 'header_row' to the line that has them.",
        )
    return names


def check_drift(reading: Reading, headers: Sequence[tuple[Path, tuple[str, ...]]]) -> list[Finding]:
    """A finding for each file whose columns differ from those of the first one."""
    findings = []
    first_path, first = headers[0]
    for path, names in headers[1:]:
        missing = [name for name in first if name not in names]
        more = [name for name in names if name not in first]
        if missing or more:
            parts = [f"lacks {', '.join(missing)}"] if missing else []
            parts += [f"has {', '.join(more)} besides"] if more else []
            findings.append(
                reading.finding(
                    "schema_drift",
                    path,
                    f"{' and '.join(parts)}, compared with {reading.shown(first_path)}",
                    "Columns were matched by name; what a file lacks is empty in its rows.",
                )
            )
    return findings
