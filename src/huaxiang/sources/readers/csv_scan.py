"""One look at every line of a CSV file: is it clean, and if not, which lines are no rows.

A clean file is read where it lies. Of any other file a repaired copy is written: its rows in one spelling (UTF-8,
`\\n`, quotes only where needed) with the number of the row in front; lines that are no rows are kept as rejects.
A quote that never closes costs its own line, not the rest of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from huaxiang.sources.readers.encoding import has_undecodable, readable

_LINES_OF_A_ROW = 500
"""How many lines a row may stretch over (line breaks inside quotes) before its quote counts as never closed."""

_LINES_AT_ONCE = 200
"""How many lines are looked at together: most of them are rows as they stand."""


@dataclass(frozen=True)
class Layout:
    """How a file's rows are written: the sign between values and the number of columns."""

    delimiter: str
    columns: int
    header_row: int = 1


_QUOTING = {
    "unexpected end of data": "a quote never closes",
    "',' expected after '\"'": "something stands between a closing quote and the next value",
}
"""What Python's csv says about quotes, in words that name the mistake."""

Reject = Callable[..., None]


def is_clean(lines: Iterator[bytes], layout: Layout) -> int | None:
    """The number of rows of a file that needs no repair, or None. The header is among `lines`."""
    if layout.header_row != 1:
        return None
    delimiter, wanted = layout.delimiter.encode(), layout.columns - 1
    quoted = _well_formed(layout)
    rows = 0
    ending = b"\n"
    for line in lines:
        if b'"' in line:
            if not quoted.fullmatch(line):
                return None
        elif line.count(delimiter) != wanted or len(line) < 3:
            if line.strip(b"\r\n") or layout.columns == 1:
                return None
            continue
        if b"\r" in line and (line.count(b"\r") > 1 or not line.endswith(b"\r\n")):
            return None
        if not rows:
            ending = line[-2:] if line.endswith(b"\r\n") else b"\n"
        elif not line.endswith(ending) and line.endswith(b"\n"):
            return None
        rows += 1
    return max(rows - 1, 0)


def repair(lines: Iterator[bytes], layout: Layout, target: Path, reject: Reject) -> int:
    """Write the rows of a file to `target` with their numbers in front, and give every other line to `reject`.

    `reject` is called with `row`, `line`, `reason`, `detail` and `text`. Gives the number of rows and rejects.
    """
    header_lines = _skip_header(lines, layout)
    with target.open("wb") as file:
        return _Repair(layout, reject, file.write).run(lines, header_lines)


def read_header(lines: Iterator[bytes], layout_row: int, delimiter: str | None) -> tuple[list[str], str]:
    """The column names as they stand in the header line, and the sign between values."""
    first = next(islice(lines, layout_row - 1, None), b"")
    while first.count(b'"') % 2 and (more := next(lines, b"")):
        first += more
    text = readable(first)
    found = delimiter or max(",\t;|", key=_outside_quotes(text).count)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=found), []), found


def _outside_quotes(text: str) -> str:
    return re.sub(r'"[^"]*"', "", text)


def _skip_header(lines: Iterator[bytes], layout: Layout) -> int:
    """Step over everything up to the header, and give the number of lines that took."""
    taken = 0
    line = b""
    for _ in range(layout.header_row):
        line = next(lines, b"")
        taken += 1
    while line.count(b'"') % 2 and (more := next(lines, b"")):
        line += more
        taken += 1
    return taken


def _well_formed(layout: Layout) -> re.Pattern[bytes]:
    """A whole row on one line, with quotes where RFC 4180 allows them."""
    sign = re.escape(layout.delimiter.encode())
    value = rb'(?:"(?:[^"\r\n]|"")*+"|[^"\r\n' + sign + rb"]*+)"
    return re.compile(value + rb"(?:" + sign + value + rb"){%d}\r?\n?" % (layout.columns - 1))


@dataclass
class _Repair:
    layout: Layout
    reject: Reject
    write: Callable[[bytes], Any]

    def run(self, lines: Iterator[bytes], line_number: int) -> int:
        delimiter, wanted = self.layout.delimiter.encode(), self.layout.columns - 1
        row = 0
        waiting: list[bytes] = []
        while True:
            if not waiting:
                block = [*islice(lines, _LINES_AT_ONCE)]
                if not block:
                    return row
                if self._write_plain(row, block):
                    row += len(block)
                    line_number += len(block)
                    continue
                waiting = block[::-1]
            line = waiting.pop()
            line_number += 1
            body = line.rstrip(b"\r\n")
            if not body:
                continue
            row += 1
            if has_undecodable(line):
                self._refuse(row, line_number, "undecodable bytes", "it holds bytes that are no text", line)
            elif b'"' not in line and b"\r" not in body:
                found = line.count(delimiter)
                if found == wanted:
                    self.write(b"%d%s%s\n" % (row, delimiter, body))
                else:
                    self._refuse(row, line_number, "wrong number of columns", self._columns(found + 1), line)
            else:
                taken = self._quoted(row, line_number, line, lines, waiting)
                line_number += taken - 1

    def _write_plain(self, row: int, block: list[bytes]) -> bool:
        """Write lines at once that are all rows and need no repair; False where one of them may not be."""
        whole = b"".join(block)
        if b'"' in whole or b"\r" in whole or not whole.endswith(b"\n") or has_undecodable(whole):
            return False
        delimiter, wanted = self.layout.delimiter.encode(), self.layout.columns - 1
        if b"\n" in block or any(line.count(delimiter) != wanted for line in block):
            return False
        self.write(b"".join([b"%d%s%s" % (number, delimiter, line) for number, line in enumerate(block, row + 1)]))
        return True

    def _quoted(self, row: int, line_number: int, line: bytes, lines: Iterator[bytes], waiting: list[bytes]) -> int:
        """Deal with a row that has quotes and may go on over further lines; gives the number of lines it took."""
        taken = [line]
        quotes = line.count(b'"')
        fields, problem = first = self._fields(line)
        while fields is None and quotes % 2 and len(taken) < _LINES_OF_A_ROW:
            more = waiting.pop() if waiting else next(lines, b"")
            if not more:
                break
            taken.append(more)
            quotes += more.count(b'"')
            if quotes % 2 == 0:
                fields, problem = self._fields(b"".join(taken))
        if fields is not None and len(fields) == self.layout.columns and not has_undecodable(b"".join(taken)):
            self._write_fields(row, fields)
            return len(taken)
        waiting.extend(reversed(taken[1:]))
        if first[0] is not None:
            self._refuse(row, line_number, "wrong number of columns", self._columns(len(first[0])), line)
        else:
            self._refuse(row, line_number, "bad quoting", problem or "a quote never closes", line)
        return 1

    def _fields(self, record: bytes) -> tuple[list[str] | None, str]:
        """The values of a record, or what is wrong with its quotes."""
        text = record.decode().rstrip("\r\n")
        if '"' not in text:
            return text.split(self.layout.delimiter), ""
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.layout.delimiter, strict=True)
            records = list(reader)
        except csv.Error as error:
            return None, _QUOTING.get(str(error), str(error))
        return (records[0], "") if len(records) == 1 else (None, "a quote never closes")

    def _write_fields(self, row: int, fields: list[str]) -> None:
        out = io.StringIO()
        # Both signs in the terminator: the writer quotes values that hold one of them.
        csv.writer(out, delimiter=self.layout.delimiter, lineterminator="\r\n").writerow([str(row), *fields])
        self.write(out.getvalue()[:-2].encode() + b"\n")

    def _columns(self, found: int) -> str:
        return f"{self.layout.columns} columns expected, {found} found"

    def _refuse(self, row: int, line: int, reason: str, detail: str, text: bytes) -> None:
        self.reject(row=row, line=line, reason=reason, detail=detail, text=readable(text))
