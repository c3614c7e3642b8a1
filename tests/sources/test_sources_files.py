"""Files that are missing, empty, unreadable or not what their name says: an error with the file and the remedy."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from huaxiang.core.errors import SourceError
from huaxiang.sources.readers import open_source
from huaxiang.sources.spec import SourceSpec


def workbook(rows: list[list[object]], sheet: str = "会员") -> bytes:
    """A workbook with one sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet(sheet)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if hasattr(value, "year"):
                page.write_datetime(r, c, value, day)
            elif value is not None:
                page.write(r, c, value)
    book.close()
    return out.getvalue()


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)


def test_a_missing_file_is_named_with_the_near_miss(read, tmp_path):
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match=r"order\.csv does not exist\. Did you mean 'orders\.csv'\?"):
        read("order.csv")


def test_a_missing_folder_is_named(read):
    with pytest.raises(SourceError, match="There is no folder"):
        read("nowhere/a.csv")


def test_a_glob_that_matches_nothing_is_an_error(read):
    with pytest.raises(SourceError, match=r"d/\*\.csv matches no file"):
        read("d/*.csv")


def test_a_folder_instead_of_a_file_is_an_error(read, tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(SourceError, match=r"d is a folder\. Name its files: 'd/\*\.csv'"):
        read("d")


def test_an_optional_source_may_be_absent(engine, tmp_path):
    for path in ("a.csv", "d/*.csv"):
        spec = SourceSpec(name="s", path=path, optional=True)
        assert open_source(engine, spec, tmp_path, tmp_path / "scratch") is None


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.xlsx"])
def test_an_empty_file_is_an_error(read, name, content):
    with pytest.raises(SourceError, match=f"{name} is empty"):
        read(name, content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            b"PK\x03\x04....",
            "is not CSV: its content is an Excel workbook or zip archive. Set 'format: excel'",
        ),
        ("a.csv", b"\xd0\xcf\x11\xe0....", "an old Excel workbook. Set 'format: excel'"),
        ("a.csv", b"PAR1....", "a Parquet file. Set 'format: parquet'"),
        ("a.csv", b"%PDF-1.7", "a PDF document. Fetch the file again"),
        ("a.csv", b"\x01\x02\x00\x03", "binary data of an unknown kind"),
        ("a.csv", b"\n<!DOCTYPE html><html>", "an HTML page"),
        ("a.parquet", b"<html><body>403</body></html>", "is not Parquet: its content is an HTML page"),
        ("a.parquet", b"id,name\n1,x\n", "is not Parquet: its content is text. Set 'format: csv'"),
        ("a.xlsx", b"id,name\n1,x\n", "is not an Excel workbook: its content is text. Set 'format: csv'"),
        ("a.jsonl", b"PAR1....", "is not JSON lines"),
        ("a.dat", b"id,name\n1,x\n", "a name that tells no format"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_an_error(read, name, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        read(name, content)
    assert name in str(caught.value)


def test_an_excel_workbook_named_csv_is_read_once_its_format_is_said(read, rows):
    source = read("a.csv", workbook([["id"], ["x"]]), format="excel")
    assert rows(source.table) == [("x", "a.csv", 1)]


def test_damaged_files_are_errors(read, tmp_path):
    with pytest.raises(SourceError, match="damaged Parquet"):
        read("a.parquet", b"PAR1 and then nothing more")
    with pytest.raises(SourceError, match="can't be opened"):
        read("a.xlsx", b"PK\x03\x04 and then nothing more")
    with pytest.raises(SourceError, match="can't be read"):
        read("a.csv.gz", b"\x1f\x8b and then nothing more")


def test_parquet_keeps_its_types_and_numbers_each_file(read, rows, tmp_path):
    parquet(tmp_path / "1.parquet", id=[1, 2], amount=[1.5, None])
    parquet(tmp_path / "2.parquet", id=[3], city=["广州"])
    source = read("*.parquet")
    assert rows(source.table) == [
        (1, 1.5, None, "1.parquet", 1),
        (2, None, None, "1.parquet", 2),
        (3, None, "广州", "2.parquet", 1),
    ]
    assert [finding.code for finding in source.findings] == ["schema_drift"]


def test_parquet_files_with_clashing_types_are_an_error(read, tmp_path):
    parquet(tmp_path / "1.parquet", id=[1])
    parquet(tmp_path / "2.parquet", id=["x"])
    with pytest.raises(SourceError, match=r"2\.parquet holds id as string, while 1\.parquet holds it as number"):
        read("*.parquet")


def test_json_lines_become_text_and_bad_lines_rejects(read, rows):
    source = read(
        "a.jsonl",
        '{"id": 1, "name": "张三", "tags": {"a": [1]}}\n'
        "no json\n"
        "\n"
        '{"id": 2.50, "vip": true, "name": null}\n'
        "[1, 2]\n"
        '{"id": "x", "city": "广州"}\n'
        '{"id": 3, "name":\n',
    )
    assert source.columns == ("id", "name", "tags", "vip", "city")
    assert rows(source.table) == [
        ("1", "张三", '{"a":[1]}', None, None, "a.jsonl", 1),
        ("2.5", None, None, "true", None, "a.jsonl", 3),
        ("x", None, None, None, "广州", "a.jsonl", 5),
    ]
    assert [(row, line, text) for _, row, line, _, _, text in rows(source.rejects)] == [
        (2, 2, "no json"),
        (4, 5, "[1, 2]"),
        (6, 7, '{"id": 3, "name":'),
    ]


def test_json_lines_in_gb18030_are_read_and_their_broken_lines_rejected(read, rows):
    content = (
        '{"id": "一", "x": "字字字字"}\n'.encode("gb18030") + b'{"id": "\xff"}\n' + '{"id": "三"}\n'.encode("gb18030")
    )
    source = read("a.jsonl", content)
    assert [(row[0], row[-1]) for row in rows(source.table)] == [("一", 1), ("三", 3)]
    assert [row[1:4] for row in rows(source.rejects)] == [(2, 2, "undecodable bytes")]


def test_excel_gives_text_iso_dates_and_the_rows_own_numbers(read, rows):
    from datetime import datetime

    content = workbook(
        [["手机号", "生日", "金额"], [13800000001, datetime(2026, 1, 31), 12.5], [None] * 3, ["138 0000", 46053, "¥1"]]
    )
    source = read("a.xlsx", content)
    assert source.columns == ("手机号", "生日", "金额")
    assert rows(source.table) == [
        ("13800000001", "2026-01-31 00:00:00", "12.5", "a.xlsx", 1),
        ("138 0000", "46053", "¥1", "a.xlsx", 3),
    ]


def test_a_sheet_that_is_not_there_is_named(read):
    with pytest.raises(SourceError, match=r"has no sheet '会员表'. Did you mean '会员'"):
        read("a.xlsx", workbook([["id"], ["x"]], "会员"), sheet="会员表")


def test_an_excel_column_with_values_and_no_name_is_an_error(read):
    with pytest.raises(SourceError, match="no name for column 2"):
        read("a.xlsx", workbook([["id", None], ["x", "y"]]))
