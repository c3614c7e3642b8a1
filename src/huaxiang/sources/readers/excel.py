"""Excel workbooks: one sheet, every value as text, dates as they are shown in ISO form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import near_miss
from huaxiang.sources.readers.base import RawSource, Reading, check_drift, check_header
from huaxiang.sources.readers.csv import union_by_name

if TYPE_CHECKING:
    import pyarrow as pa


def read_excel(reading: Reading, paths: list[Path]) -> RawSource:
    """Read one sheet of each workbook: `sheet`, or the first one. Blank rows are nothing, but keep their numbers.

    Raises:
        SourceError: a workbook is damaged, the sheet is missing or blank, or its header can't be used.
    """
    import pyarrow.parquet as pq

    headers = []
    tables = []
    for number, path in enumerate(paths):
        content = _sheet(reading, path)
        names, rows = _rows(reading, path, content)
        headers.append((path, names))
        target = reading.scratch / f"{number}.parquet"
        pq.write_table(rows, target)
        step = f"read {reading.name}"
        tables.append(reading.engine.view_parquet(f"raw_excel_{reading.name}_{number}", str(target), step=step))
    columns = tuple(dict.fromkeys(name for _, names in headers for name in names))
    return RawSource(
        name=reading.name,
        table=union_by_name(tables, columns),
        rejects=None,
        columns=columns,
        files=tuple(reading.shown(path) for path in paths),
        findings=tuple(check_drift(reading, headers)),
    )


def _sheet(reading: Reading, path: Path) -> pa.Table:
    """The whole sheet as text, its header among the rows."""
    import fastexcel
    import pyarrow as pa

    try:
        book = fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise reading.error(
            path, f"can't be opened: {reason}", "Save it again as .xlsx, without a password."
        ) from error
    sheets = book.sheet_names
    wanted: Any = reading.spec.sheet if reading.spec.sheet is not None else 0
    if wanted not in sheets and not (isinstance(wanted, int) and 0 <= wanted < len(sheets)):
        guess = near_miss(str(wanted), sheets)
        remedy = f"Did you mean '{guess}'?" if guess else f"Its sheets: {', '.join(sheets)}."
        raise reading.error(path, f"has no sheet '{wanted}'", remedy)
    try:
        batch = book.load_sheet(wanted, header_row=None, dtypes="string", skip_rows=0).to_arrow()
    except fastexcel.FastExcelError as error:
        raise reading.error(path, f"has a sheet that can't be read: {error}", "Save it again as .xlsx.") from error
    return pa.Table.from_batches([batch])


def _rows(reading: Reading, path: Path, content: pa.Table) -> tuple[tuple[str, ...], pa.Table]:
    """The names of the columns, and the rows below the header that hold anything."""
    import pyarrow as pa
    import pyarrow.compute as pc

    header_at = reading.spec.header_row - 1
    if content.num_rows <= header_at:
        raise reading.error(path, "has a blank sheet", "Fill it, or name another one with 'sheet'.")
    body = content.slice(header_at + 1)
    header = [content.column(place)[header_at].as_py() for place in range(content.num_columns)]
    used = [
        place
        for place, name in enumerate(header)
        if (name or "").strip() or body.column(place).null_count < body.num_rows
    ]
    names = check_header(reading, path, [header[place] for place in used])
    columns = [body.column(place) for place in used]
    table = pa.table(dict(zip(names, columns, strict=True)))
    table = table.append_column("_file", pa.array([reading.shown(path)] * body.num_rows, pa.string()))
    table = table.append_column("_row", pa.array(range(1, body.num_rows + 1), pa.int64()))
    filled = None
    for column in columns:
        valid = pc.is_valid(column)
        filled = valid if filled is None else pc.or_(filled, valid)
    return names, table.filter(filled)
