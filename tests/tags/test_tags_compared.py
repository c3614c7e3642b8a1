"""Tags that compare customers: the parts of everybody wait in files, not in memory."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.buckets import own_and_common
from huaxiang.tags.compared import with_common
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.parts import TagRun
from huaxiang.tags.spec import AnyTag

ROWS, PARTS = 100, 3
DEFINITIONS: dict[str, dict[str, Any]] = {
    "orders": {"table": "orders", "value": "count()", "default": 0},
    "half": {"bins": {"of": "orders", "quantiles": 2}},
}


def test_no_part_stays_in_memory_for_the_few_columns_that_are_compared(tmp_path: Path) -> None:
    read = TypeAdapter(AnyTag)
    specs = {
        name: read.validate_python({"name": name, "dimension": "d", "category": "c", **definition})
        for name, definition in DEFINITIONS.items()
    }
    tags = Tags(compile_tags(specs, STANDARD))
    moment = Moment.parse("2026-03-01", "Asia/Shanghai")
    run = TagRun(tags, STANDARD, {}, moment, tmp_path / "scratch", imported=_no_import)
    own, common = own_and_common(tags)
    others: list[weakref.ref[Any]] = []
    with DuckEngine.open(tmp_path / "t.duckdb", zone="Asia/Shanghai") as engine:
        found = with_common(engine, run, _parts(others), own, common)
        first = next(found)
        assert len(others) == PARTS
        assert [other() is None for other in others] == [True] * PARTS
        whole = pa.concat_tables([first, *found])
    # 0 to 299 orders: below the middle one lies less than half.
    assert whole["half"].to_pylist() == [1] * 150 + [2] * 150
    assert whole["orders"].to_pylist() == whole["other"].to_pylist() == list(range(ROWS * PARTS))


def _parts(others: list[weakref.ref[Any]]) -> Iterator[pa.Table]:
    """Parts as an engine hands them over; the memory of a column that nobody compares is remembered in `others`."""
    for number in range(PARTS):
        values = np.arange(number * ROWS, (number + 1) * ROWS)
        others.append(weakref.ref(values))
        other = pa.Array.from_buffers(pa.int64(), ROWS, [None, pa.py_buffer(values)])
        numbers = pa.array(values.copy())
        names = ["customer_id", "customer_no", "orders", "other"]
        ids = pa.array([f"c_{each:03}" for each in values])
        batch = pa.record_batch([ids, numbers, numbers, other], names)
        del values, other
        yield pa.Table.from_batches([pa.record_batch(_HandedOver(batch))])
        del batch


class _HandedOver:
    """A batch behind Arrow's C interface, as DuckDB's are."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        capsules: tuple[object, object] = self._batch.__arrow_c_array__(requested_schema)
        return capsules


def _no_import(_: Any) -> Any:
    raise AssertionError("no import tag here")
