"""The embedded engine, fresh and in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huaxiang.store.engine import DuckEngine


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def ny_engine() -> Iterator[DuckEngine]:
    """Where the clocks are changed."""
    with DuckEngine.open(zone="America/New_York", threads=1) as opened:
        yield opened
