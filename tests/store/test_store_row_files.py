"""Row files tell the rows with a key exactly as the engine does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.store import row_codes, row_files
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery
from huaxiang.store.row_files import RowFiles, RowSet, write_row_files

Row = dict[str, Any]

SCHEMA = pa.schema(
    {
        "key": pa.int64(),
        "text": pa.string(),
        "long": pa.string(),
        "number": pa.int64(),
        "real": pa.float64(),
        "money": pa.decimal128(18, 2),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "at": pa.timestamp("us", "UTC"),
        "things": pa.list_(pa.string()),
    }
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
CENTS = 10**18 - 1
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "key": st.integers(0, 9),
    "text": st.sampled_from(["中国", "b", ""]),
    "long": TEXT,
    "number": st.one_of(st.integers(-3, 3), st.integers(-(2**62), 2**62)),
    "real": st.floats(),
    "money": st.integers(-CENTS, CENTS).map(lambda cents: Decimal(cents).scaleb(-2)),
    "flag": st.booleans(),
    "day": st.dates(),
    "at": st.datetimes(timezones=st.just(UTC)),
    "things": st.lists(st.one_of(TEXT, st.none()), max_size=3),
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {name: each if name == "key" else st.one_of(st.none(), each) for name, each in VALUES.items()}
    ),
    max_size=40,
)


@pytest.fixture(scope="module", autouse=True)
def small_files() -> Iterator[None]:
    """Stretches and blocks of few rows, and texts that are told one by one sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_files, "STRETCH", 7)
        patch.setattr(row_files, "MOST", 3)
        patch.setattr(row_files, "RUNS", 3)
        patch.setattr(row_codes, "FEW", 3)
        yield


def engine_with(folder: Path, rows: pa.Table) -> DuckEngine:
    folder.mkdir(parents=True)
    with DuckEngine.open(folder / "snapshot.duckdb", zone="Asia/Shanghai") as engine:
        engine.create("things", rows, step="things")
    return DuckEngine.open(folder / "snapshot.duckdb", zone="Asia/Shanghai", read_only=True)


def same(one: Any, other: Any) -> bool:
    both_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return both_nan or (one == other and type(one) is type(other))


def alike(found: list[Row], expected: list[Row]) -> bool:
    return len(found) == len(expected) and all(
        [*one] == [*other] and all(same(one[name], other[name]) for name in one)
        for one, other in zip(sorted(found, key=repr), sorted(expected, key=repr), strict=True)
    )


@settings(max_examples=8, deadline=None)
@given(rows=ROWS, by=st.sampled_from([("key",), ("long",), ("text", "long")]))
def test_rows_are_those_of_the_engine_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], by: tuple[str, ...]
) -> None:
    folder = tmp_path_factory.mktemp("snapshots") / "s1"
    columns = tuple(SCHEMA.names)
    with engine_with(folder, pa.Table.from_pylist(rows, SCHEMA)) as engine:
        query = PointQuery(engine, "things", by, columns)
        keys = {tuple(row[name] for name in by) for row in rows}
        asked = [key for key in keys if None not in key] + [{"key": (99,)}.get(by[0], ("nobody",) * len(by))]
        expected = {key: query.rows(*key) for key in asked}
        write_row_files(engine, [RowSet("things", by, columns), RowSet("things", by, columns[1:2])])
        files = RowFiles.of(folder)
        assert files is not None
        query.answer_from(files)
        for key, found in query.many(asked).items():
            assert alike(found, expected[key])
        narrow = files.find(RowSet("things", by, columns[1:2]))
        assert narrow is not None
        for key in asked:
            assert alike(narrow.rows(key), [{"text": row["text"]} for row in expected[key]])


def test_rows_of_customers_who_were_touched_later_are_found_behind_those_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = pa.table({"key": [*range(0, 40, 2), 1, 5, 9, 3, 11], "value": range(25)})
    sorts: list[bool] = []
    statement = row_files._statement

    def seen(wanted: RowSet, readings: Any, *, hashed: bool, sort: bool) -> str:
        sorts.append(sort)
        return statement(wanted, readings, hashed=hashed, sort=sort)

    monkeypatch.setattr(row_files, "_statement", seen)
    with engine_with(tmp_path / "s1", things) as engine:
        write_row_files(engine, [RowSet("things", ("key",), ("value",))])
    assert sorts == [False]
    files = RowFiles.of(tmp_path / "s1")
    found = files and files.find(RowSet("things", ("key",), ("value",)))
    assert found
    assert {key: found.rows((key,)) for key in (0, 9, 3, 38, 7)} == {
        0: [{"value": 0}],
        9: [{"value": 22}],
        3: [{"value": 23}],
        38: [{"value": 19}],
        7: [],
    }


def test_what_row_files_cannot_hold_is_left_to_the_engine(tmp_path: Path) -> None:
    far = [-(2**63), 2**63 - 1]
    things = pa.table({"key": [1, 2], "half": [0.5, 1.5], "parts": [{"a": 1}, {"a": 2}], "far": far})
    sets = {name: RowSet("things", (name,), ("key",)) for name in ("key", "half", "parts")}
    sets |= {name: RowSet("things", ("key",), (name,)) for name in ("parts", "far")}
    with engine_with(tmp_path / "s1", things) as engine:
        write_row_files(engine, [*sets.values(), RowSet("things", ("half",), ("key",))])
        query = PointQuery(engine, "things", ["key"], ["far"])
        files = RowFiles.of(tmp_path / "s1")
        assert files is not None
        assert [name for name, each in sets.items() if files.find(each)] == ["key"]
        query.answer_from(files)
        assert query.rows(2) == [{"far": far[1]}]
