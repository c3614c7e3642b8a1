"""Downloaded tables are safe to open."""

from __future__ import annotations

import io
import tempfile
from datetime import date
from decimal import Decimal

import fastexcel
import pyarrow as pa
import pytest

from huaxiang.console.parts import cells
from huaxiang.console.parts.cells import as_csv, as_excel
from huaxiang.core.errors import UsageError

ROWS = [["=HYPERLINK(1)", Decimal("1.50"), date(2026, 1, 2), ["a", "b"], None]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1"])
def test_a_cell_that_looks_like_a_formula_is_text_in_csv(text):
    assert f"'{text}".encode() in as_csv(["x"], [[text]])


def test_negative_numbers_stay_numbers_in_csv():
    assert as_csv(["x"], [[-1.5]]).decode("utf-8-sig").splitlines() == ["x", "-1.5"]


def test_csv_is_marked_as_utf_8_so_that_excel_reads_chinese():
    assert as_csv(["城市"], [["上海"]]).startswith(b"\xef\xbb\xbf")


def test_an_excel_sheet_holds_values_and_no_formulas():
    sheet = fastexcel.read_excel(as_excel(["a", "b", "c", "d", "e"], ROWS)).load_sheet(0).to_pandas()
    assert sheet.iloc[0].tolist()[:4] == ["=HYPERLINK(1)", 1.5, "2026-01-02", "a, b"]
    assert io.BytesIO(as_excel(["a"], [])).read(2) == b"PK"


def test_a_sheet_that_would_not_hold_all_rows_is_refused(tmp_path, monkeypatch):
    batch = pa.record_batch({"customer_id": ["c_1", "=1+1"]})
    cells.write_excel(iter([batch]), tmp_path / "all.xlsx")
    sheet = fastexcel.read_excel(tmp_path / "all.xlsx").load_sheet(0).to_pandas()
    assert sheet["customer_id"].tolist() == ["c_1", "=1+1"]
    monkeypatch.setattr(cells, "SHEET", 2)
    with pytest.raises(UsageError, match="take CSV"):
        cells.write_excel(iter([batch]), tmp_path / "all.xlsx")


def test_rows_on_their_way_into_a_workbook_lie_beside_it_and_nowhere_else(tmp_path, monkeypatch):
    for each in ("asked", "elsewhere"):
        (tmp_path / each).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    meanwhile = []

    def batches():
        batch = pa.record_batch({"customer_id": ["c_1"]})
        yield batch
        yield batch
        meanwhile.extend(file.parent.name for file in tmp_path.rglob("*") if file.is_file())

    cells.write_excel(batches(), tmp_path / "asked" / "all.xlsx")
    assert set(meanwhile) == {"asked"}


def test_a_number_that_is_none_stops_no_sheet():
    assert as_excel(["a"], [[float("nan")], [float("inf")]])[:2] == b"PK"
