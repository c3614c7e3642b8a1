"""A mapped table and its raw one, written out as literal rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ibis
import pyarrow as pa
import pytest

from huaxiang.store.engine import DuckEngine

SCHEMA = pa.schema(
    [
        ("amount", pa.float64()),
        ("occurred_at", pa.timestamp("us", "UTC")),
        ("channel", pa.string()),
        ("_source", pa.string()),
        ("_file", pa.string()),
        ("_row", pa.int64()),
        ("_record_key", pa.string()),
        ("_problems", pa.list_(pa.string())),
        ("_aside", pa.string()),
        ("_invalid", pa.list_(pa.string())),
        ("_same", pa.string()),
        ("_order", pa.string()),
    ]
)


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=2) as opened:
        yield opened


@pytest.fixture
def mapped() -> Callable[..., tuple[ibis.Table, ibis.Table]]:
    """The mapped table with these rows, numbered from 1, and the raw table that they come from."""

    def of(*rows: dict[str, Any]) -> tuple[ibis.Table, ibis.Table]:
        full = [
            {"_source": "s", "_file": "a.csv", "_row": number, "_record_key": f"k{number}", "_same": f"m{number}"} | row
            for number, row in enumerate(rows, 1)
        ]
        table = pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in full], SCHEMA)
        raw = [{"id": f"k{row['_row']}", "_file": row["_file"], "_row": row["_row"]} for row in full]
        columns = pa.schema([("id", pa.string()), ("_file", pa.string()), ("_row", pa.int64())])
        return ibis.memtable(table), ibis.memtable(pa.Table.from_pylist(raw, columns))

    return of
