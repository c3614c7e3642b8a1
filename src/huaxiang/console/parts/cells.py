"""Tables as files that people open: CSV and Excel, safe to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.cells import harmless
from huaxiang.core.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

SHEET = 1_048_576
"""Rows of a sheet, at most, with its heading."""


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as CSV in UTF-8 with a mark that Excel needs to see it as such."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([harmless(_plain(cell)) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_excel(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as an Excel workbook with one sheet; texts stay texts."""
    out = io.BytesIO()
    _sheet(out, {"in_memory": True}, header, rows)
    return out.getvalue()


def write_excel(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    """Write record batches of one schema, at least one, as a workbook, a row at a time.

    Raises:
        UsageError: there are more rows than a sheet holds.
    """
    first = next(batches)
    rows = (tuple(row.values()) for batch in chain([first], batches) for row in batch.to_pylist())
    # It writes rows to a file of its own first: beside the workbook, so that nothing of them is left elsewhere.
    _sheet(path, {"constant_memory": True, "tmpdir": str(path.parent)}, first.schema.names, rows)


def _sheet(out: io.BytesIO | Path, how: dict[str, Any], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import xlsxwriter

    texts = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(out, how | texts) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for at, row in enumerate(rows, 1):
            if at >= SHEET:
                raise UsageError(f"A sheet of Excel holds {SHEET:,} rows: take CSV, or choose fewer.")
            sheet.write_row(at, 0, [_plain(cell) for cell in row])


def _plain(cell: Any) -> Any:
    match cell:
        case list() | tuple():
            return ", ".join(map(str, cell))
        case datetime() | date():
            return cell.isoformat()
        case Decimal():
            return float(cell)
        case dict():
            return str(cell)
        case _:
            return cell
