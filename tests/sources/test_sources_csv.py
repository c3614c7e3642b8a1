"""CSV: whatever the file is like, each of its lines is either a row with its number, or a reject that says why."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.core.errors import SourceError
from huaxiang.sources.readers import csv_scan
from huaxiang.sources.readers.csv_scan import Layout, repair


def test_values_stay_text_as_they_stand_in_the_file(read, rows):
    source = read(content="id,phone,amount\n007, 138,¥1\n,,-\n")
    assert source.columns == ("id", "phone", "amount")
    assert rows(source.table) == [("007", " 138", "¥1", "a.csv", 1), (None, None, "-", "a.csv", 2)]
    assert source.rejects is None


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("gbk", b""), ("utf-16", b"")],
)
def test_the_encoding_is_found_out(read, rows, encoding, bom):
    text = "姓名,城市\n张三,深圳\n李四,广州\n"
    source = read(content=bom + text.encode(encoding))
    assert source.columns == ("姓名", "城市")
    assert rows(source.table) == [("张三", "深圳", "a.csv", 1), ("李四", "广州", "a.csv", 2)]


def test_an_encoding_that_is_given_is_used(read, rows):
    source = read(content="姓名,城市\n張三,臺北\n".encode("big5"), encoding="big5")
    assert rows(source.table) == [("張三", "臺北", "a.csv", 1)]


def test_a_wrong_encoding_rejects_the_lines_it_can_not_read(read, rows):
    content = "id,name\n1,张三\n2,x\n".encode("gb18030")
    source = read(content=content, encoding="utf-8")
    assert rows(source.table) == [("2", "x", "a.csv", 2)]
    [(file, row, line, reason, _, text)] = rows(source.rejects)
    assert (file, row, line, reason) == ("a.csv", 1, 2, "undecodable bytes")
    assert text == "1,\\xd5\\xc5\\xc8\\xfd"


def test_a_broken_character_in_a_utf8_file_costs_its_line_only(read, rows):
    content = "id,name\n1,张三\n2,李四\n".encode() + b"3,\xff\xfe\n" + "4,王五\n".encode()
    source = read(content=content)
    assert [row[0] for row in rows(source.table)] == ["1", "2", "4"]
    assert [row[-1] for row in rows(source.table)] == [1, 2, 4]
    assert [row[3] for row in rows(source.rejects)] == ["undecodable bytes"]


def test_an_unknown_encoding_is_named(read):
    with pytest.raises(SourceError, match="unknown encoding 'klingon'"):
        read(content="a,b\n1,2\n", encoding="klingon")


def test_malformed_lines_are_rejected_and_shift_no_row_number(read, rows):
    source = read(
        content="a,b,c\n"
        "1,x,y\n"  # row 1
        "2,x\n"  # row 2: too short
        '3,"m\nn",z\n'  # row 3: a line break inside quotes
        "4,x,y,z\n"  # row 4: too long
        '5,"q"x,y\n'  # row 5: something after the closing quote
        '6,5" pipe,t\n'  # row 6: a quote in the middle of a value is a value
        "\n"  # nothing
        '7,"open,y\n'  # row 7: never closed
        "8,x,y\n"  # row 8
    )
    assert rows(source.table) == [
        ("1", "x", "y", "a.csv", 1),
        ("3", "m\nn", "z", "a.csv", 3),
        ("6", '5" pipe', "t", "a.csv", 6),
        ("8", "x", "y", "a.csv", 8),
    ]
    assert [(row, line, reason) for _, row, line, reason, _, _ in rows(source.rejects)] == [
        (2, 3, "wrong number of columns"),
        (4, 6, "wrong number of columns"),
        (5, 7, "bad quoting"),
        (7, 10, "bad quoting"),
    ]
    assert [text for *_, text in rows(source.rejects)] == ["2,x", "4,x,y,z", '5,"q"x,y', '7,"open,y']
    assert rows(source.rejects)[0][4] == "3 columns expected, 2 found"


def test_windows_line_ends_and_quoted_values_are_read_in_place(read, rows, tmp_path):
    source = read(content=b'a,b\r\n1,"x, y"\r\n2,"say ""hi"""\r\n')
    assert rows(source.table) == [("1", "x, y", "a.csv", 1), ("2", 'say "hi"', "a.csv", 2)]
    assert not list((tmp_path / "scratch").glob("*/*.csv"))


def test_mixed_and_missing_line_ends_are_read(read, rows):
    source = read(content=b"a,b\r\n1,x\n2,y\r\n3,z")
    assert rows(source.table) == [("1", "x", "a.csv", 1), ("2", "y", "a.csv", 2), ("3", "z", "a.csv", 3)]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_out(read, rows, delimiter):
    source = read(content=f"a{delimiter}b\n1{delimiter}2,5\n")
    assert rows(source.table) == [("1", "2,5", "a.csv", 1)]


def test_a_header_further_down_is_found_by_its_row(read, rows):
    source = read(content="Report of June\n\nid,name\n1,x\n", header_row=3)
    assert rows(source.table) == [("1", "x", "a.csv", 1)]


def test_packed_files_are_read(read, rows):
    source = read("a.csv.gz", gzip.compress("id,name\n1,张三\n".encode()))
    assert rows(source.table) == [("1", "张三", "a.csv.gz", 1)]


def test_a_single_column_is_read_and_blank_lines_are_nothing(read, rows):
    source = read(content="id\n1\n\n2\n")
    assert rows(source.table) == [("1", "a.csv", 1), ("2", "a.csv", 2)]


def test_files_of_a_glob_are_numbered_each_on_its_own(read, rows, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/2.csv").write_text("id,name\n3,c\n")
    (tmp_path / "d/1.csv").write_text("id,name\n1,a\n2,b\n")
    source = read("d/*.csv")
    assert source.files == ("d/1.csv", "d/2.csv")
    assert rows(source.table) == [("1", "a", "d/1.csv", 1), ("2", "b", "d/1.csv", 2), ("3", "c", "d/2.csv", 1)]


def test_files_that_drift_are_united_by_name_with_a_finding(read, rows, tmp_path):
    (tmp_path / "1.csv").write_text("id,name\n1,a\n")
    (tmp_path / "2.csv").write_text("name,id,city\nb,2,广州\n")
    source = read("*.csv")
    assert rows(source.table) == [("1", "a", None, "1.csv", 1), ("2", "b", "广州", "2.csv", 1)]
    [finding] = source.findings
    assert finding.code == "schema_drift"
    assert "2.csv has city besides, compared with 1.csv" in finding.message


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id,name,name", "'name' twice"),
        ("id,name, Name ", "'Name' twice"),
        ("id,,name", "no name for column 2"),
        (",,", "empty header"),
        ("13800138000,2026-01-31", "values where column names are expected"),
        ("id,_row", "a name we use"),
    ],
)
def test_a_header_that_can_not_be_used_says_why(read, header, message):
    with pytest.raises(SourceError, match=message) as caught:
        read(content=f"{header}\n1,2,3\n")
    assert "a.csv" in str(caught.value)


def test_spaces_around_column_names_are_dropped(read):
    assert read(content="\ufeff id , 姓名\u3000\n1,x\n").columns == ("id", "姓名")


def test_a_file_with_a_header_only_has_no_rows_and_a_finding(read, rows):
    source = read(content="id,name\n")
    assert rows(source.table) == []
    assert [finding.code for finding in source.findings] == ["no_rows"]


_value = st.text(st.sampled_from("ab,\"\n '张;"), max_size=6)
_layouts = st.sampled_from([("\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9).map(str), _value, _value), min_size=1, max_size=6), _layouts)
def test_whatever_a_csv_writer_writes_is_read_back(read, rows, table, layout):
    ending, quoting = layout
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=ending, quoting=quoting)
    writer.writerow(["id", "p", "q"])
    writer.writerows(table)
    source = read(content=out.getvalue())
    assert source.rejects is None
    expected = [(a, b or None, c or None, "a.csv", row) for row, (a, b, c) in enumerate(table, 1)]
    assert rows(source.table) == expected


def _repaired(content: bytes, target: Path) -> tuple[int, list[dict[str, object]], bytes]:
    rejects: list[dict[str, object]] = []
    rows = repair(iter(content.splitlines(keepends=True)), Layout(",", 2), target, lambda **line: rejects.append(line))
    return rows, rejects, target.read_bytes()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["1,a\n", "2,张\n", "3\n", "\n", '4,"x\n', 'y"\n', "5,z\r\n", "6,\x00\n", "7,b"]), max_size=9
    )
)
def test_lines_looked_at_together_are_repaired_as_each_alone(tmp_path, monkeypatch, lines):
    content = ("id,name\n" + "".join(lines)).encode()
    monkeypatch.setattr(csv_scan, "_LINES_AT_ONCE", 2)
    together = _repaired(content, tmp_path / "together.csv")
    with monkeypatch.context() as each:
        each.setattr(csv_scan._Repair, "_write_plain", lambda *_: False)
        assert together == _repaired(content, tmp_path / "alone.csv")
