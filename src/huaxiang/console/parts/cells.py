"""Tables as files that people open: CSV and Excel, safe to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huaxiang.core.cells import harmless


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as CSV in UTF-8 with a mark that Excel needs to see it as such."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([harmless(_plain(cell)) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_excel(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as an Excel workbook with one sheet; texts stay texts."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    ) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for at, row in enumerate(rows, 1):
            sheet.write_row(at, 0, [_plain(cell) for cell in row])
    return out.getvalue()


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
