"""Standing and point queries: planned once, equal to what a query of its own would say."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

import pyarrow as pa
import pytest

from huaxiang.core.errors import HuaxiangError
from huaxiang.store import cells, held, points
from huaxiang.store.cells import Cells
from huaxiang.store.engine import DuckEngine
from huaxiang.store.held import HeldRows
from huaxiang.store.points import FEW, KeyedRows, PointQuery
from huaxiang.store.standing import BATCH, MOST, StandingEngine

SIZES = (1, 2, 1, BATCH - 1, BATCH, BATCH + 1, 5 * BATCH, MOST + 1, 1, 0, 3)


@pytest.fixture
def engine() -> Iterator[StandingEngine]:
    with StandingEngine.start("Asia/Shanghai") as engine:
        yield engine


def rows(size: int) -> pa.Table:
    texts = pa.array([f"x{i}" for i in range(size)], pa.string())
    return pa.table({"text": texts, "number": pa.array(range(size), pa.int64())})


def test_answers_of_any_size_are_those_of_the_rows_asked_for_in_their_order(engine: StandingEngine):
    query = engine.compiled(
        lambda t: t.select("text", twice=t.number * 2, known=t.text.isin([f"x{i}" for i in range(50)])),
        {"text": "string", "number": "int64"},
        step="twice",
    )
    for size in SIZES:
        answer = query(rows(size))
        assert answer["twice"].to_pylist() == [2 * i for i in range(size)]
        assert answer["known"].to_pylist() == [i < 50 for i in range(size)]


def test_hours_are_cut_in_the_time_zone_of_the_engine(engine: StandingEngine):
    query = engine.compiled(lambda t: t.select(hour=t.at.hour()), {"at": "timestamp('UTC')"}, step="hours")
    midnight = pa.array([0], pa.timestamp("us", "UTC"))
    assert query(pa.table({"at": midnight}))["hour"].to_pylist() == [8]


def test_a_query_that_gathers_rows_is_planned_each_time(engine: StandingEngine):
    query = engine.compiled(lambda t: t.group_by("text").agg(n=t.count()), {"text": "string"}, step="counts")
    for _ in range(2):
        assert query(pa.table({"text": ["a", "b", "a"]})).sort_by("text").to_pylist() == [
            {"text": "a", "n": 2},
            {"text": "b", "n": 1},
        ]


def test_after_a_failure_the_next_question_is_answered(engine: StandingEngine):
    query = engine.compiled(lambda t: t.select(number=t.text.cast("int64")), {"text": "string"}, step="numbers")
    assert query(pa.table({"text": ["7"]}))["number"].to_pylist() == [7]
    with pytest.raises(HuaxiangError, match="x"):
        query(pa.table({"text": ["x"]}))
    assert query(pa.table({"text": ["8"]}))["number"].to_pylist() == [8]


@pytest.mark.parametrize("memory", [-1, points.MEMORY])
def test_rows_are_the_same_asked_of_the_engine_or_held_in_memory(memory: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(points, "MEMORY", memory)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    content = {"key": [2, 1, 2, None, 3], "order": [9, 0, 1, 5, 2], "text": ["甲", None, "b", "c", "d"], "at": [at] * 5}
    mine = [{"text": "b", "at": at}, {"text": "甲", "at": at}]
    with DuckEngine.open(zone="Asia/Shanghai") as engine:
        table = pa.table(content).set_column(3, "at", pa.array(content["at"], pa.timestamp("us", "UTC")))
        engine.create("things", table, step="things")
        query = PointQuery(engine, "things", ["key"], ["text", "at"], within="order")
        for _ in range(2):
            assert query.rows(2) == query(2).to_pylist() == mine
            assert query(2).schema == pa.schema([table.schema.field("text"), table.schema.field("at")])
            many = query.many([(key,) for key in (2, 7, *range(100, 100 + FEW))])
            assert {key: rows for key, rows in many.items() if rows} == {(2,): mine}


def test_rows_are_found_by_their_keys_one_by_one_or_many_together():
    with DuckEngine.open() as engine:
        content = pa.table({"kind": ["a"] * 500, "key": pa.array(range(500), pa.int64()), "value": range(500)})
        engine.create("things", content, step="things")
        assert PointQuery(engine, "things", ["kind", "key"], ["value"]).rows("a", 7) == [{"value": 7}]
        found = KeyedRows(engine, "things", ["kind", "key"], ["value"])
        assert found.find("b", 7) is None
        found.learn([("a", i) for i in range(2 * FEW)])
        assert [found.find("a", i)["value"] for i in range(2 * FEW)] == list(range(2 * FEW))


class Unwalked(dict[Any, Any]):
    """A dictionary that may be asked, but not walked over."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("walked over all that is remembered")

    def keys(self) -> Any:
        """What a set would be compared with, one by one."""
        return iter(self)


def test_looking_up_one_key_does_not_walk_over_all_that_are_remembered():
    with DuckEngine.open() as engine:
        engine.create("things", pa.table({"key": pa.array(range(9), pa.int64()), "value": range(9)}), step="things")
        found = KeyedRows(engine, "things", ["key"], ["value"])
        found._found = Unwalked()
        assert [found.find(key) and found.find(key)["value"] for key in (3, 3, 99)] == [3, 3, None]


def test_a_held_table_counts_its_keys_and_the_letters_of_its_texts():
    keys, values = pa.array(["k" * 100] * 10), pa.array(["v" * 50] * 10)
    table = pa.table({"key": keys, "value": values, "order": range(10)})
    # Of a column two bytes a row, the one text and null, and a value of Python for each of them: 64 bytes.
    key, value = (10 * 2 + pa.array([text[0].as_py(), None]).nbytes + 2 * 64 for text in (keys, values))
    assert HeldRows(lambda: table, ["key"], ["value"], ["order"]).bytes == keys.nbytes + value
    assert HeldRows(lambda: table, ["key"], ["key", "value"], []).bytes == keys.nbytes + key + value


def test_a_table_that_is_to_be_held_is_ready_for_rows_when_hold_returns(monkeypatch: pytest.MonkeyPatch):
    made: list[Any] = []
    monkeypatch.setattr(held, "Cells", lambda columns: made.append(columns) or Cells(columns))
    monkeypatch.setattr(points, "_held", WeakValueDictionary())
    with DuckEngine.open() as engine:
        engine.create("things", pa.table({"key": [1, 2], "value": ["a", "b"]}), step="things")
        query = PointQuery(engine, "things", ["key"], ["value"])
        assert query.hold()
        (ready,) = made
        assert query.rows(2) == [{"value": "b"}]
        assert made == [ready]


def test_a_column_of_many_different_texts_is_not_read_into_python_to_be_thrown_away():
    column = pa.array([f"{number:07}" for number in range(2 * cells.FEW)])
    tracemalloc.start()
    Cells({"text": column})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_who_wants_a_table_held_waits_for_whoever_reads_it(monkeypatch: pytest.MonkeyPatch):
    reading, go_on = threading.Event(), threading.Event()

    def slowly(*given: Any) -> HeldRows:
        reading.set()
        assert go_on.wait(20)
        return HeldRows(*given)

    monkeypatch.setattr(points, "HeldRows", slowly)
    monkeypatch.setattr(points, "_held", WeakValueDictionary())
    with DuckEngine.open() as engine, ThreadPoolExecutor(2) as pool:
        engine.create("things", pa.table({"key": [1, 2], "value": ["a", "b"]}), step="things")
        query = PointQuery(engine, "things", ["key"], ["value"])
        first = pool.submit(query.hold)
        assert reading.wait(20)
        second = pool.submit(query.hold)
        assert query.rows(1) == [{"value": "a"}], "who only asks goes on meanwhile"
        wait([second], timeout=0.1)
        go_on.set()
        assert (first.result(), second.result()) == (True, True)


@pytest.mark.parametrize(
    ("letters", "times_read"),
    [
        # 1,000 rows of two texts are taken for 32,000 bytes: too much for 30,000, whatever there is in them.
        (2, 0),
        # 900 rows are not; they turn out to be longer.
        (99, 1),
    ],
)
def test_a_table_that_does_not_fit_is_asked_of_the_engine(
    letters: int, times_read: int, monkeypatch: pytest.MonkeyPatch
):
    read = []
    monkeypatch.setattr(points, "MEMORY", 30_000)
    monkeypatch.setattr(points, "_held", WeakValueDictionary())
    monkeypatch.setattr(points, "HeldRows", lambda *given: read.append(given) or HeldRows(*given))
    rows = [{"key": f"{i:0{letters}}", "value": "x" * letters} for i in range(900 if times_read else 1_000)]
    with DuckEngine.open() as engine:
        engine.create("things", pa.Table.from_pylist(rows), step="things")
        query = PointQuery(engine, "things", ["key"], ["value"])
        assert [query.rows(row["key"]) for row in rows[:3]] == [[{"value": "x" * letters}]] * 3
    assert (len(read), query._held) == (times_read, None)


def test_a_statement_is_planned_once_for_each_thread_that_asks_at_once_and_lets_go_of_the_file(tmp_path):
    texts = ["a", "a'b", "a\\b", "a\0b", "?", "'; DROP TABLE words; --"]
    with DuckEngine.open(tmp_path / "words.duckdb") as engine:
        engine.create("words", pa.table({"word": texts, "place": range(len(texts))}), step="words")
        statement = "SELECT place FROM words WHERE word = ?"
        with ThreadPoolExecutor(4) as pool:
            asked = texts * 20
            found = list(pool.map(lambda word: engine.prepared.run(statement, [word])["place"].to_pylist(), asked))
        assert found == [[texts.index(word)] for word in asked]
        assert engine.prepared.run(statement, ["nobody"]).num_rows == 0
        with pytest.raises(Exception, match="no_such"):
            engine.prepared.run("SELECT no_such FROM words WHERE word = ?", ["a"])
        assert engine.prepared.run(statement, ["?"])["place"].to_pylist() == [4]
    # Nobody has it open any more: it may be opened for writing.
    with DuckEngine.open(tmp_path / "words.duckdb") as engine:
        engine.create("words", pa.table({"word": ["b"]}), step="words")
