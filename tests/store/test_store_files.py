"""Files that lie anywhere, opened as tables of DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from huaxiang.store.engine import DuckEngine


def test_moments_in_nanoseconds_as_pandas_writes_them_are_read_as_any_others(tmp_path: Path):
    noon = datetime(2026, 3, 1, 12)
    columns = {"clock": pa.array([noon], pa.timestamp("ns")), "moment": pa.array([noon], pa.timestamp("ns", "UTC"))}
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    with DuckEngine.open(zone="Asia/Shanghai") as engine:
        table = engine.open_parquet("p", [tmp_path / "p.parquet"], step="read")
        [row] = engine.rows(table.select("clock", "moment"), step="read")
    assert row == {"clock": noon, "moment": noon.replace(tzinfo=UTC)}
