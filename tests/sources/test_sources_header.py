"""The columns of a source, read without its rows."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huaxiang.core.errors import SourceError
from huaxiang.core.types import Type
from huaxiang.sources.readers.header import read_columns
from huaxiang.sources.spec import SourceSpec


def spec(path: str, **more) -> SourceSpec:
    return SourceSpec(name="s", path=path, **more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_columns_of_a_csv_are_its_header_as_text(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes("姓名,手机\n李雷,13900000000\n".encode(encoding))
    assert read_columns(spec("a.csv"), tmp_path) == {"姓名": Type.TEXT, "手机": Type.TEXT}


def test_the_columns_of_parquet_have_their_types(tmp_path):
    pq.write_table(pa.table({"n": [1], "x": [0.5], "t": ["a"]}), tmp_path / "a.parquet")
    assert read_columns(spec("a.parquet"), tmp_path) == {"n": Type.INTEGER, "x": Type.NUMBER, "t": Type.TEXT}


def test_the_columns_of_drifting_files_are_those_of_all(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,c\n1,2\n")
    assert list(read_columns(spec("*.csv"), tmp_path) or {}) == ["a", "b", "c"]


def test_what_would_have_to_be_read_whole_is_left_for_the_build(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
    assert read_columns(spec("a.jsonl"), tmp_path) is None
    assert read_columns(SourceSpec(name="s", url="sqlite:///x.db", table="t"), tmp_path) is None


def test_a_header_that_cant_be_understood_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("a,a\n1,2\n")
    with pytest.raises(SourceError, match="twice"):
        read_columns(spec("a.csv"), tmp_path)
