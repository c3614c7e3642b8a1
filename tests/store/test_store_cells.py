"""Cells in memory are the values that Arrow itself tells, whatever their type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.store import cells
from huaxiang.store.cells import Cells
from huaxiang.store.held import HeldRows

MOMENT = datetime(2026, 6, 30, 16, tzinfo=UTC)
COLUMNS: dict[str, pa.Array] = {
    "number": pa.array([3, -1, 2**40, 0]),
    "gaps": pa.array([1, None, 3, None]),
    "share": pa.array([0.5, -0.0, 1e300, 2.0]),
    "known": pa.array([None, 0.25, None, 7.0]),
    "flag": pa.array([True, False, None, True]),
    "money": pa.array([Decimal("1.50"), None, Decimal("-2.00"), Decimal("1.50")], pa.decimal128(18, 2)),
    "text": pa.array(["甲", None, "", "甲"]),
    "day": pa.array([date(2026, 6, 30), None, date(1900, 1, 1), None]),
    "moment": pa.array([MOMENT, None, MOMENT, MOMENT], pa.timestamp("us", "UTC")),
    "list": pa.array([["a", "b"], [], None, ["a"]]),
    "nothing": pa.array([None] * 4, pa.string()),
}


@pytest.mark.parametrize("few", [2, 20_000])
def test_rows_are_those_of_arrow_in_the_order_of_the_columns(few: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cells, "FEW", few)
    read = Cells(COLUMNS)
    expected: list[dict[str, Any]] = pa.table(COLUMNS).to_pylist()
    assert [read.row(place) for place in range(4)] == expected
    assert [list(read.row(place)) for place in range(4)] == [list(COLUMNS)] * 4
    assert read.table(range(1, 4)) == pa.table(COLUMNS).slice(1, 3)
    assert read.table(range(2, 2)) == pa.table(COLUMNS).slice(2, 0)


def test_values_that_repeat_take_two_bytes_a_row():
    texts = pa.array(["a value that is rather long", None] * 5_000)
    numbers = pa.array([1.5, None] * 5_000)
    read = Cells({"text": texts, "number": numbers})
    assert 4 * 10_000 < read.bytes < 4 * 10_000 + 1_000


def test_what_somebody_does_to_a_row_or_its_lists_changes_nobody_elses():
    read = Cells(COLUMNS)
    mine = read.row(0)
    mine["list"].append("c")
    mine["text"] = "乙"
    assert (read.row(0)["list"], read.row(0)["text"], read.row(3)["text"]) == (["a", "b"], "甲", "甲")


@pytest.mark.parametrize("keys", [[5, 2, 5, 9], ["e", "b", "e", "i"]])
def test_rows_of_a_key_are_found_whatever_its_type(keys: list[Any]):
    table = pa.table({"key": keys, "value": [1, 2, 3, 4], "order": [2, 1, 1, 1]})
    held = HeldRows(lambda: table, ["key"], ["value"], ["order"])
    # Twice 5: in order of `order`, 3 comes before 1. What lies between, before and behind is nobody's.
    assert [row["value"] for row in held.rows((keys[0],))] == [3, 1]
    assert [row["value"] for row in held.rows((keys[3],))] == [4]
    assert held.rows((keys[0] * 7,)) == []
