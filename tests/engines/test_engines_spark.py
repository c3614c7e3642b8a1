"""The Spark engine behind the protocol: tables, files, errors, and regular expressions."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huaxiang.core.errors import EngineError, NotFoundError, SourceError
from huaxiang.core.findings import NOWHERE
from huaxiang.sources.readers import open_source
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.engine import DuckEngine
from huaxiang.store.spark import files
from huaxiang.store.spark.files import gather
from huaxiang.store.spark.patterns import java_pattern, java_replacement

ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module")
def engines(spark, tmp_path_factory):
    from huaxiang.store.spark.engine import SparkEngine

    options = {"spark.sql.files.maxPartitionBytes": "1000"}
    with (
        DuckEngine.open(zone=ZONE) as duck,
        SparkEngine.open(tmp_path_factory.mktemp("engine"), zone=ZONE, options=options) as spark_engine,
    ):
        yield duck, spark_engine


@pytest.fixture
def engine(engines):
    return engines[1]


def test_a_table_may_be_replaced_by_what_reads_it(engine):
    table = engine.create("numbers", pa.table({"n": [1, 2, 3]}), step="numbers")
    engine.create("numbers", table.filter(table.n > 1), step="numbers")
    assert sorted(row["n"] for row in engine.rows(engine.table("numbers"), step="numbers")) == [2, 3]
    assert len(list((engine.folder / "tables").glob("numbers.*"))) == 1


def test_a_table_that_is_dropped_leaves_no_files(engine):
    engine.create("gone", pa.table({"n": [1]}), step="gone")
    engine.drop("gone")
    assert not engine.has("gone")
    assert list((engine.folder / "tables").glob("gone.*")) == []


def test_a_name_that_is_not_there_is_told_with_the_near_miss(engine):
    engine.create("customers", pa.table({"n": [1]}), step="customers")
    with pytest.raises(NotFoundError, match="Did you mean 'customers'"):
        engine.table("custmers")


def test_a_failure_carries_its_step_and_its_sql(engine):
    table = engine.create("words", pa.table({"word": ["one"]}), step="words")
    with pytest.raises(EngineError) as caught:
        engine.rows(table.select(n=table.word.cast("int64")), step="read a word")
    assert caught.value.step == "read a word"
    assert "CAST" in caught.value.sql
    assert "\tat org.apache" not in str(caught.value)


def test_days_are_cut_in_the_projects_zone_and_moments_come_back_in_utc(engine):
    late = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    table = engine.create("late", pa.table({"at": pa.array([late], pa.timestamp("us", "UTC"))}), step="late")
    [row] = engine.rows(table.mutate(day=table["at"].date()), step="late")
    assert row == {"at": late, "day": date(2026, 3, 1)}


def test_few_different_values_are_counted_as_they_are(engines):
    amounts = [Decimal("50.00"), Decimal("1050.50"), Decimal("10.00"), Decimal("10.00"), None]
    rows = pa.table({"amount": pa.array(amounts, pa.decimal128(18, 2)), "none": pa.nulls(5, pa.string())})
    for engine in engines:
        table = engine.create("amounts", rows, step="amounts")
        counted = table.aggregate(amount=table.amount.approx_nunique(), none=table.none.approx_nunique())
        assert engine.rows(counted, step="count") == [{"amount": 3, "none": 0}]


def test_parts_are_written_one_after_the_other(engine):
    parts = (pa.table({"n": [number]}) for number in range(3))
    table = engine.fill("parts", parts, pa.schema([("n", pa.int64())]), step="parts")
    assert engine.arrow(table, step="parts")["n"].to_pylist() == [0, 1, 2]


def test_workers_get_the_customers_of_a_bucket_in_order_and_their_results_stay_in_order(engine):
    # Customers 3 and 4 are gone; buckets of three: 0–2, 3–5, 6–8, 9–11.
    numbers = [9, 1, 0, 7, 5, 2, 8, 6]
    people = engine.create("people", pa.table({"customer_no": numbers}), step="people")
    twice = engine.compiled(
        lambda rows: rows.select("customer_no", twice=rows.customer_no * 2), {"customer_no": "int64"}, step="twice"
    )

    def work(rows, bucket):
        made = twice(rows)
        return made.append_column("first", pa.array([bucket.start] * rows.num_rows, pa.int64()))

    schema = pa.schema([("customer_no", pa.int64()), ("twice", pa.int64()), ("first", pa.int64())])
    engine.spread("made", people, work, schema, size=3, step="made")
    assert not list((engine.folder / "tables").glob("_made.*"))
    parts = sorted((engine.folder / "tables").glob("made.*/*.parquet"))
    rows = [tuple(row.values()) for file in parts for row in pq.read_table(file).to_pylist()]
    assert rows == [
        (0, 0, 0), (1, 2, 0), (2, 4, 0), (5, 10, 3), (6, 12, 6), (7, 14, 6), (8, 16, 6), (9, 18, 9),
    ]  # fmt: skip


def test_files_of_tasks_that_never_ended_are_no_part_of_a_table(tmp_path):
    def write(folder: Path) -> list[Path]:
        pq.write_table(pa.table({"n": [9]}), folder / "lost.parquet")
        parts = [folder / "b.parquet", folder / "a.parquet"]
        for number, part in enumerate(parts):
            pq.write_table(pa.table({"n": [number]}), part)
        return parts

    gather(write, pa.schema([("n", pa.int64())]), tmp_path / "made.1")
    files = sorted((tmp_path / "made.1").iterdir())
    assert [pq.read_table(file)["n"].to_pylist() for file in files] == [[], [0], [1]]
    assert [path.name for path in tmp_path.iterdir()] == ["made.1"]


def test_a_task_that_was_given_up_and_still_writes_stops_nothing(tmp_path, monkeypatch):
    def write(folder: Path) -> list[Path]:
        pq.write_table(pa.table({"n": [1]}), folder / "a.parquet")
        return [folder / "a.parquet"]

    def not_empty(path: Path, **_: int) -> None:
        raise OSError(39, "Directory not empty", str(path))

    monkeypatch.setattr(os, "rmdir", not_empty)
    gather(write, pa.schema([("n", pa.int64())]), tmp_path / "made.1")
    assert [pq.read_table(file)["n"].to_pylist() for file in sorted((tmp_path / "made.1").iterdir())] == [[], [1]]


def test_row_groups_are_as_spark_makes_them_but_for_who_asks(engine, monkeypatch):
    asked, write = [], files.write

    def watched(frame, folder: Path, group: int | None = None):
        asked.append(group)
        return write(frame, folder, group)

    table = engine.create("few", pa.table({"n": [1]}), step="few")
    monkeypatch.setattr(files, "write", watched)
    engine.write_parquet(table, engine.folder / "scratch" / "few.parquet", step="few")
    engine.write_parquet(table, engine.folder / "scratch" / "facts.parquet", step="few", group=100)
    assert asked == [None, 100]


def test_files_in_parts_are_found_by_the_name_they_were_to_have(engine):
    table = engine.create("whole", pa.table({"n": list(range(10))}), step="whole")
    engine.write_parquet(table.order_by("n"), engine.folder / "scratch" / "whole.parquet", step="whole")
    found = engine.view_parquet("again", "scratch/whole.parquet", step="whole")
    assert engine.rows(found.aggregate(n=found.n.sum()), step="sum") == [{"n": 45}]


def test_rows_of_files_are_numbered_alike_also_where_files_are_cut_into_blocks(engines, tmp_path: Path):
    folder = tmp_path / "a b,中[1]%x+"
    folder.mkdir()
    for number in (1, 2):
        rows = "".join(f'{i},"t""{i}, 中",{"" if i % 3 else "  v "}\n' for i in range(200 * number))
        (folder / f"f{number}.csv").write_text(f'id,"a,b",`x.y`\n{rows}7,"",\n', encoding="utf-8")
        texts = pa.array([None] * 50) if number == 1 else pa.array(["x"] * 100)
        pq.write_table(pa.table({"id": range(number * 50), "s": texts}), folder / f"p{number}.parquet")
    (folder / "lines.csv").write_text('1,a,"two\nlines"\n2,b,\n3,"",c\n', encoding="utf-8")
    found = [
        (
            _ordered(engine.open_csv("c", {folder / "f1.csv": 201, folder / "f2.csv": 401}, ("id", "a,b", "`x.y`"),
                                     delimiter=",", header=True, step="csv"), engine, "_row"),
            _ordered(engine.open_csv("m", {folder / "lines.csv": 3}, ("n", "x", "y"), delimiter=",", header=False,
                                     step="csv"), engine, "n"),
            _ordered(engine.open_parquet("p", [folder / "p1.parquet", folder / "p2.parquet"], step="parquet"),
                     engine, "_row"),
        )
        for engine in engines
    ]  # fmt: skip
    assert found[0] == found[1]
    assert [row["_row"] for row in found[1][0][:201]] == list(range(1, 202))


def _ordered(table, engine, by: str):
    return sorted(engine.rows(table, step="read"), key=lambda row: (row["_path"], row[by]))


def test_json_lines_are_read_by_the_driver_with_their_rejects(engines, tmp_path: Path):
    (tmp_path / "x.jsonl").write_text('{"id": 1, "a": {"b": "中"}}\nnot json\n\n{"id": 2}\n', encoding="utf-8")
    spec = SourceSpec(name="x", path="x.jsonl", at=NOWHERE)
    found = []
    for number, engine in enumerate(engines):
        raw = open_source(engine, spec, tmp_path, tmp_path / f"scratch{number}")
        rejects = engine.rows(raw.rejects, step="rejects")
        found.append((sorted(engine.rows(raw.table, step="rows"), key=lambda row: row["_row"]), rejects))
    assert found[0] == found[1]
    assert [row["_row"] for row in found[1][0]] == [1, 3]


def test_a_table_of_the_catalog_is_read_in_place_and_its_rows_have_numbers_of_their_own(engines, spark, tmp_path):
    spark.sql("select * from values (1, 'a'), (2, null), (1, 'a') as t(id, name)").createOrReplaceGlobalTempView(
        "shops"
    )
    spec = SourceSpec(name="shops", url="spark:", table="global_temp.shops", at=NOWHERE)
    raw = open_source(engines[1], spec, tmp_path, tmp_path / "scratch")
    rows = engines[1].rows(raw.table, step="rows")
    assert sorted((row["id"], row["name"] or "") for row in rows) == [(1, "a"), (1, "a"), (2, "")]
    assert len({row["_row"] for row in rows}) == 3
    assert raw.columns == ("id", "name")
    assert {row["_file"] for row in rows} == {"global_temp.shops"}


def test_a_catalog_needs_a_cluster_and_a_table_that_is_there(engines, tmp_path):
    spec = SourceSpec(name="shops", url="spark:", table="nowhere.shops", at=NOWHERE)
    with pytest.raises(SourceError, match="is not in the catalog"):
        open_source(engines[1], spec, tmp_path, tmp_path / "scratch")
    with pytest.raises(SourceError, match="engine: spark"):
        open_source(engines[0], spec, tmp_path, tmp_path / "scratch")


@pytest.mark.parametrize(
    ("pattern", "java"),
    [
        ("a$", r"(?du)a\z"),
        (r"a\$", r"(?du)a\$"),
        (r"\s+", r"(?du)[\t\n\f\r ]+"),
        (r"[\s,]", r"(?du)[\t\n\f\r ,]"),
        ("[a[&&]", r"(?du)[a\[\&\&]"),
        ("[]a]", r"(?du)[\]a]"),
        (r"\p{Han}\pL", r"(?du)\p{IsHan}\pL"),
        ("(?P<n>a)", "(?du)(?<n>a)"),
        ("[[:alpha:]_]", "(?du)[A-Za-z_]"),
        (r"[\x{4E00}-\x{9FFF}]", r"(?du)[\x{4E00}-\x{9FFF}]"),
        (r"\p{^Han}\v", r"(?du)\P{IsHan}\x0B"),
        ("[[:^digit:]x]", "(?du)[[^0-9]x]"),
        (r"\Qa$\E$", r"(?du)\Qa$\E\z"),
    ],
)
def test_a_pattern_of_re2_as_java_writes_it(pattern, java):
    assert java_pattern(pattern) == java


def test_a_replacement_of_re2_as_java_writes_it():
    assert java_replacement(r"\1-$5\\") == r"$1-\$5\\"
    assert re.sub("(a)", r"\1-$5\\", "a") == "a-$5\\"
