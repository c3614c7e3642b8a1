"""The engine gate over DuckDB: what it writes, in which order, and what its failures say."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from huaxiang.core.errors import EngineError, NotFoundError, StoreError
from huaxiang.store import DuckEngine

NUMBERS = pa.table({"n": [3, 1, 2], "letter": ["c", None, "b"]})


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai") as opened:
        yield opened


def test_a_table_keeps_the_order_of_an_ordered_expression(engine: DuckEngine) -> None:
    numbers = engine.create("numbers", NUMBERS, step="load")
    engine.create("sorted", numbers.order_by(ibis.desc("n")), step="sort")
    assert engine.arrow(engine.table("sorted"), step="read")["n"].to_pylist() == [3, 2, 1]


def test_a_table_is_replaced_also_by_something_made_of_itself(engine: DuckEngine) -> None:
    numbers = engine.create("numbers", NUMBERS, step="load")
    engine.create("numbers", numbers.filter(numbers.n > 1), step="filter")
    assert sorted(row["n"] for row in engine.rows(engine.table("numbers"), step="read")) == [2, 3]


@pytest.mark.parametrize("memory", ["300MiB", None])
def test_the_limit_of_memory_holds_while_the_parts_of_a_table_are_made_and_afterwards(memory: str | None) -> None:
    with DuckEngine.open(memory=memory) as engine:
        limits = [_memory_limit(engine)]

        def parts(*, fail: bool) -> Iterator[pa.Table]:
            limits.append(_memory_limit(engine))
            yield pa.table({"n": [2, 1]})
            assert not fail, "no more parts"

        schema = pa.schema([("n", pa.int64())])
        written = engine.fill("numbers", parts(fail=False), schema, step="numbers")
        limits.append(_memory_limit(engine))
        assert written.to_pyarrow()["n"].to_pylist() == [2, 1]
        with pytest.raises(AssertionError, match="no more parts"):
            engine.fill("numbers", parts(fail=True), schema, step="numbers")
        limits.append(_memory_limit(engine))
        assert len(limits) == 5
        assert len(set(limits)) == 1


def _memory_limit(engine: DuckEngine) -> str:
    with engine.backend.con.cursor() as cursor:
        return str(cursor.execute("SELECT current_setting('memory_limit')").fetchall()[0][0])


def test_a_view_and_a_table_may_take_each_others_name(engine: DuckEngine) -> None:
    numbers = engine.create("numbers", NUMBERS, step="load")
    engine.view("x", numbers.filter(numbers.n > 1), step="view")
    engine.create("x", numbers, step="table")
    engine.view("x", numbers.filter(numbers.n > 2), step="view again")
    assert engine.rows(engine.table("x"), step="read") == [{"n": 3, "letter": "c"}]
    engine.drop("x")
    engine.drop("numbers")
    engine.drop("never_there")
    assert engine.names() == []


def test_a_working_table_never_reaches_the_file(tmp_path: Path) -> None:
    with DuckEngine.open(tmp_path / "a.duckdb") as engine:
        working = engine.create("_working", NUMBERS, step="load")
        engine.create("_working", working.filter(working.n > 1), step="filter")
        engine.create("kept", engine.table("_working").order_by("n"), step="keep")
        engine.create("_other", NUMBERS, step="load")
        engine.drop("_other")
        assert engine.names() == ["_working", "kept"]
    with DuckEngine.open(tmp_path / "a.duckdb", read_only=True) as engine:
        assert engine.names() == ["kept"]
        assert engine.arrow(engine.table("kept"), step="read")["n"].to_pylist() == [2, 3]


def test_what_a_finished_snapshot_holds_is_asked_once_and_working_tables_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DuckEngine.open(tmp_path / "a.duckdb") as engine:
        engine.create("customers", pa.table({"n": [1]}), step="test")
    with DuckEngine.open(tmp_path / "a.duckdb", read_only=True) as engine:
        asked, kinds = [], engine.backend.kinds
        monkeypatch.setattr(engine.backend, "kinds", lambda: asked.append(1) or kinds())
        assert [engine.has(name) for name in ("customers", "orders", "customers")] == [True, False, True]
        assert len(asked) == 1
        assert not engine.has("_asked")
        engine.create("_asked", pa.table({"n": [1]}), step="test")
        assert engine.has("_asked")


def test_batches_come_in_order_while_other_statements_run(engine: DuckEngine) -> None:
    many = ibis.range(200_000).unnest().name("n").as_table()
    engine.create("many", many, step="load")
    seen: list[int] = []
    for batch in engine.batches(engine.table("many").order_by(ibis.desc("n")), step="stream"):
        assert batch.num_rows <= 65_536
        seen += batch["n"].to_pylist()
        engine.rows(engine.table("many").count().as_table(), step="meanwhile")
    assert seen == list(range(199_999, -1, -1))


def test_days_are_cut_in_the_projects_time_zone_also_in_batches(engine: DuckEngine) -> None:
    moment = pa.array([datetime(2026, 6, 30, 17, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    moments = engine.create("moments", pa.table({"at": moment}), step="load")
    hours = moments.select(hour=moments["at"].hour(), day=moments["at"].date().cast("string"))
    # 17:00 UTC is 01:00 of the next day in Shanghai.
    assert engine.rows(hours, step="read") == [{"hour": 1, "day": "2026-07-01"}]
    assert [b.to_pylist() for b in engine.batches(hours, step="read")] == [[{"hour": 1, "day": "2026-07-01"}]]


def test_a_failure_names_its_step_and_its_sql(engine: DuckEngine) -> None:
    numbers = engine.create("numbers", NUMBERS, step="load")
    with pytest.raises(EngineError) as caught:
        engine.create("bad", numbers.mutate(n=numbers.letter.cast("int64")), step="cast letters")
    assert caught.value.step == "cast letters"
    assert 'CAST("t0"."letter" AS BIGINT)' in caught.value.sql
    assert not caught.value.exposed
    assert not engine.has("bad")


def test_an_unknown_table_is_answered_with_the_near_miss(engine: DuckEngine) -> None:
    engine.create("customers", NUMBERS, step="load")
    with pytest.raises(NotFoundError, match="Did you mean 'customers'"):
        engine.table("customer")


def test_every_step_is_timed_with_its_rows(engine: DuckEngine) -> None:
    engine.create("numbers", NUMBERS, step="load")
    engine.arrow(engine.table("numbers").limit(2), step="read")
    assert [(entry.step, entry.rows) for entry in engine.log] == [("load", 3), ("read", 2)]
    assert all(entry.seconds >= 0 for entry in engine.log)


def test_a_view_over_parquet_survives_the_renaming_of_its_folder(tmp_path: Path) -> None:
    before, after = tmp_path / "建设中 [1]", tmp_path / "成品"
    before.mkdir()
    with DuckEngine.open(before / "a.duckdb") as engine:
        numbers = engine.create("numbers", NUMBERS, step="load")
        engine.write_parquet(numbers.order_by("n"), before / "facts" / "n" / "0.parquet", step="write")
        engine.view_parquet("facts_n", "facts/n/*.parquet", step="view")
        assert engine.log[-1].rows == 3
    before.rename(after)
    with DuckEngine.open(after / "a.duckdb", read_only=True) as engine:
        facts = engine.table("facts_n")
        assert engine.arrow(facts, step="read")["n"].to_pylist() == [1, 2, 3]
        assert [batch["n"].to_pylist() for batch in engine.batches(facts, step="stream")] == [[1, 2, 3]]


def test_another_file_is_read_beside_the_engines_own(tmp_path: Path) -> None:
    with DuckEngine.open(tmp_path / "old.duckdb") as engine:
        engine.create("numbers", NUMBERS, step="load")
    with DuckEngine.open(tmp_path / "old.duckdb", read_only=True), DuckEngine.open(tmp_path / "new.duckdb") as engine:
        previous = engine.attach(tmp_path / "old.duckdb", "previous")
        engine.create("copy", previous["numbers"].filter(previous["numbers"].n > 2), step="copy")
        assert engine.rows(engine.table("copy"), step="read") == [{"n": 3, "letter": "c"}]
        assert engine.names() == ["copy"]


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").write_text("not a database " * 1000)
    with pytest.raises(StoreError, match=r"a\.duckdb can't be opened.*build again"):
        DuckEngine.open(tmp_path / "a.duckdb")


def test_a_query_that_needs_more_memory_than_allowed_says_what_to_raise(tmp_path: Path) -> None:
    with DuckEngine.open(tmp_path / "a.duckdb", memory="20MB", threads=1) as engine:
        engine.backend.settings["max_temp_directory_size"] = "1MB"
        many = ibis.range(3_000_000).unnest().name("n").as_table()
        wide = many.mutate(text=many.n.cast("string").lpad(60, "x")).order_by(ibis.desc("text"))
        with pytest.raises(StoreError, match=r"memory ran out.*Raise 'memory'"):
            engine.create("wide", wide, step="sort much")


LIMITED = """
    import resource, sys
    from pathlib import Path
    import ibis
    from huaxiang.core.errors import StoreError
    from huaxiang.core.moments import Moment
    from huaxiang.store import Store

    store = Store(Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
    try:
        with store.building(Moment.parse("2026-07-01", "UTC")) as building:
            engine = building.open_engine(zone="UTC", threads=1)
            many = ibis.range(400_000).unnest().name("n").as_table()
            many = many.mutate(digest=many.n.cast("string").hexdigest("sha256"))
            if sys.argv[2] == "table":
                engine.create("many", many, step="fill the disk")
                building.publish({})
            else:
                engine.write_parquet(many, building.facts / "many" / "0.parquet", step="fill the disk")
    except StoreError as error:
        print(error)
        sys.exit(7)
"""


@pytest.mark.parametrize("target", ["table", "parquet"])
def test_a_disk_that_fills_up_is_a_store_error_and_nothing_stays_behind(tmp_path: Path, target: str) -> None:
    # A limit on the size of a file makes the same write fail that a full disk would.
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LIMITED), str(tmp_path), target],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert ended.returncode == 7, ended.stdout + ended.stderr
    assert "raise the limit and build again" in ended.stdout
    assert sorted(path.name for path in (tmp_path / ".huaxiang").iterdir()) == ["lock", "snapshots"]
    assert list((tmp_path / ".huaxiang" / "snapshots").iterdir()) == []
