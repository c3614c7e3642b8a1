"""The embedded engine, fresh and in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huaxiang.store.engine import DuckEngine


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        yield opened
