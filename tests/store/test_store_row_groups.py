"""Rows are joined to whole row groups, in order, as far as memory allows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from huaxiang.store import row_groups as joining
from huaxiang.store.row_groups import row_groups


@pytest.fixture(autouse=True)
def _five_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "TABLE_GROUP", 5)


def _sizes(parts: list[int], memory: int | None = None) -> list[int]:
    """The rows of each batch of parts with so many rows, of 8 bytes each; all rows come, and in order."""
    rows = pa.table({"n": pa.array(range(sum(parts)), pa.int64())})
    first = [sum(parts[:number]) for number in range(len(parts))]
    cut = (rows.slice(begin, size) for begin, size in zip(first, parts, strict=True))
    batches = list(row_groups(cut, memory))
    assert [number for batch in batches for number in batch["n"].to_pylist()] == list(range(sum(parts)))
    return [batch.num_rows for batch in batches]


def test_parts_are_joined_until_a_row_group_is_full() -> None:
    assert _sizes([2, 2, 1, 5, 3, 1]) == [5, 5, 4]


def test_a_part_that_would_overfill_a_row_group_begins_the_next() -> None:
    assert _sizes([3, 3, 2, 7, 1]) == [3, 5, 7, 1]


def test_parts_are_not_joined_beyond_their_share_of_the_memory() -> None:
    # An eighth of 200 bytes has room for 3 rows of 8 bytes.
    assert _sizes([2, 1, 1, 2, 4], memory=200) == [3, 3, 4]


def test_nothing_comes_of_nothing() -> None:
    assert _sizes([]) == []


def test_pieces_of_a_part_come_in_one_batch() -> None:
    piece = pa.table({"n": [1, 2]})
    assert [batch.num_rows for batch in row_groups([pa.concat_tables([piece, piece])], None)] == [4]


def test_a_batch_comes_before_the_next_part_is_asked_for() -> None:
    asked = []

    def parts() -> Iterator[pa.Table]:
        for number in range(2):
            asked.append(number)
            yield pa.table({"n": [1, 2, 3, 4, 5]})

    next(row_groups(parts(), None))
    assert asked == [0]
